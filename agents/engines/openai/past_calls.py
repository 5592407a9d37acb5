"""What a server wants of the tools that its model called earlier in a call. Pure.

Some refuse every request behind a tool's, unless they get back what they wrote beside the call: a
signature of the model's thoughts (Gemini), or the thoughts themselves (DeepSeek, Kimi). Others want
the messages in another order (Mistral), or no call without words (Bedrock). Where nothing of that
can be sent, the earlier calls are told in words: the tools themselves the server takes.
"""

import json
import re
from collections.abc import Mapping, Sequence
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

_WANTS_BACK: Final = re.compile(r"\breasoning[_ ](content|details)\b", re.IGNORECASE)
# What is said of calls and their results, of the order of messages, and of messages without words.
_OF_CALLS: Final = re.compile(
    r"thought[_ ]?signature|\breasoning[_ ](?:content|details)\b|\bthinking\b|\bthoughts?\b"
    r"|\btool[_ ]?(?:calls?|call[_ ]ids?|uses?|results?|messages?|responses?)\b"
    r"|\bfunction[_ ]?(?:calls?|responses?)\b|\brole\b|\broles\b|\balternat"
    r"|\bnon-?empty\b|\b(?:is|be|are) (?:blank|empty)\b|\bempty (?:content|text|messages?)\b",
    re.IGNORECASE,
)


class Thoughts:
    """The thoughts in one answer, under the names that its server gave them."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._parts: list[object] = []
        self._size = 0

    def take(self, choice: Mapping[str, object]) -> None:
        """What the choice of one frame adds."""
        for name in ("delta", "message"):
            part = choice.get(name)
            if not isinstance(part, dict):
                continue
            text, parts = (part.get(each) for each in THOUGHTS)
            text = text or part.get(OTHER_NAME)
            if isinstance(text, str) and text and self._has_room(len(text)):
                self._text.append(text)
            if isinstance(parts, list) and parts and self._has_room(_size_of(parts)):
                self._parts += parts

    @property
    def text(self) -> str:
        """In words, "" for none."""
        return "".join(self._text) if self._size <= MOST_THOUGHTS else ""

    def _has_room(self, size: int) -> bool:
        self._size += size
        return self._size <= MOST_THOUGHTS

    def all(self) -> dict[str, object]:
        """By the names of the fields; {} for none, and for more than is given back."""
        if self._size > MOST_THOUGHTS or len(self._parts) > MOST_PARTS:
            return {}
        found = zip(THOUGHTS, (self.text, self._parts), strict=True)
        return {name: value for name, value in found if value}


class PastCalls:
    """The tool calls of one telephone call, as its server wants to be told of them.

    are_told: in words, in the place of messages of their own.
    """

    def __init__(self) -> None:
        self.are_told = False
        # By name and arguments: ids are the session's, and another process knows nothing of it.
        self._beside: dict[tuple[str, str], dict[str, object]] = {}
        self._thoughts: dict[tuple[str, str], dict[str, object]] = {}

    def keep(
        self,
        calls: Sequence[ToolCall],
        beside: Mapping[ToolCall, Mapping[str, object]],
        thoughts: Mapping[str, object],
    ) -> None:
        """Note what came with the `calls` of one answer."""
        for call in calls:
            key = (call.name, call.arguments)
            if (found := dict(beside.get(call, {}))) and _can_be_sent(found, LONGEST_BESIDE):
                _note(self._beside, key, found)
            if thoughts and _can_be_sent(thoughts, 2 * MOST_THOUGHTS):
                _note(self._thoughts, key, dict(thoughts))

    def given(
        self, messages: Sequence[ChatMessage], fields: Sequence[str]
    ) -> list[dict[str, object]]:
        """`messages` with what belongs to their calls. fields: of thoughts, what is wanted."""
        found: list[dict[str, object]] = [{**message} for message in messages]
        if not (self._beside or fields):
            return found
        ids: dict[object, object] = {}
        for message in found:
            if message.get("tool_call_id") in ids:
                message["tool_call_id"] = ids[message["tool_call_id"]]
            if message["role"] != "assistant":
                continue
            calls = message.get("tool_calls")
            keys = [_key_of(call) for call in calls] if isinstance(calls, list) else []
            for name in fields:
                kept = (self._thoughts.get(key, {}).get(name) for key in keys)
                said = next(filter(None, kept), "" if name == THOUGHTS[0] else None)
                message |= {} if said is None else {name: said}
            if isinstance(calls, list):
                made = [{**call, **self._beside.get(_key_of(call), {})} for call in calls]
                ids |= {old["id"]: new["id"] for old, new in zip(calls, made, strict=True)}
                message["tool_calls"] = made
        return found


def wanted_back(said: str) -> str:
    """The field of thoughts that a refusal asks for; "" for none."""
    found = _WANTS_BACK.search(said)
    return f"reasoning_{found[1].lower()}" if found else ""


def is_of_calls(said: str) -> bool:
    """Whether a refusal may be about how earlier calls were told."""
    return _OF_CALLS.search(said) is not None


def _note(
    kept: dict[tuple[str, str], dict[str, object]],
    key: tuple[str, str],
    found: dict[str, object],
) -> None:
    kept.pop(key, None)
    kept[key] = found
    if len(kept) > MOST_KEPT:
        del kept[next(iter(kept))]


def _key_of(call: Mapping[str, object]) -> tuple[str, str]:
    function = call.get("function")
    return (function["name"], function["arguments"]) if isinstance(function, dict) else ("", "")


def _size_of(parts: Sequence[object]) -> int:
    """About how many characters they have, whatever they are."""
    texts = (text for part in parts if isinstance(part, dict) for text in part.values())
    return len(parts) + sum(len(text) for text in texts if isinstance(text, str))


def _can_be_sent(value: Mapping[str, object], longest: int) -> bool:
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
        written.encode()
    except (ValueError, RecursionError):  # halves of characters are no text either
        return False
    return len(written) <= longest
