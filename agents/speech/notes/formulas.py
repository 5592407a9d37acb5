"""Tells the dollar signs around a formula ("$x = 5$") from those of money ("$5"). Pure."""

import re
from typing import Final

from agents.speech.notes.sources import POWER, RAISED_DIGITS

UNKNOWN: Final = -1
_LONGEST: Final = 80  # characters
_LONGEST_WITHOUT_SIGN: Final = 30
_FORMULA: Final = re.compile(
    rf"\$\$?(?=[^\s$])(?P<inside>[^$\n]{{1,{_LONGEST}}})(?<!\s)\$\$?(?!\d)"
)
_DISPLAYED: Final = re.compile(rf"\$\$(?P<inside>[^$\n]{{1,{_LONGEST}}})\$\$")
_HALF: Final = re.compile(rf"\$\$?(?P<inside>[^$\n]{{0,{_LONGEST}}})\${{0,2}}\Z")
_SIGN: Final = re.compile(r"[=^×÷±≈≤≥≠√_°²³]|(?<=\d)\s?[+*/]\s?\d")
_WORD: Final = re.compile(r"[^\W\d_]{2}")
_SIGNS: Final = str.maketrans("", "", "${}")


def formula_end(text: str, at: int) -> int:
    """The end of the formula at `at`; `at` if there is none, UNKNOWN if more text is needed."""
    found = _DISPLAYED.match(text, at) or _FORMULA.match(text, at)
    if found and (text.startswith("$$", at) or _SIGN.search(found["inside"])):
        return found.end()
    half = None if found else _HALF.match(text, at)
    return UNKNOWN if half and _may_be(half["inside"]) else at


def without_signs(formula: str) -> str:
    """The part of a formula that is said."""
    return POWER.sub(_raised, formula.replace("^°", "°")).translate(_SIGNS)


def _raised(power: re.Match[str]) -> str:
    return power[1].translate(RAISED_DIGITS)


def _may_be(inside: str) -> bool:
    """Whether a formula may begin so: a sum of money in a sentence is soon followed by a word."""
    if not inside:
        return True
    if inside[0].isspace() or _SIGN.search(inside):
        return bool(_SIGN.search(inside))
    return not _WORD.search(inside) or (
        inside[0].isalpha() and len(inside) <= _LONGEST_WITHOUT_SIGN
    )
