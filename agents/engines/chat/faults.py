"""Reads error messages in place of an answer, or within its stream. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from agents.engines.chat.envelopes import KIND
from agents.engines.chat.surrogates import without_halves
from agents.speech.text.error_fields import is_error

# Of the reason for an end. A network's is no failure: what came is kept, and the rest asked for.
_FAILURE: Final = re.compile(
    r"\A(?!network)(?:\w{1,40}_)?(?:error|failed|failure)\Z"
    r"|malformed|unexpected_tool_call|too_many_tool_calls|missing_thought_signature"
)


@dataclass(frozen=True, slots=True)
class ProviderFault:
    """An error that the server sent in an answer. code: lower case, "" for none."""

    said: str
    code: str = ""
    body: object = field(default=None, repr=False)


def fault_of(
    value: Mapping[str, object], choices: Sequence[Mapping[str, object]], name: str, finish: str
) -> ProviderFault | None:
    """The error in a frame, None for none. name: of its event; finish: why its choices end."""
    groq = value.get("x_groq")
    of_groq = groq.get("error") if isinstance(groq, dict) else None
    of_choices = (choice.get("error") for choice in choices)
    for error in (value.get("error"), *of_choices, of_groq):
        if is_error(error):
            return fault_in(error)
    status = value.get("base_resp")
    if isinstance(status, dict) and status.get("status_code") not in (None, 0, "0", 200):
        return fault_in(status)
    is_named = name == "error" or "error" in map(value.get, ("object", *KIND))
    if is_named or is_failure(finish):
        return fault_in(value)
    return None


def is_failure(finish: str) -> bool:
    """Whether an answer that ends for that reason, in lower case, has failed."""
    return _FAILURE.search(finish) is not None


def fault_in(error: object) -> ProviderFault:
    """What an error says, whatever its form."""
    if not isinstance(error, dict):
        return ProviderFault(without_halves(str(error)), body=error)
    said = (
        error.get("message") or error.get("detail") or error.get("msg") or error.get("status_msg")
    )
    said = said or error
    code = (
        error.get("code")
        or error.get("status")
        or error.get("status_code")
        or error.get("type")
        or ""
    )
    return ProviderFault(without_halves(str(said)), str(code)[:40].lower(), body=error)
