"""An agent's list of pronunciations: "Voicex = voice ex". Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from agents.numbered_lines import numbered_lines

LINES: Final = 100
WRITTEN: Final = 60  # characters
SPOKEN: Final = 120  # characters; twelve seconds of speech
TEXT: Final = 20_000  # characters of the whole list, with room for LINES of them
# What a list may add to one piece of a text, in characters: a voice would else be paid for an hour
# of speech where a sentence of letters is written, and nobody hears it.
ADDED: Final = 1_000
_KEPT: Final = 256  # lists of agents whose pattern is kept


class Fault(StrEnum):
    """The possible faults of a list."""

    LINES = "lines"  # too many
    FORM = "form"  # no "written = spoken"
    WRITTEN = "written"  # too long
    SPOKEN = "spoken"  # too long
    TWICE = "twice"  # the same written form again


@dataclass(frozen=True, slots=True)
class FaultInLine:
    """The first fault of a list, and the number of its line."""

    fault: Fault
    line: int


def fault_in(text: str) -> FaultInLine | None:
    """What is wrong with a list of lines `written = spoken`; None when nothing is."""
    seen: set[str] = set()
    for number, line in numbered_lines(text):
        written, spoken = _sides(line)
        if len(seen) == LINES:
            return FaultInLine(Fault.LINES, number)
        if not written or not spoken:
            return FaultInLine(Fault.FORM, number)
        if len(written) > WRITTEN:
            return FaultInLine(Fault.WRITTEN, number)
        if len(spoken) > SPOKEN:
            return FaultInLine(Fault.SPOKEN, number)
        if written.casefold() in seen:
            return FaultInLine(Fault.TWICE, number)
        seen.add(written.casefold())
    return None


def pronounced(text: str, listed: str) -> str:
    """`text` with the listed words replaced by their spoken form: whole words, the longest first.

    listed: lines of `written = spoken`; other lines are ignored.
    """
    replace = _replacing(listed) if listed else None
    return replace(text) if replace else text


@lru_cache(_KEPT)
def _replacing(listed: str) -> Callable[[str], str] | None:
    pairs: dict[str, str] = {}
    for _, line in numbered_lines(listed):
        written, spoken = _sides(line)
        if written and spoken and len(pairs) < LINES:
            pairs.setdefault(written[:WRITTEN].casefold(), spoken[:SPOKEN])
    if not pairs:
        return None
    longest_first = sorted(pairs, key=len, reverse=True)
    # A sign at the edge of a written form ("C++") needs no edge of a word there.
    pattern = re.compile(
        rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE
    )

    def replace(text: str) -> str:
        room = ADDED

        def spoken(found: re.Match[str]) -> str:
            nonlocal room
            said = pairs.get(found.group().casefold(), found.group())
            room -= max(0, len(said) - len(found.group()))
            return said if room >= 0 else found.group()

        return pattern.sub(spoken, text)

    return replace


def _sides(line: str) -> tuple[str, str]:
    written, _, spoken = line.partition("=")
    return " ".join(written.split()), " ".join(spoken.split())
