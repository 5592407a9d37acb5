"""What is around the chunks of a chat completion: gateways' envelopes, counts of tokens. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

MOST_TOKENS: Final = 10_000_000  # of one request; a count beyond it is none
_ENVELOPES: Final = ("data", "result")
KIND: Final = ("type", "event", "event_type")  # of a frame: what its words are
# Only around what is a chunk: a server may call its words so.
_DOUBTFUL_ENVELOPES: Final = ("output", "chunk", "payload", "response")
_COUNTED: Final = frozenset({"usage", "usageMetadata", "x_groq", "metadata", "message", "delta"})
_INPUT: Final = (
    "prompt_tokens", "input_tokens", "prompt_eval_count", "promptTokenCount", "inputTokens",
    "tokens_evaluated",
)  # fmt: skip
_OUTPUT: Final = (
    "completion_tokens", "output_tokens", "eval_count", "candidatesTokenCount", "outputTokens",
    "tokens_predicted",
)  # fmt: skip


def unwrapped(value: Mapping[str, object]) -> Mapping[str, object]:
    """What a gateway's envelope holds, with the kind that is written on it."""
    if "choices" in value:
        return value
    for name in _ENVELOPES:
        inner = value.get(name)
        if isinstance(inner, str) and inner.lstrip().startswith("{"):
            inner = _decoded(inner)
        if isinstance(inner, dict):
            return {**_kind_of(value), **inner}
    for name in _DOUBTFUL_ENVELOPES:
        inner = value.get(name)
        if isinstance(inner, dict) and ("choices" in inner or isinstance(inner.get("text"), str)):
            usage = inner.get("usage", value.get("usage"))
            return {**_kind_of(value), **inner, "usage": usage}
    return value


def _kind_of(value: Mapping[str, object]) -> dict[str, object]:
    return {name: value[name] for name in KIND if name in value}


def counts_in(value: Mapping[str, object], choice: Mapping[str, object]) -> tuple[int, int]:
    """The tokens of the request and of the answer that a chunk tells, 0 for one that it does not.

    choice: the chunk's own, in which some servers count.
    """
    is_plain = "choices" in value and "usage" not in choice and not value.keys() & _COUNTED
    if is_plain:  # most chunks
        return 0, 0
    counts = next(_all_counts(value, choice), value)
    return _count_of(counts, _INPUT), _count_of(counts, _OUTPUT)


def _all_counts(
    value: Mapping[str, object], choice: Mapping[str, object]
) -> Iterator[Mapping[str, object]]:
    inner = (value.get(name) for name in ("x_groq", "metadata", "message", "delta"))
    around = (value, choice, *(each for each in inner if isinstance(each, dict)))
    for each in around:
        for name in ("usage", "usageMetadata"):
            counts = each.get(name)
            if isinstance(counts, dict):
                tokens = counts.get("tokens")
                yield tokens if isinstance(tokens, dict) else counts


def _decoded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _count_of(counts: Mapping[str, object], names: tuple[str, ...]) -> int:
    """The first of the counts that is one; 0 for none."""
    return next(filter(None, (_count(counts.get(name)) for name in names)), 0)


def _count(value: object) -> int:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value.strip()[:10])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 0 < value <= MOST_TOKENS else 0  # neither NaN nor infinity is
