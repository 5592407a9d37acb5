"""What a server wants of the tools that its model called earlier in a call. Pure.

Some refuse every request behind a tool's, unless they get back what they wrote beside the call: a
signature of the model's thoughts (Gemini), or the thoughts themselves (DeepSeek, Kimi). Others want
the messages in another order (Mistral), or no call without words (Bedrock). Where nothing of that
can be sent, the earlier calls are told in words: the tools themselves the server takes.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agents.engines.chat.prompt import ChatMessage
from agents.engines.conversation import ToolCall

GIVEN_BACK: Final = "given back"  # what is remembered of a server that wants a field of thoughts
THOUGHTS: Final = ("reasoning_content", "reasoning_details")  # a text, and a list
OTHER_NAME: Final = "reasoning"  # of the text, as some servers call it
MOST_THOUGHTS: Final = 200_000  # characters of one answer; beyond them none is given back
MOST_PARTS: Final = 2_000  # of a list
MOST_KEPT: Final = 64  # calls of one call
LONGEST_BESIDE: Final = 64_000  # characters of what is beside one of them, as JSON
# Characters, as JSON, of all that is kept in one call, and of all that is added to one request:
# the same tool may have been called in each turn.
MOST_GIVEN: Final = 400_000

_WANTS_BACK: Final = re.compile(r"\breasoning[_ ](content|details)\b", re.IGNORECASE)
# What is said of calls and their results, of the order of messages, and of messages without words.
_OF_CALLS: Final = re.compile(
    r"thought[_ ]?signature|\breasoning[_ ](?:content|details)\b|\bthinking\b|\bthoughts?\b"
    r"|\btool[_ ]?(?:calls?|call[_ ]ids?|uses?|results?|messages?|responses?)\b"
    r"|\bfunction[_ ]?(?:calls?|responses?)\b|\brole\b|\broles\b|\balternat"
    r"|\bnon-?empty\b|\b(?:is|be|are) (?:blank|empty)\b|\bempty (?:content|text|messages?)\b",
    re.IGNORECASE,
)


_encoded: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode

# A tool's name and arguments: ids are the session's, and another process knows nothing of them.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """Fields as a server wrote them. size: their characters as JSON."""

    fields: Mapping[str, object]
    size: int


NOTHING: Final = Written({}, 0)


class Thoughts:
    """The thoughts in one answer, under the names that its server gave them.

    Each frame is measured once, when it comes, and not after there were too many.
    """

    def __init__(self) -> None:
        self._text: list[str] = []
        self._text_size = 0
        self._parts: list[object] = []
        self._parts_size = 0

    def take(self, choice: Mapping[str, object]) -> None:
        """What the choice of one frame adds."""
        for name in ("delta", "message"):
            part = choice.get(name)
            if not isinstance(part, dict):
                continue
            text, parts = (part.get(each) for each in THOUGHTS)
            text = text or part.get(OTHER_NAME)
            if isinstance(text, str) and text:
                self._take_text(text)
            if isinstance(parts, list) and parts:
                self._take_parts(parts)

    def _take_text(self, text: str) -> None:
        self._text_size += len(text)
        if self._text_size <= MOST_THOUGHTS:
            self._text.append(text)
        else:
            self._text.clear()

    def _take_parts(self, parts: Sequence[object]) -> None:
        if self._parts_size > MOST_THOUGHTS:
            return
        has_room = len(self._parts) + len(parts) <= MOST_PARTS
        size = size_as_json(parts) if has_room else None
        self._parts_size += MOST_THOUGHTS + 1 if size is None else size
        if self._parts_size <= MOST_THOUGHTS:
            self._parts += parts
        else:
            self._parts.clear()

    @property
    def text(self) -> str:
        """In words, "" for none and for too many."""
        return "".join(self._text)

    def all(self) -> Written:
        """By the names of the fields; NOTHING for none, and for what is not given back."""
        if self._text_size + self._parts_size > MOST_THOUGHTS:
            return NOTHING
        text = self.text
        size = size_as_json(text)
        if size is None:
            return NOTHING
        found = zip(THOUGHTS, (text, self._parts), strict=True)
        fields = {name: value for name, value in found if value}
        return Written(fields, size + self._parts_size) if fields else NOTHING


class PastCalls:
    """The tool calls of one telephone call, as its server wants to be told of them.

    are_told: in words, in the place of messages of their own.
    """

    def __init__(self) -> None:
        self.are_told = False
        # The oldest first. The calls of one answer have the same thoughts, which count once.
        self._beside: dict[Key, Written] = {}
        self._thoughts: dict[Key, Written] = {}

    def keep(
        self, calls: Sequence[ToolCall], beside: Mapping[ToolCall, Written], thoughts: Written
    ) -> None:
        """Note what came with the `calls` of one answer."""
        for call in calls:
            key = (call.name, call.arguments)
            _note(self._beside, key, beside.get(call, NOTHING))
            _note(self._thoughts, key, thoughts)
        while _size_of((*self._beside.values(), *self._thoughts.values())) > MOST_GIVEN:
            kept = self._thoughts or self._beside
            del kept[next(iter(kept))]

    def given(
        self, messages: Sequence[ChatMessage], fields: Sequence[str]
    ) -> list[dict[str, object]]:
        """`messages` with what belongs to their calls. fields: of thoughts, what is wanted."""
        found: list[dict[str, object]] = [{**message} for message in messages]
        if not (self._beside or fields):
            return found
        room = MOST_GIVEN
        for message in reversed(found):  # of too much, the latest is what servers insist on
            if message["role"] == "assistant":
                room -= self._complete(message, fields, room)
        _rename_results(messages, found)
        return found

    def _complete(self, message: dict[str, object], fields: Sequence[str], room: int) -> int:
        """Add what belongs to the calls of `message`, of at most `room` characters; gives how many
        it were.
        """
        written = message.get("tool_calls")
        calls = written if isinstance(written, list) else []
        left = room
        if fields:
            kept = (self._thoughts.get(_key_of(call)) for call in calls)
            thoughts = _fitting(next(filter(None, kept), NOTHING), left)
            left -= thoughts.size
            for name in fields:
                said = thoughts.fields.get(name) or ("" if name == THOUGHTS[0] else None)
                message |= {} if said is None else {name: said}
        made = []
        for call in calls:
            beside = _fitting(self._beside.get(_key_of(call), NOTHING), left)
            left -= beside.size
            made.append({**call, **beside.fields})
        message |= {"tool_calls": made} if made else {}
        return room - left


def wanted_back(said: str) -> str:
    """The field of thoughts that a refusal asks for; "" for none."""
    found = _WANTS_BACK.search(said)
    return f"reasoning_{found[1].lower()}" if found else ""


def is_of_calls(said: str) -> bool:
    """Whether a refusal may be about how earlier calls were told."""
    return _OF_CALLS.search(said) is not None


def size_as_json(value: object) -> int | None:
    """How many characters `value` has as JSON; None for what no request can hold."""
    try:
        written = _encoded(value)
        written.encode()
    except (ValueError, RecursionError):  # halves of characters are no text either
        return None
    return len(written)


def _note(kept: dict[Key, Written], key: Key, found: Written) -> None:
    if not found.fields:
        return
    kept.pop(key, None)
    kept[key] = found
    if len(kept) > MOST_KEPT:
        del kept[next(iter(kept))]


def _size_of(kept: Iterable[Written]) -> int:
    return sum(each.size for each in {*kept})


def _fitting(written: Written, room: int) -> Written:
    return written if written.size <= room else NOTHING


def _rename_results(before: Sequence[ChatMessage], found: Sequence[dict[str, object]]) -> None:
    """Name the calls of the results in `found` as they are named there, and not `before`."""
    ids: dict[object, object] = {}
    for old, new in zip(before, found, strict=True):
        if new.get("tool_call_id") in ids:
            new["tool_call_id"] = ids[new["tool_call_id"]]
        were, are = old.get("tool_calls"), new.get("tool_calls")
        if isinstance(were, list) and isinstance(are, list):
            ids |= {was["id"]: now["id"] for was, now in zip(were, are, strict=True)}


def _key_of(call: Mapping[str, object]) -> Key:
    function = call.get("function")
    return (function["name"], function["arguments"]) if isinstance(function, dict) else ("", "")
