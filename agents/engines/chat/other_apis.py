"""Finds the answer in chunks of other APIs, which have no choices. Pure."""

from collections.abc import Mapping
from typing import Final

THOUGHT_PARTS: Final = ("think", "reason", "thought", "summary")  # of the type of what is none
_BESIDE_A_RESPONSE: Final = frozenset({"done", "p", "tool_calls", "usage"})
# Where others have an answer's words, if they answer in a form of their own.
_WORDS_OF_OTHERS: Final = ("output_text", "generated_text", "answer")


def stands_for_choice(value: Mapping[str, object]) -> Mapping[str, object]:
    """What stands for a choice in a frame that has none; {} for nothing."""
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
    candidates = value.get("candidates")
    if isinstance(candidates, list) and candidates and isinstance(candidates[0], dict):
        content = candidates[0].get("content")
        parts = content.get("parts") if isinstance(content, dict) else None
        return {"message": {"content": parts}, "finish_reason": candidates[0].get("finishReason")}
    said = next(
        (value[name] for name in _WORDS_OF_OTHERS if isinstance(value.get(name), str)), None
    )
    return {} if said is None else {"text": said}
