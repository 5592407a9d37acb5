"""Numbers as words, by language. Pure.

language: "en" is American English, "en-GB" any other; "de" is German.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from num2words import num2words

# What a text must have in it (a look for that is cheap), a pattern, and what is said for it.
Rule = tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]]

ENGLISH: Final = "en"
BRITISH: Final = "en-GB"
GERMAN: Final = "de"

LONGEST_AMOUNT: Final = 15  # digits; what is longer is no amount but somebody's number
_KEPT: Final = 4_096  # numbers a language; one costs num2words 20 to 60 us
_DIGITS: Final = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "de": ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
}
_POINT: Final = {"en": "point", "de": "Komma"}
# Years that people say in two halves; later ones with the whole thousand are an amount to the ear.
_YEARS: Final = range(1_100, 2_100)
_NO_DIGIT: Final = re.compile(r"[^0-9]")


@lru_cache(_KEPT)
def cardinal(number: int, language: str) -> str:
    """`number` as a cardinal: "one hundred five", "einhundertfünf"."""
    words: str = num2words(number, lang=language[:2])
    if language[:2] == ENGLISH:
        words = words.replace(",", "")
    return words.replace(" and ", " ") if language == ENGLISH else words


@lru_cache(_KEPT)
def ordinal(number: int, language: str) -> str:
    """`number` as an ordinal: "twenty-first"; in German with the ending -te: "zweite"."""
    words: str = num2words(number, lang=language[:2], to="ordinal")
    if language[:2] == ENGLISH:
        words = words.replace(",", "")
    return words.replace(" and ", " ") if language == ENGLISH else words


@lru_cache(_KEPT)
def year(number: int, language: str) -> str:
    """`number` as a year: "nineteen ninety-nine", "neunzehnhundertneunundneunzig"."""
    if number not in _YEARS:
        return cardinal(number, language)
    if language[:2] == GERMAN:
        words: str = num2words(number, lang=GERMAN, to="year")
        return words
    words = num2words(number, lang=ENGLISH, to="year")
    return words.replace("oh-", "oh ").replace(" and ", " ")


def digit_by_digit(digits: str, language: str) -> str:
    """`digits` (ASCII) one by one: "one nine"."""
    names = _DIGITS[language[:2]]
    return " ".join(names[int(each)] for each in digits)


def amount(whole: str, fraction: str, language: str) -> str:
    """A decimal number: "three point five"."""
    said = whole_number(whole, language)
    if not fraction:
        return said
    return f"{said} {_POINT[language[:2]]} {digit_by_digit(fraction, language)}"


def whole_number(digits: str, language: str) -> str:
    """Digits as a cardinal, or digit by digit if they begin with zero or are too many."""
    if len(digits) > LONGEST_AMOUNT or (len(digits) > 1 and digits[0] == "0"):
        return digit_by_digit(digits, language)
    return cardinal(int(digits), language)


def plain(digits: str, language: str) -> str:
    """Digits without any context; four of them are often a year."""
    if len(digits) == 4 and int(digits) in _YEARS:
        return year(int(digits), language)
    return whole_number(digits, language)


def parted(written: str, decimal: str) -> tuple[str, str]:
    """The digits before and after the point of a written number: "1,299.5" is ("1299", "5").

    decimal: the language's decimal mark. The other mark also counts as one where it cannot separate
    thousands: "3.50" in German, "1.299,99" in English.
    """
    other = "," if decimal == "." else "."
    at, other_at = written.rfind(decimal), written.rfind(other)
    if other_at > at and (at >= 0 or len(written) - other_at != len(".000")):
        at = other_at
    elif at >= 0 and written.count(decimal) > 1:
        at = -1
    whole, fraction = (written[:at], written[at + 1 :]) if at >= 0 else (written, "")
    return _NO_DIGIT.sub("", whole), fraction


def apart(found: re.Match[str], words: str) -> str:
    """`words` for the match `found`, with a space next to an adjacent letter or digit."""
    text, start, end = found.string, found.start(), found.end()
    before = " " if start and text[start - 1].isalnum() else ""
    behind = " " if end < len(text) and text[end].isalnum() else ""
    return f"{before}{words}{behind}"


def applied(rules: tuple[Rule, ...], text: str) -> str:
    """`text` after applying the rules one after the other."""
    for needed, pattern, say in rules:
        if needed in text:
            text = pattern.sub(say, text)
    return text
