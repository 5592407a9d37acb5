"""Checks an answer for required and forbidden words. Pure.

Each line is words that are looked for, in any case, without signs and spaces that do not matter, as
they are written and as they are said: "9 AM" is found in "at nine a.m.". "nine | half past nine"
is either.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agents.speech.said.said import in_words

OR: Final = "|"
MOST_WORDINGS: Final = 20  # of a line; what comes behind them is part of the last
_SIGNS: Final = re.compile(r"[^\w%€$£@+]+")


class Kind(StrEnum):
    """What is wrong with an answer."""

    MISSING = "missing"  # it does not have this
    FORBIDDEN = "forbidden"  # it has this
    JUDGED = "judged"  # a model says so
    BROKEN = "broken"  # there was no answer, or no whole one


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. text: the line, or the model's or the engine's words."""

    kind: Kind
    text: str


def lines_of(text: str) -> list[str]:
    """The lines of a field that say something."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def problems_of(answer: str, *, must: str, must_not: str, language: str) -> list[Problem]:
    """What is wrong with an answer by words alone."""
    forms = _forms(answer, language)
    missing = [each for each in lines_of(must) if not _has(forms, each, language)]
    forbidden = [each for each in lines_of(must_not) if _has(forms, each, language)]
    return [
        *(Problem(Kind.MISSING, each) for each in missing),
        *(Problem(Kind.FORBIDDEN, each) for each in forbidden),
    ]


def _has(forms: tuple[str, ...], line: str, language: str) -> bool:
    """Whether one of the wordings of a line is in one of the forms of an answer."""
    return any(
        wanted in form
        for wording in line.split(OR, MOST_WORDINGS - 1)
        for wanted in _forms(wording, language)
        if wanted.strip()
        for form in forms
    )


def _forms(text: str, language: str) -> tuple[str, ...]:
    """`text` as it is written and as it is said, each of whole words with a space around them."""
    written = text.casefold()
    said = in_words(text, language).casefold()
    return tuple(_words(each) for each in (written, said))


def _words(text: str) -> str:
    words = f" {_SIGNS.sub(' ', text).strip()} "
    return words.replace(" a m ", " am ").replace(" p m ", " pm ")
