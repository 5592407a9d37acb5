"""Finds the answer in chunks of other APIs, which have no choices. Pure.

Gateways and frameworks forward what they get: Anthropic, Bedrock, Cohere, Gemini, Ollama,
llama.cpp, TGI, Dify, Coze, LangServe, n8n and others each have their own chunks.
"""

import re
from collections.abc import Mapping
from typing import Final

from agents.engines.chat.envelopes import KIND

THOUGHT_PARTS: Final = ("think", "reason", "thought", "summary")  # of the type of what is none
OTHER_ROLES: Final = frozenset({"user", "human", "system", "developer", "tool", "function"})
# Of the type or event of a frame that has the whole answer once more.
_CLOSES: Final = re.compile(r"(?:\A|[._-])(?:done|completed?|end|ended|finished)\Z")
# Of the type or event of a frame whose text is not the answer's.
_NO_WORDS: Final = frozenset({
    "error", "errors", "tool", "tools", "toolcall", "tooluse", "function", "functions", "follow",
    "followup", "verbose", "knowledge", "ping", "start", "started", "starts", "status", "log",
    "logs", "trace", "traces", "usage", "metadata", "source", "sources", "citation", "citations",
    "human", "user", "queue", "queued", "queueing", "progress", "heartbeat", "keepalive",
})  # fmt: skip
_PARTS_OF_KIND: Final = re.compile(r"[\s._:/-]|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Of the words of a frame that closes, to compare with those before it.
_MOST_KEPT: Final = 400  # characters
_ENOUGH: Final = 20  # characters, without blanks, that no answer has twice by chance
_FEWEST: Final = 4  # characters; the last word of an answer may be the one before it, too
_FIRST_WORDS: Final = "start"  # alone, it may be what the first words are called
_BESIDE_A_RESPONSE: Final = frozenset({"done", "p", "tool_calls", "usage"})
# Where others have an answer's words, if they answer in a form of their own.
_WORDS_OF_OTHERS: Final = ("output_text", "generated_text", "answer")
_WORDS_OF_FRAMES: Final = ("text", "content", "token")
_KINDS_OF_WORDS: Final = frozenset({"token", "text", "message", "chunk", "delta", "answer"})
# Fields that report an error next to a text.
_OF_FAILURES: Final = ("error", "errors", "detail", "exception", "traceback", "status_code")

Choice = Mapping[str, object]


def stands_for_choice(value: Choice) -> Choice:
    """What stands for a choice in a frame that has none; {} for nothing, as for others' words."""
    if any(str(value.get(name)).lower() in OTHER_ROLES for name in ("role", "sender")):
        return {}
    for read in (_of_blocks, _of_cohere, _of_openai, _of_gemini, _of_lists, _of_frames):
        if (found := read(value)) is not None:
            return found
    return {}


def closes(value: Choice) -> bool:
    """Whether a frame only ends what came before it, whose words it may repeat."""
    return any(_CLOSES.search(str(value.get(name))[-20:].lower()) for name in KIND)


def end_of(value: Choice) -> str:
    """Why the answer ends, as servers say it outside of a choice; "" while it continues."""
    if value.get("done") is True or value.get("is_end") is True:
        return str(value.get("done_reason") or "stop")
    if value.get("stop") is True:
        return "length" if value.get("stopped_limit") is True else "stop"
    stopped = value.get("messageStop")
    return str(stopped.get("stopReason") or "stop") if isinstance(stopped, dict) else ""


def _of_blocks(value: Choice) -> Choice | None:
    """Of Anthropic and Bedrock: blocks that begin and grow."""
    index = value.get("index")
    begun, delta = value.get("content_block"), value.get("delta")
    if isinstance(begun, dict):
        if begun.get("type") == "tool_use":
            return _calls(index, begun.get("id"), begun.get("name"), begun.get("input"))
        return {"text": begun.get("text")} if begun.get("type") == "text" else {}
    if isinstance(delta, dict) and isinstance(delta.get("partial_json"), str):
        return _calls(index, None, None, delta["partial_json"])
    for name, inner in (("contentBlockStart", "start"), ("contentBlockDelta", "delta")):
        block = value.get(name)
        part = block.get(inner) if isinstance(block, dict) else None
        if isinstance(block, dict) and isinstance(part, dict):
            use, number = part.get("toolUse"), block.get("contentBlockIndex")
            if isinstance(use, dict):
                return _calls(number, use.get("toolUseId"), use.get("name"), use.get("input"))
            return {"text": part.get("text")}
    return None


def _calls(index: object, identity: object, name: object, arguments: object) -> Choice:
    function = {"name": name, "arguments": arguments or ""}
    return {"delta": {"tool_calls": [{"index": index, "id": identity, "function": function}]}}


def _of_cohere(value: Choice) -> Choice | None:
    delta = value.get("delta")
    is_within = isinstance(delta, dict) and isinstance(delta.get("message"), dict)
    return delta if is_within and isinstance(delta, dict) else None


def _of_openai(value: Choice) -> Choice | None:
    """Ollama's messages, and the events of OpenAI's responses."""
    if isinstance(value.get("message"), dict) or isinstance(value.get("delta"), dict):
        return value
    kind = str(value.get("type", ""))
    if kind.endswith("text.delta") and not any(part in kind for part in THOUGHT_PARTS):
        return {"text": value.get("delta")}
    if value.keys() & _BESIDE_A_RESPONSE and isinstance(value.get("response"), str):
        return {"text": value["response"], "thinking": value.get("thinking")}
    for name in ("content", "output"):  # whole answers
        if isinstance(value.get(name), list) and value.get("role", "assistant") == "assistant":
            return {"message": {"content": value[name]}}
    return None


def _of_gemini(value: Choice) -> Choice | None:
    candidates, feedback = value.get("candidates"), value.get("promptFeedback")
    if not candidates and isinstance(feedback, dict) and feedback.get("blockReason"):
        return {"finish_reason": "content_filter"}
    if not (isinstance(candidates, list) and candidates and isinstance(candidates[0], dict)):
        return None
    content = candidates[0].get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    return {"message": {"content": parts}, "finish_reason": candidates[0].get("finishReason")}


def _of_lists(value: Choice) -> Choice | None:
    """Results or predictions, of which the first is the answer."""
    for name in ("results", "predictions", "generations"):
        found = value.get(name)
        first = found[0] if isinstance(found, list) and found else None
        if isinstance(first, str):
            return {"text": first}
        if isinstance(first, dict):
            said = first.get("generated_text", first.get("text", first.get("content")))
            return {"text": said, "finish_reason": first.get("stop_reason")}
    return None


def _of_frames(value: Choice) -> Choice | None:
    if any(value.get(name) for name in _OF_FAILURES):
        return None
    kinds = [str(value.get("type") or ""), str(value.get("event") or value.get("event_type") or "")]
    if any(map(_is_of_no_words, kinds)):
        return None
    kind = " ".join(kinds).strip().lower()
    if isinstance(value.get("is_end"), bool) and isinstance(value.get("result"), str):
        return {"text": value["result"]}
    token = value.get("token")
    if isinstance(token, dict) and token.get("special") is not True:
        return {"text": token.get("text")}
    for name in (*_WORDS_OF_OTHERS, *_WORDS_OF_FRAMES):
        if isinstance(value.get(name), str):
            return {"text": value[name]}
    if kind in _KINDS_OF_WORDS:
        said = next((each for each in map(value.get, ("message", "data")) if each), None)
        return {"text": said} if isinstance(said, str) else None
    return None


def _is_of_no_words(kind: str) -> bool:
    """Whether a frame of this type or event has no words of the answer."""
    lower = kind.lower()
    if any(stem in lower for stem in THOUGHT_PARTS):
        return True
    parts = {part.lower() for part in _PARTS_OF_KIND.split(kind)}
    return lower != _FIRST_WORDS and not _NO_WORDS.isdisjoint(parts)


class SaidBefore:
    """The beginning and the end of an answer so far: what a frame that closes may repeat."""

    def __init__(self) -> None:
        self._begin = ""
        self._end = ""

    def add(self, text: str) -> None:
        """`text` was said."""
        if len(self._begin) < _MOST_KEPT:
            self._begin = (self._begin + text)[:_MOST_KEPT]
        self._end = (self._end + text)[-_MOST_KEPT:]

    def has(self, text: str) -> bool:
        """Whether `text` repeats the answer, or the last part of it, however it is spaced."""
        new, begin, end = _packed(text), _packed(self._begin)[:_ENOUGH], _packed(self._end)
        if not begin or not new:
            return False
        if new.startswith(begin) or (len(begin) == _ENOUGH and begin in new):
            return True
        last = new[-_ENOUGH:]
        return (len(last) == _ENOUGH and last in end) or (len(new) >= _FEWEST and end.endswith(new))


def _packed(text: str) -> str:
    return "".join(text.split())
