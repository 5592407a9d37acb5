"""Interprets the frames of a streamed chat completion, in all forms that servers send. Pure.

A frame may be a chunk of OpenAI's, a whole completion, a line of Ollama's own API, an error, or
nothing that concerns us. Only words become text: reasoning and other choices do not, and the
tools that are called are kept apart.
"""

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Final

from agents.engines.cascade.repetition_filter import RepetitionFilter
from agents.engines.chat.envelopes import KIND, counts_in, unwrapped
from agents.engines.chat.faults import ProviderFault, fault_of, is_failure
from agents.engines.chat.json_frames import Frame
from agents.engines.chat.other_apis import (
    OTHER_ROLES,
    THOUGHT_PARTS,
    SaidBefore,
    closes,
    end_of,
    stands_for_choice,
)
from agents.engines.chat.surrogates import JoinedPairs
from agents.engines.chat.tool_calls import ToolCalls
from agents.engines.model_events import FinishReason
from agents.engines.openai.past_calls import Thoughts
from agents.speech.tool_calls.arguments import object_in

DEPTH: Final = 4  # of parts within parts
MOST_CHOICES: Final = 1_000
LONGEST_END: Final = 80  # characters of a reason

_OTHER_TYPES: Final = frozenset({"tool_use", "tool_call", "function_call", "tool_result"})
# What may come without a choice, and is no answer of another kind.
_SAYS_NOTHING: Final = frozenset({
    "choices", "created", "id", "model", "object", "obfuscation", "provider", "service_tier",
    "system_fingerprint", "usage", "prompt_filter_results", "timings", "x_groq",
})  # fmt: skip
# What some servers write there as long as the answer goes on.
_NOT_YET: Final = frozenset({
    "null", "none", "nil", "undefined", "0", "false", "continue", "not_finished", "unfinished",
    "in_progress", "generating", "running", "finish_reason_unspecified", "unspecified",
})  # fmt: skip
_NAMES_OF_ENDS: Final = ("finish_reason", "finishReason", "finish_details", "stop_reason")
_GOES_ON: Final = tuple(",;:-–—(/")  # no answer ends with these
# How parts begin that a server wrote as the text of a chunk.
_WRITTEN_PARTS: Final = (
    '{"type": "text"', '{"type":"text"', "{'type': 'text'", '[{"type": "', '[{"type":"',
    "[{'type': '", '{"type": "thinking"', '{"type":"thinking"', "{'type': 'thinking'",
)  # fmt: skip
# Gateways write around them what their provider said: "content_filter: PROHIBITED_CONTENT".
_REASONS: Final = {
    FinishReason.LENGTH: re.compile(r"length|max_(?:\w{1,30}_)?tokens|token_limit|context_window"),
    FinishReason.FILTERED: re.compile(
        r"filter|safety|recitation|blocklist|spii|prohibited|guardrail|sensitive|refusal|moderation"
    ),
    FinishReason.BROKEN_OFF: re.compile(
        r"abort|cancel|timeout|timed_out|incomplete|network_error|insufficient_system|interrupted"
        r"|overloaded|repetition|pause_turn"
    ),
}


class ChatAnswer:
    """One answer, as far as its frames have come.

    fault: what the server says went wrong; nothing is taken after it. tokens_in, tokens_out: as
    counted by the server, None where its counts are none. is_thinking: the latest frame showed
    life without words. goes_on: words came behind an end. other: the first object that was no part
    of an answer. tools: what it calls. thoughts: what the model reasoned, which no caller hears.
    """

    def __init__(self) -> None:
        self.fault: ProviderFault | None = None
        self.tokens_in: int | None = None
        self.tokens_out: int | None = None
        self.is_thinking = False
        self.goes_on = False
        self.other: Mapping[str, object] | None = None
        self.tools = ToolCalls()
        self.thoughts = Thoughts()
        self._finish: FinishReason | None = None
        self._pairs = JoinedPairs()
        self._unrepeated = RepetitionFilter()
        self._said = SaidBefore()
        self._end = ""  # the last characters given
        self._index = 0  # of the choice that is read

    @property
    def has_finished(self) -> bool:
        """Whether the server said that the answer ends; counts of tokens may follow."""
        return self._finish is not None

    @property
    def is_filtered(self) -> bool:
        """Whether a filter of the provider's ended it."""
        return self._finish is FinishReason.FILTERED

    @property
    def is_at_limit(self) -> bool:
        """Whether a limit of tokens ended it."""
        return self._finish is FinishReason.LENGTH

    def take(self, frame: Frame) -> str:
        """The words that `frame` adds."""
        value = frame.value
        self.is_thinking = True
        if self.fault or not isinstance(value, dict):
            return ""
        value = unwrapped(value)
        choices = self._choices_of(value, frame.name)
        self._count(value, choices[0])
        choice = next(filter(_text_of, choices), choices[0])
        text = _text_of(choice)
        if text and "choices" not in value and closes(value) and self._said.has(text):
            text = ""
        self._said.add(text)
        for each in choices:
            self.tools.take(each)
            self.thoughts.take(each)
        finish = _end_of((choice, *choices), value)
        if text or not self.has_finished:  # else whatever goes wrong, the answer was whole
            self.fault = fault_of(value, choices, frame.name, finish)
        if not choice and not value.get("choices") and value.keys() - _SAYS_NOTHING:
            self.other = self.other or value
        reason = _reason_of(finish)
        self.is_thinking = not text
        new = self._unrepeated.push(self._pairs.push(text), is_last=reason is not None)
        if new.strip() and self._finish is not None:  # some servers end each of their chunks
            self.goes_on, self._finish = True, None
        if reason and self._finish in (None, FinishReason.WHOLE):
            self._finish = reason
        return self._given(new)

    def _choices_of(self, value: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
        """What of a chunk is ours: the choice with the first number, which may come in two, one
        with the words and one with the calls; of another API, what stands for it.

        name: of its event.
        """
        choices = value.get("choices")
        if isinstance(choices, dict):  # in the place of a list, or by their numbers
            choices = list(choices.values()) if "0" in choices else [choices]
        if not isinstance(choices, list):
            is_named = bool(name) and value.keys().isdisjoint(KIND)
            return [stands_for_choice({**value, "event": name} if is_named else value)]
        if choices and isinstance(choices[0], list):
            choices = choices[0]
        found = [each for each in choices if isinstance(each, dict)]
        indexes = [_index(each.get("index")) for each in found]
        if indexes and (0 in indexes or not self._has_given):
            self._index = 0 if 0 in indexes else min(indexes)
        return [each for each in found if _index(each.get("index")) == self._index] or [{}]

    @property
    def _has_given(self) -> bool:
        return bool(self._end)

    def flush(self) -> str:
        """What was held back when the stream ended."""
        return self._given(self._unrepeated.flush())

    def finish_reason(self, *, is_ended: bool) -> FinishReason:
        """Why the answer is over, after `flush`. is_ended: the stream had its own end mark."""
        if self._finish is not None:
            return self._finish
        if self.tools and not is_ended and not self.tools.are_whole:
            return FinishReason.BROKEN_OFF
        goes_on = self._end.isalnum() or self._end.endswith(_GOES_ON)
        return FinishReason.BROKEN_OFF if goes_on and not is_ended else FinishReason.WHOLE

    def _given(self, text: str) -> str:
        self._end = text.rstrip()[-1:] or self._end
        return text

    def _count(self, value: Mapping[str, object], choice: Mapping[str, object]) -> None:
        for_input, for_output = counts_in(value, choice)
        # Some count in each chunk, from the beginning: the largest is the last.
        self.tokens_in = max(self.tokens_in or 0, for_input) or None
        self.tokens_out = max(self.tokens_out or 0, for_output) or None


def _index(index: object) -> int:
    """The number of a choice; one without a number is the first."""
    if isinstance(index, str) and index.isdecimal():
        return int(index[:4])
    if isinstance(index, int | float) and not isinstance(index, bool) and 0 < index < MOST_CHOICES:
        return int(index)
    return 0


def _text_of(choice: Mapping[str, object]) -> str:
    for name in ("delta", "message"):
        part = choice.get(name)
        if isinstance(part, dict) and (
            str(part.get("role")) in OTHER_ROLES or _is_marked_as_thought(part)
        ):
            continue
        text = _words(part.get("content")) if isinstance(part, dict) else _words(part)
        if not text and isinstance(part, dict):
            text = _words(part.get("refusal")) or _words(part.get("text")) or _words(_heard(part))
        if text:
            return text
    return _words(choice.get("text"))


def _heard(part: Mapping[str, object]) -> object:
    """The words of an answer that came as sound."""
    sound = part.get("audio")
    return sound.get("transcript") if isinstance(sound, dict) else None


def _words(content: object, depth: int = DEPTH) -> str:
    """The words in a content: text, a number, parts, or an object around one of these."""
    match content:
        case str():
            is_written = depth and content.startswith(_WRITTEN_PARTS)
            return _in_written(content, depth) if is_written else content
        case bool() | None:
            return ""
        case int():
            return str(content)
        case float():
            return str(content) if isfinite(content) else ""
        case list() if depth:
            return "".join(_words(part, depth - 1) for part in content)
        case dict() if depth and not _is_thought(content):
            found = (content.get(name) for name in ("text", "content", "value", "refusal"))
            return next(filter(None, (_words(each, depth - 1) for each in found)), "")
    return ""


def _in_written(content: str, depth: int) -> str:
    """The words in parts that a server wrote as text, "" for a thought; `content` for others."""
    parts = object_in(content) if content.startswith("{") else _list_in(content)
    if parts is None:
        return content
    first = parts[0] if isinstance(parts, list) and parts else parts
    if isinstance(first, dict) and _is_thought(first) and "name" not in first:
        return ""
    return _words(parts, depth - 1) or content


def _list_in(content: str) -> list[object] | None:
    found = object_in(f'{{"parts": {content}}}')
    parts = found.get("parts") if found else None
    return parts if isinstance(parts, list) else None


def _is_thought(part: Mapping[str, object]) -> bool:
    kind = str(part.get("type"))
    is_thought = kind in _OTHER_TYPES or any(each in kind for each in THOUGHT_PARTS)
    return is_thought or part.get("thought") is True


def _is_marked_as_thought(part: Mapping[str, object]) -> bool:
    """Whether all of a delta is reasoning, as Gemini says of its own."""
    more = part.get("extra_content")
    google = more.get("google") if isinstance(more, dict) else None
    return isinstance(google, dict) and google.get("thought") is True


def _end_of(choices: Sequence[Mapping[str, object]], value: Mapping[str, object]) -> str:
    """Why an answer ends that may come in several choices: what one of them says of an end."""
    found = list(filter(None, (_finish_of(choice, value) for choice in choices)))
    ends = (each for each in found if is_failure(each) or _reason_of(each))
    return next(ends, found[0] if found else "")


def _finish_of(choice: Mapping[str, object], value: Mapping[str, object]) -> str:
    """The reason for the end as the server names it, in lower case; "" while there is none."""
    delta = choice.get("delta")
    stop = delta.get("stop_reason") if isinstance(delta, dict) else None
    named_in = (choice.get(name) for name in _NAMES_OF_ENDS)
    for found in (*named_in, stop, value.get("finish_reason")):
        named = found.get("type") if isinstance(found, dict) else found
        if named is not None and named is not False and named != "":
            return str(named)[:LONGEST_END].lower()
    return end_of(value)[:LONGEST_END].lower()


def _reason_of(finish: str) -> FinishReason | None:
    if not finish or is_failure(finish) or finish in _NOT_YET:
        return None
    found = (ours for ours, said in _REASONS.items() if said.search(finish))
    return next(found, FinishReason.WHOLE)
