"""Texts that are too long for a voice's server: what it takes, and where they are cut. Pure."""

import re
from typing import Final

STATUSES: Final = frozenset({400, 413, 422})
SHORTEST: Final = 20  # characters that every server takes
_TOO_LONG: Final = re.compile(
    r"\b(?:input|text|prompt|characters?|string)\b.{0,60}"
    r"\b(?:too long|too large|exceed\w*|at most|maximum|longer than|limit|less than|fewer than)\b"
    r"|\b(?:too long|exceed\w*|maximum|max)\b.{0,60}\b(?:input|text|characters?|tokens)\b"
    r"|string_too_long|max_length",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"\b\d{2,5}\b")


def longest_after(status: int, said: str, text: str) -> int:
    """How many characters to ask for at most after `text` was refused so; 0: it is not too long."""
    said = said.replace(text, "")  # its own numbers say nothing of what is taken
    if status not in STATUSES or len(text) <= SHORTEST or not _TOO_LONG.search(said):
        return 0
    told = [int(each) for each in _NUMBER.findall(said)]
    fitting = [each for each in told if SHORTEST <= each < len(text)]
    return max(fitting) if fitting else max(SHORTEST, len(text) // 2)


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
