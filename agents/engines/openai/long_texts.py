"""Texts that are too long for a voice's server: what it takes, and where they are cut. Pure."""

import re
from typing import Final

STATUSES: Final = frozenset({400, 413, 422})
SHORTEST: Final = 20  # characters that every server takes
MOST_CUTS: Final = 5  # of a text, one part within another: a caller waits for each refusal
_TOO_LONG: Final = re.compile(
    r"\b(?:input|text|prompt|characters?|string)\b.{0,60}"
    r"\b(?:too long|too large|exceed\w*|at most|maximum|longer than|limit|less than|fewer than)\b"
    r"|\b(?:too long|exceed\w*|maximum|max)\b.{0,60}\b(?:input|text|characters?|tokens)\b"
    r"|string_too_long|max_length",
    re.IGNORECASE,
)
# A limit, behind what it is called; the length that was counted is a number, too.
_LIMIT: Final = re.compile(
    r"\b(?:at most|max(?:imum|_length)?|limit|less than|fewer than|longer than|up to|exceeds?)\b"
    r"[^\d.]{0,40}?(?P<limit>\b\d{2,5}\b(?!-))",
    re.IGNORECASE,
)


def is_of_length(status: int, said: str, text: str) -> bool:
    """Whether `text` was refused because it is too long. said: the server's words."""
    said = _without(text, said)
    return status in STATUSES and len(text) > SHORTEST and _TOO_LONG.search(said) is not None


def limit_in(said: str, text: str) -> int:
    """The limit in characters that a server told when it refused `text`; 0: it told none."""
    told = [int(each["limit"]) for each in _LIMIT.finditer(_without(text, said))]
    return max((each for each in told if SHORTEST <= each < len(text)), default=0)


def _without(text: str, said: str) -> str:
    """What was said without the text where it is repeated: its numbers are no limits."""
    return said.replace(text, "")


def parts_of(text: str, longest: int) -> list[str]:
    """`text` in parts of `longest` characters at most (0: of any length), cut between words."""
    parts, rest = [], text
    while longest and len(rest) > longest:
        marks = (rest.rfind(mark, 0, longest) + 1 for mark in (". ", "! ", "? ", ", ", "; ", ": "))
        cut = max(marks)
        if cut < longest // 2:
            cut = rest.rfind(" ", 0, longest + 1)
        cut = cut if cut > 0 else longest
        parts.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [part for part in (*parts, rest) if part] or [text]
