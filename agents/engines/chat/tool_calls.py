"""Collects the tool calls of a streamed chat completion, in all forms that servers send. Pure.

As OpenAI streams them: the name first, then the arguments in pieces, by index. And as others do:
whole, without an index or an id, with the arguments as an object, as JSON in JSON, or repeated
from their beginning in each chunk; one call in the place of a list, the older `function_call`,
Ollama's own messages, or a part of the content. What models leave around names and arguments
is read by `agents.speech.tool_calls`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from agents.engines.conversation import ToolCall
from agents.engines.openai.past_calls import LONGEST_BESIDE, Written, size_as_json
from agents.speech.tool_calls.arguments import (
    compact,
    keywords_in,
    name_in,
    object_in,
    objects_in,
    unwrapped,
)

MOST_CALLS: Final = 8  # of one answer
MOST_OF_A_FRAME: Final = 8 * MOST_CALLS  # that are looked at: a message may repeat them all
LONGEST_ARGUMENTS: Final = 8_000  # characters
_OF_SEVERAL: Final = frozenset({"multi_tool_use_parallel", "multi_tool_use", "parallel"})
_ARGUMENTS: Final = ("arguments", "parameters", "input", "args")
# What servers write beside a call, and some want to have back with it.
_BESIDE: Final = (
    "extra_content", "provider_specific_fields", "thought_signature", "thoughtSignature",
)  # fmt: skip
_BEHIND_NAME: Final = re.compile(r"[({]")  # arguments that are written into it
_IN_IDENTITY: Final = "__thought__"  # LiteLLM: a signature that is written into a call's id


@dataclass(slots=True)
class _Arguments:
    """Arguments as far as they have come. They are read once for each text that they are."""

    text: str = ""
    _read: str | None = None
    _value: dict[str, object] | None = None

    @property
    def value(self) -> dict[str, object] | None:
        """The object that they are the JSON of; None while they are none."""
        if self._read != self.text:
            self._read, self._value = self.text, _object(self.text)
        return self._value


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one frame has of a call. identity: its id. name, arguments: empty for none."""

    function: Mapping[str, object]
    key: object
    identity: object
    name: str
    arguments: _Arguments
    beside: Mapping[str, object]


@dataclass(slots=True)
class _Begun:
    """A call as far as it has come. key: its index or id as the server sends it."""

    key: object
    identity: object
    name: str = ""
    arguments: _Arguments = field(default_factory=_Arguments)
    _beside: dict[str, object] = field(default_factory=dict)
    _sizes: dict[str, int] = field(default_factory=dict)  # of these, as JSON
    _has_too_much: bool = False

    @property
    def beside(self) -> Written:
        """What is to be given back with it."""
        return Written(self._beside, sum(self._sizes.values()))

    def add_beside(self, found: Mapping[str, object]) -> None:
        """Take what a piece has beside the call; all of it is dropped when it is too much."""
        for name, value in found.items() if not self._has_too_much else ():
            size = size_as_json(value)
            self._sizes[name] = LONGEST_BESIDE + 1 if size is None else size
            self._beside[name] = value
            if sum(self._sizes.values()) > LONGEST_BESIDE:
                self._has_too_much = True
                self._beside, self._sizes = {}, {}
                return

    def add(self, piece: str) -> None:
        """Take more of the arguments."""
        ours = self.arguments.text
        # All of them, once more.
        if ours and piece and (piece.startswith(ours) or self._has_grown_to(_Arguments(piece))):
            ours = ""
        self.arguments.text = (ours + piece)[: LONGEST_ARGUMENTS + 1]

    def add_name(self, piece: str) -> None:
        """Take more of the name: some servers send it in pieces, some again with each piece."""
        if piece != self.name:
            self.name = piece if piece.startswith(self.name) else self.name + piece

    def is_before(self, piece: _Piece) -> bool:
        """Whether `piece` begins the next call.

        An id alone does not: some servers give each piece of a call another.
        """
        name, identity = piece.name, piece.identity
        if not name or not self.name:
            return False
        is_other = bool(identity and self.identity) and identity != self.identity
        if name != self.name and self.identity and not self.arguments.text and not is_other:
            return False  # more of its name
        # Sent again as it grows.
        is_one = bool(identity) and identity == self.identity and isinstance(self.key, int)
        if name == self.name and not is_one and self._differs_from(piece.arguments):
            return is_other or not self._has_grown_to(piece.arguments)
        return name != self.name or (is_other and self.arguments.text != "" and self.is_whole)

    def _differs_from(self, arguments: _Arguments) -> bool:
        """Whether both are whole, and not the same."""
        theirs = arguments.value  # a short piece, mostly
        return bool(theirs) and bool(self.arguments.value) and self.arguments.value != theirs

    def _has_grown_to(self, arguments: _Arguments) -> bool:
        """Whether those are ours and more, both whole: {"a":"x"} and {"a":"xy"}."""
        theirs = arguments.value
        ours = self.arguments.value if theirs is not None else None
        if theirs is None or ours is None:
            return False
        return all(name in theirs and _begins(ours[name], theirs[name]) for name in ours)

    @property
    def is_whole(self) -> bool:
        """Whether the arguments are a JSON object."""
        return self.arguments.value is not None

    def is_same_as(self, piece: _Piece) -> bool:
        """Whether a whole message says of this call what its deltas said."""
        if self.name != piece.name:
            return False
        if self.arguments.text == piece.arguments.text:
            return True
        theirs = piece.arguments.value  # None: it may be the next piece of them
        return theirs is not None and theirs == self.arguments.value


class ToolCalls:
    """The tool calls of one answer.

    unreadable: how many were left out, for a log. pieces: how many pieces have come of calls.
    beside: what else the server wrote of calls that `all` gave, such as a signature.
    """

    def __init__(self) -> None:
        self.unreadable = 0
        self.pieces = 0
        self.beside: dict[ToolCall, Written] = {}
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
        for call in islice(calls, MOST_OF_A_FRAME):
            piece = _piece(call)
            if not any(each.is_same_as(piece) for each in before):
                self._take(piece)

    def __bool__(self) -> bool:
        """Whether a call with a name has come."""
        return any(each.name for each in self._begun)

    @property
    def are_whole(self) -> bool:
        """Whether the arguments of the latest are there, of which none at all may be to come."""
        last = self._begun[-1].arguments if self._begun else _Arguments()
        return bool(last.text.strip()) and last.value is not None

    def all(self) -> tuple[ToolCall, ...]:
        """The calls in their order, once the answer has ended."""
        calls: list[ToolCall] = []
        for each in self._begun:
            name = name_in(each.name)
            if not name or len(each.arguments.text) > LONGEST_ARGUMENTS:
                self.unreadable += 1
                continue
            found = _calls_of(each, name)
            self.beside |= dict.fromkeys(found, each.beside) if each.beside.fields else {}
            calls += found
        return tuple(calls[:MOST_CALLS])

    def _take(self, piece: _Piece) -> None:
        begun = self._of(piece)
        if begun is None:
            return
        self.pieces += 1
        begun.add_beside(piece.beside)
        begun.add_name(piece.name)
        for named in _ARGUMENTS:
            value = piece.function.get(named)
            if isinstance(value, str):
                begun.add(value)
            elif isinstance(value, dict | list) and value:
                begun.arguments.text = compact(value)

    def _of(self, piece: _Piece) -> _Begun | None:
        """The call that this piece belongs to; None for one too many."""
        key, name = piece.key, piece.name
        last = self._begun[-1] if self._begun else None
        if key is None and last is not None:
            is_more_of_name = last.identity and not piece.identity and not last.arguments.text
            is_next = name and last.name and (name != last.name or last.is_whole)
            is_next = is_next and not is_more_of_name
            if not is_next:
                return last
        # The newest: some servers give all calls one index.
        newest = reversed(self._begun if key is not None else ())
        known = next((each for each in newest if each.key == key), None)
        if known is not None and not known.is_before(piece):
            return known
        if len(self._begun) >= MOST_CALLS:
            self.unreadable += 1
            return None
        self._begun.append(_Begun(key, piece.identity))
        return self._begun[-1]


def _calls_of(begun: _Begun, name: str) -> list[ToolCall]:
    """The call that has come, or the calls that were merged into it."""
    arguments = begun.arguments.text
    behind = _BEHIND_NAME.search(begun.name)
    if behind and not arguments.strip():
        arguments = begun.name[behind.start() :]
    found = object_in(arguments)
    if found is None:
        found = keywords_in(arguments if arguments.startswith("(") else f"({arguments})")
    if merged := objects_in(arguments):
        return [ToolCall(name, compact(unwrapped(one, name))) for one in merged]
    # What is no object is left as it is: who runs the tool says what is wrong with it.
    written = arguments if found is None else compact(unwrapped(found, name))
    return _several_in(name, found) or [ToolCall(name, written)]


def _several_in(name: str, arguments: Mapping[str, object] | None) -> list[ToolCall]:
    """The calls that some models write into one, of a tool that calls others at once."""
    uses = arguments.get("tool_uses") if name in _OF_SEVERAL and arguments else None
    calls = []
    for use in uses[:MOST_CALLS] if isinstance(uses, list) else ():
        if not isinstance(use, dict):
            continue
        called = name_in(str(use.get("recipient_name") or ""))
        written: object = next((use[each] for each in _ARGUMENTS if use.get(each)), {})
        if called and isinstance(written, dict):
            calls.append(ToolCall(called, compact(written)))
    return calls


def _piece(call: Mapping[str, object]) -> _Piece:
    function = _function(call)
    name = function.get("name")
    return _Piece(
        function,
        _key(call),
        call.get("id"),
        name.strip() if isinstance(name, str) else "",
        _Arguments(_written(function)),
        _beside(call),
    )


def _beside(call: Mapping[str, object]) -> dict[str, object]:
    """What a piece of a call has that is to be given back with it, under its names."""
    found = {name: call[name] for name in _BESIDE if call.get(name)}
    identity = call.get("id")
    has_more = isinstance(identity, str) and _IN_IDENTITY in identity
    return found | ({"id": identity} if has_more else {})


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


def _begins(ours: object, theirs: object) -> bool:
    """Whether a value is `theirs`, or a text that `theirs` begins with."""
    are_texts = isinstance(ours, str) and isinstance(theirs, str)
    return ours == theirs or (are_texts and str(theirs).startswith(str(ours)))
