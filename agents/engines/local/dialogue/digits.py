"""Telephone numbers as people say them and as speech recognition writes them."""

import re
from typing import Final

from agents.speech.text.speakable import phone_groups

# The shortest number that can be called, and the longest (ITU-T E.164).
SHORTEST: Final = 7
LONGEST: Final = 15

_UNITS: Final = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "nought": "0", "niner": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
    "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
_TENS: Final = {
    "twenty": "2", "thirty": "3", "forty": "4", "fourty": "4", "fifty": "5", "sixty": "6",
    "seventy": "7", "eighty": "8", "ninety": "9",
}  # fmt: skip
_TIMES: Final = {"double": 2, "triple": 3, "treble": 3}
_ZEROS: Final = {"hundred": "00", "thousand": "000"}
# Digits only between digits: alone they are the commonest words of the language.
_HOMOPHONES: Final = {
    "oh": "0", "o": "0", "won": "1", "to": "2", "too": "2", "for": "4", "fore": "4",
    "ate": "8", "sex": "6", "tree": "3", "free": "3", "nein": "9",
}  # fmt: skip
# Said inside a number without belonging to it.
_PAUSES: Final = frozenset(("and", "then", "dash", "area", "code", "um", "uh", "er", "erm", "plus"))
_LEADS_TO_NUMBER: Final = frozenset(("is", "it's", "number", "that's", "at", "on", "no", "yes"))
_TOKEN: Final = re.compile(r"\d+|[a-z']+")
_WRITTEN_PAUSE: Final = re.compile(r"(?<=\d)[\s.,\-()/]+(?=\d)")


def digits_in(text: str) -> str:
    """The digits of the longest number in `text`, "" for none.

    "five five five oh one four two", "double seven" and "555-0142" are understood.
    """
    text = _WRITTEN_PAUSE.sub(" ", text.lower())
    tokens = _TOKEN.findall(text.replace("-", " "))
    runs, run, index = [], "", 0
    while index < len(tokens):
        said, used = _digits_at(tokens, index, run)
        if said:
            run += said
        elif tokens[index] not in _PAUSES:
            runs.append(run)
            run = ""
        index += used
    return max([*runs, run], key=len)[:LONGEST]


def written(number: str) -> str:
    """A number's digits as they are written for people: "415-555-0142"."""
    return "-".join(phone_groups(number))


def _digits_at(tokens: list[str], index: int, before: str) -> tuple[str, int]:
    """The digits that begin at `index`, and how many tokens they take (at least one)."""
    token = tokens[index]
    behind = tokens[index + 1] if index + 1 < len(tokens) else ""
    if token in _TIMES:
        # "double double" is no number, and looking on would go as deep as a text is long.
        is_more = behind and behind not in _TIMES
        once, used = _digits_at(tokens, index + 1, "0") if is_more else ("", 0)
        return (once * _TIMES[token], used + 1) if len(once) == 1 else ("", 1)
    if token.isdigit():
        return token, 1
    if token in _UNITS:
        return _UNITS[token], 1
    if token in _TENS:
        unit = _UNITS.get(behind, "")
        return (
            (_TENS[token] + unit, 2) if len(unit) == 1 and unit != "0" else (_TENS[token] + "0", 1)
        )
    if token in _ZEROS and before:
        return _ZEROS[token], 1
    if token in _HOMOPHONES and _is_among_digits(tokens, index, before):
        return _HOMOPHONES[token], 1
    return "", 1


def _is_among_digits(tokens: list[str], index: int, before: str) -> bool:
    behind = tokens[index + 1] if index + 1 < len(tokens) else ""
    goes_on = _is_digit(behind) or behind in _HOMOPHONES or behind in _TIMES
    if before:
        return goes_on or not behind or behind in _PAUSES
    is_lead = index == 0 or tokens[index - 1] in _LEADS_TO_NUMBER
    return is_lead and goes_on


def _is_digit(token: str) -> bool:
    return token.isdigit() or token in _UNITS or token in _TENS
