"""Finds the transcription in responses of other APIs than OpenAI's. Pure.

Gateways pass on responses of other providers: Deepgram, Google, Amazon and Azure each have their
own structure around the words.
"""

from collections.abc import Mapping
from typing import Final

DEPTH: Final = 6  # of lists and objects around the words
MOST_PARTS: Final = 200  # that follow one another

_TEXTS: Final = (
    "transcript", "text", "transcription", "full_transcript", "DisplayText", "Display", "utterance",
    "content",
)  # fmt: skip
_PARTS: Final = (
    "results", "result", "data", "transcripts", "utterances", "output", "response", "transcription",
    "message", "combinedPhrases", "prediction",
)  # fmt: skip
_CHOICES: Final = (
    "alternatives",
    "channels",
    "NBest",
    "hypotheses",
    "choices",
)  # of which the first is the best
_NOTHING: Final = frozenset({"NoMatch", "InitialSilenceTimeout", "BabbleTimeout", "no_speech"})
_LATER: Final = frozenset({"queued", "processing", "pending", "in_progress", "running"})


def words_within(answer: Mapping[str, object]) -> str | None:
    """The words in a known structure; "" when it says that there are none, None when unknown."""
    if any(_is_one(answer.get(name), _NOTHING) for name in ("RecognitionStatus", "status")):
        return ""
    return _words(answer, DEPTH)


def is_unfinished(answer: Mapping[str, object]) -> bool:
    """Whether the response only names a job whose words are not available yet."""
    return _is_one(answer.get("status"), _LATER)


def content_of(event: Mapping[str, object]) -> str | None:
    """The words in a chunk in the format of a chat completion, as vLLM streams them."""
    choices = event.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    delta = first.get("delta") if isinstance(first, dict) else None
    content = delta.get("content") if isinstance(delta, dict) else None
    return content if isinstance(content, str) else None


def _is_one(value: object, names: frozenset[str]) -> bool:
    return isinstance(value, str) and value in names


def _words(value: object, depth: int) -> str | None:
    if not depth:
        return None
    if isinstance(value, list):
        parts = [said for part in value[:MOST_PARTS] if (said := _words(part, depth - 1))]
        return " ".join(parts) if parts or not value else None
    if not isinstance(value, dict):
        return None
    said = next((value[name] for name in _TEXTS if isinstance(value.get(name), str)), None)
    if said is not None:
        return str(said)
    for name in _CHOICES:
        if isinstance(value.get(name), list):
            return _words(value[name][0], depth - 1) if value[name] else ""
    return next(
        (found for name in _PARTS if (found := _words(value.get(name), depth - 1)) is not None),
        None,
    )
