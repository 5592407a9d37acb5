"""Texts to redact, and the words that replace redactions."""

from dataclasses import dataclass, field
from typing import Final

from agents.engines.conversation import Role
from agents.redaction.runs import Scan, scan
from agents.redaction.subjects import Subject, subjects_in

CARD: Final = "card number"
NUMBER: Final = "number"
CODE: Final = "security code"
EXPIRY: Final = "expiry date"
NAME: Final = "name"
REST: Final = "rest of a long turn"
LONGEST: Final = 1_500  # characters: a minute and a half of speech without an answer

Place = tuple[int, int]  # a run of digits: the number of its text, and its own within that


@dataclass(frozen=True, slots=True)
class Text:
    """What one of the two said. Made once for each text: examining it takes a while.

    read: the beginning of it that is examined; nothing is kept of what comes behind.
    """

    role: Role
    said: str
    read: str = field(init=False, repr=False)
    scan: Scan = field(init=False, repr=False)
    subjects: tuple[Subject, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        read = self.said[:LONGEST]
        seen = scan(read)
        # A number that continues behind it is not known.
        if len(self.said) > LONGEST and seen.runs and seen.ends:
            read = read[: seen.runs[-1].start]
            seen = scan(read)
        object.__setattr__(self, "read", read)
        object.__setattr__(self, "scan", seen)
        object.__setattr__(self, "subjects", tuple(subjects_in(read, seen.cues)))
