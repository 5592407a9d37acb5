"""Names and codes of capitals and digits: "AB-1234", "COVID-19", "A4". Pure."""

import re
from typing import Final

from agents.speech.said.numbers import cardinal, digit_by_digit
from agents.speech.said.telephone import said_in_groups

CODE: Final = re.compile(
    r"(?<![\w\-.])(?=[A-Z\d\-]{0,40}[A-Z])(?=[A-Z\-]{0,40}[0-9])"
    r"[A-Z0-9]{1,40}(?:-[A-Z0-9]{1,40}){0,8}(?![\w\-]|\.[0-9])"
)
# An IBAN, or the number of a card, in its groups of four.
FOURS: Final = re.compile(
    r"(?<![\w\-.])(?:[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?"
    r"|[0-9]{4}(?:[ \-][0-9]{4}){2,4})(?![\w\-]|\.[0-9])"
)
# No amount has so many.
LONG: Final = re.compile(r"(?<![0-9])[0-9]{16,}")
_RUN: Final = re.compile(r"[A-Z]+|[0-9]+")
_NEITHER: Final = re.compile(r"[^A-Z0-9]")
_VOWEL: Final = re.compile(r"[AEIOUYÄÖÜ]")
SHORTEST_WORD: Final = 4  # letters of what is read and not spelled: "COVID", "ISO" is both


def said_code(written: str, language: str) -> str:
    """A code with its digits in words; as one by itself, or its name and a number.

    With two capitals and two digits it is a code, which is spelled; "B12" and "COVID-19" are names.
    """
    runs = _RUN.findall(written)
    letters = [each for each in runs if each.isalpha()]
    digits = sum(len(each) for each in runs if each.isdigit())
    is_code = digits >= 2 and sum(map(len, letters)) >= 2 and not any(map(_is_word, letters))
    is_code = is_code or len(runs) > 2 + written.count("-") or digits > 4
    return ", ".join(
        " ".join(_said_run(run, language, is_code=is_code) for run in _RUN.findall(part))
        for part in (written.split("-") if is_code else [written])
    )


def said_fours(written: str, language: str) -> str:
    """Letters and digits one by one, in groups of four."""
    plain = _NEITHER.sub("", written)
    fours = (plain[start : start + 4] for start in range(0, len(plain), 4))
    return ", ".join(
        " ".join(digit_by_digit(c, language) if c.isdigit() else c for c in four) for four in fours
    )


def _is_word(letters: str) -> bool:
    return len(letters) >= SHORTEST_WORD and _VOWEL.search(letters) is not None


def _said_run(run: str, language: str, *, is_code: bool) -> str:
    if run.isalpha():
        return " ".join(run) if is_code and not _is_word(run) else run
    if is_code or run.startswith("0"):
        return said_in_groups(run, language) if len(run) > 4 else digit_by_digit(run, language)
    return cardinal(int(run), language)
