"""Recognises errors of servers that could not parse their model's tool call. Pure.

It is no refusal of the tools, and must not be learned as one: the same request is answered well
the next time. Some servers send what the model wrote along, of which the call can be read.
"""

import re
from collections.abc import Mapping
from typing import Final

from agents.engines.chat.refused_parameters import READ_CHARACTERS

GENERATION: Final = "failed_generation"
_SAYS_SO: Final = re.compile(
    r"tool_use_failed|failed to call a function|malformed_function_call"
    r"|\b(?:pars|extract|validat|decod)\w*\b.{0,40}\b(?:tool|function)[ _]calls?\b"
    r"|\b(?:tool|function)[ _]calls?\b.{0,40}\b(?:validation|parsing|parsed|malformed)",
    re.IGNORECASE,
)
_CALL_BEGINS: Final = re.compile(r"[<{\[(]")


def failed_call(body: object) -> str | None:
    """What the model wrote, "" where the error does not say; None for any other error.

    body: of the error, as decoded from JSON, or text.
    """
    if isinstance(body, list) and body:
        body = body[0]
    error = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(error, dict):
        written = error.get(GENERATION)
        if isinstance(written, str) and _CALL_BEGINS.search(written):
            return written
        said = " ".join(map(str, _said(error)))
    else:
        said = str(error)
    return "" if _SAYS_SO.search(said[:READ_CHARACTERS]) else None


def _said(error: Mapping[str, object]) -> list[object]:
    return [error.get(name) or "" for name in ("code", "type", "message", "detail")]
