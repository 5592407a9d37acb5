"""The tools that a streamed chat completion calls, in whatever form servers send them. Pure.

As OpenAI streams them: the name first, then the arguments in pieces, by index. And as others do:
whole, without an index or an id, with the arguments as an object, as JSON in JSON, or repeated
from their beginning in each chunk; one call in the place of a list, the older `function_call`,
Ollama's own messages, or a part of the content. What models leave around names and arguments
is read by `agents.speech.tool_calls`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from agents.engines.conversation import ToolCall
from agents.speech.tool_calls.arguments import keywords_in, name_in, object_in

MOST_CALLS: Final = 8  # of one answer
LONGEST_ARGUMENTS: Final = 8_000  # characters
_ARGUMENTS: Final = ("arguments", "parameters", "input", "args")


@dataclass(slots=True)
class _Begun:
    """A call as far as it has come. key: its index or id as the server sends it."""

    key: object
    identity: object
    name: str = ""
    arguments: str = ""

    def add(self, piece: str) -> None:
        """Take more of the arguments."""
        if self.arguments and piece.startswith(self.arguments):  # all of them, once more
            self.arguments = ""
        self.arguments = (self.arguments + piece)[: LONGEST_ARGUMENTS + 1]

    def add_name(self, piece: str) -> None:
        """Take more of the name: some servers send it in pieces, some again with each piece."""
        if piece != self.name:
            self.name = piece if piece.startswith(self.name) else self.name + piece

    def is_before(self, name: str, identity: object, arguments: str) -> bool:
        """Whether a piece with this name and id, "" and None for none, begins the next call.

        An id alone does not: some servers give each piece of a call another.
        """
        if not name or not self.name:
            return False
        is_other = bool(identity and self.identity) and identity != self.identity
        if name != self.name and self.identity and not self.arguments and not is_other:
            return False  # more of its name
        # Sent again as it grows.
        is_one = bool(identity) and identity == self.identity and isinstance(self.key, int)
        if name == self.name and not is_one and self._differs_from(arguments):
            return True
        return name != self.name or (is_other and self.arguments != "" and self.is_whole)

    def _differs_from(self, arguments: str) -> bool:
        """Whether these are those of another call: both are whole, and not the same."""
        ours, theirs = _object(self.arguments), _object(arguments)
        return bool(ours) and bool(theirs) and ours != theirs

    @property
    def is_whole(self) -> bool:
        """Whether the arguments are a JSON object."""
        return _object(self.arguments) is not None

    def is_same_as(self, call: Mapping[str, object]) -> bool:
        """Whether a whole message says of this call what its deltas said."""
        function = _function(call)
        theirs = _object(_written(function))
        return self.name == function.get("name") and theirs == _object(self.arguments)


class ToolCalls:
    """The tool calls of one answer. unreadable: how many were left out, for a log."""

    def __init__(self) -> None:
        self.unreadable = 0
        self._begun: list[_Begun] = []

    def take(self, choice: Mapping[str, object]) -> None:
        """What the choice of one frame adds."""
        for name in ("delta", "message"):
            part = choice.get(name)
            if isinstance(part, dict):
                self._take_all(_calls_in(part), is_message=name == "message")
        if isinstance(choice.get("tool_calls"), list):
            self._take_all(_calls_in(choice), is_message=False)

    def _take_all(self, calls: Iterator[Mapping[str, object]], *, is_message: bool) -> None:
        before = tuple(self._begun) if is_message else ()  # a message may repeat them all
        for call in calls:
            if not any(each.is_same_as(call) for each in before):
                self._take(call)

    def __bool__(self) -> bool:
        """Whether a call with a name has come."""
        return any(each.name for each in self._begun)

    def all(self) -> tuple[ToolCall, ...]:
        """The calls in their order, once the answer has ended."""
        calls = []
        for each in self._begun:
            name = name_in(each.name)
            if not name or len(each.arguments) > LONGEST_ARGUMENTS:
                self.unreadable += 1
                continue
            found = object_in(each.arguments)
            if not each.arguments.strip() and "(" in each.name:
                found = keywords_in(each.name[each.name.index("(") :])
            # What is no object is left as it is: who runs the tool says what is wrong with it.
            written = each.arguments if found is None else _compact(found)
            calls.append(ToolCall(name, written))
        return tuple(calls)

    def _take(self, call: Mapping[str, object]) -> None:
        function = _function(call)
        name = function.get("name")
        name = name.strip() if isinstance(name, str) else ""
        begun = self._of(call, name, _written(function))
        if begun is None:
            return
        begun.add_name(name)
        for named in _ARGUMENTS:
            value = function.get(named)
            if isinstance(value, str):
                begun.add(value)
            elif isinstance(value, dict | list) and value:
                begun.arguments = json.dumps(value, separators=(",", ":"))

    def _of(self, call: Mapping[str, object], name: str, arguments: str) -> _Begun | None:
        """The call that this piece belongs to; None for one too many."""
        key, identity = _key(call), call.get("id")
        last = self._begun[-1] if self._begun else None
        if key is None and last is not None:
            is_next = name and last.name and (name != last.name or last.is_whole)
            if not is_next:
                return last
        # The newest: some servers give all calls one index.
        newest = reversed(self._begun if key is not None else ())
        known = next((each for each in newest if each.key == key), None)
        if known is not None and not known.is_before(name, identity, arguments):
            return known
        if len(self._begun) >= MOST_CALLS:
            self.unreadable += 1
            return None
        self._begun.append(_Begun(key, identity))
        return self._begun[-1]


def _calls_in(part: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    found = _decoded(part.get("tool_calls") or part.get("function_call"))
    if isinstance(found, dict) and "0" in found:  # by their numbers
        found = list(found.values())
    for call in found if isinstance(found, list) else [found]:
        if isinstance(call, dict):
            yield call
    content = part.get("content")
    for piece in content if isinstance(content, list) else ():
        if isinstance(piece, dict) and piece.get("type") == "tool_use":
            yield piece
        elif isinstance(piece, dict) and isinstance(piece.get("functionCall"), dict):
            yield piece["functionCall"]


def _key(call: Mapping[str, object]) -> object:
    """By what its pieces know each other: the index, or the id where there is none."""
    index = call.get("index")
    if isinstance(index, int | str) and not isinstance(index, bool) and str(index).isdecimal():
        return int(index)
    identity = call.get("id")
    return identity if isinstance(identity, str) and identity else None


def _function(call: Mapping[str, object]) -> Mapping[str, object]:
    """The part of a call with its name and arguments."""
    wrapped = (_decoded(call.get("function")), call.get("custom"))
    return next((each for each in wrapped if isinstance(each, dict)), call)


def _written(function: Mapping[str, object]) -> str:
    """The arguments of a piece as text, "" where it has none."""
    value = next((function[name] for name in _ARGUMENTS if function.get(name)), "")
    return value if isinstance(value, str) else json.dumps(value)


def _decoded(value: object) -> object:
    """What some servers write as JSON within JSON."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _object(text: str) -> dict[str, object] | None:
    """The object that `text` is the JSON of, or the JSON of that; no text stands for {}."""
    value: object = text
    for _ in range(2):
        if not isinstance(value, str):
            break
        try:
            value = json.loads(value or "{}")
        except (ValueError, RecursionError):
            return None
    if value is None:
        return {}
    return value if isinstance(value, dict) else None


def _compact(value: Mapping[str, object]) -> str:
    return json.dumps(value, separators=(",", ":"))
