"""Codes of capitals and digits ("AB-1234", "COVID-19"), e-mail and web addresses. Pure."""

import re
from collections.abc import Mapping
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
# As servers number their rows, in either case.
UUID: Final = re.compile(
    r"(?<![\w\-.])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![\w\-]|\.[0-9])"
)
# No amount has so many.
LONG: Final = re.compile(r"(?<![0-9])[0-9]{16,}")
_RUN: Final = re.compile(r"[A-Z]+|[0-9]+")
_NEITHER: Final = re.compile(r"[^A-Z0-9]")
_VOWEL: Final = re.compile(r"[AEIOUYÄÖÜ]")
_ROUND: Final = 4  # digits of a number of things that is round
_SHORT: Final = 3  # digits of a number of things; a group of a code may have as few
SHORTEST_WORD: Final = 4  # letters of what is read and not spelled: "COVID", "ISO" is both
ADDRESS: Final = re.compile(
    # Begins where no link can have begun before, or a run of dots would be read from each of them.
    r"(?<![\w+\-@])(?<![\w+\-]\.)(?:"
    r"[\w.+\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.){1,6}[A-Za-z]{2,24}\b"
    r"|(?:[A-Za-z0-9\-]+\.)+"
    r"(?i:com|org|net|edu|gov|info|biz|io|co|uk|de|at|ch|eu|app|dev|health|care|shop|example|ai|us"
    r"|ca|fr|nl|it|es|pl|pt|be|lu|li|se|no|dk|cz|online|store|cloud|berlin|wien)\b"
    r"(?::[0-9]{2,5}(?![0-9]))?(?:/[\w\-./?=&%#~+:]*[\w/=])?)"
)
_MARKS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        ".": "dot", "/": "slash", "@": "at", "-": "dash", "_": "underscore", "+": "plus",
        "?": "question mark", "=": "equals", "&": "and", "%": "percent", "#": "hash",
        "~": "tilde", ":": "colon",
    },
    "de": {
        ".": "Punkt", "/": "Slash", "@": "ät", "-": "Minus", "_": "Unterstrich", "+": "plus",
        "?": "Fragezeichen", "=": "gleich", "&": "und", "%": "Prozent", "#": "Raute",
        "~": "Tilde", ":": "Doppelpunkt",
    },
}  # fmt: skip
_WWW: Final = re.compile(r"\Awww(?=\.)", re.IGNORECASE)
# A country's two letters are spelled, but for those that are said as a word everywhere.
_COUNTRY: Final = re.compile(r"(?<=\.)(?!co\b|me\b)[A-Za-z]{2}(?=/|\Z)")


def said_address(written: str, language: str) -> str:
    """An e-mail or web address with its punctuation in words; its digits stay digits."""
    marks = _MARKS[language[:2]]
    # A voice spells what is all in capitals.
    said = _WWW.sub("W W W", written.lower() if written.isupper() else written)
    said = _COUNTRY.sub(lambda found: " ".join(found.group().upper()), said)
    return " ".join("".join(f" {marks[c]} " if c in marks else c for c in said).split())


def said_code(written: str, language: str) -> str:
    """A code with its digits in words: spelled, or as a name and a number.

    A code of two capitals and two digits is spelled; "B12" and "COVID-19" are names.
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


def said_dashed(written: str, language: str) -> str:
    """Groups of digits with dashes between them, digit by digit."""
    return ", ".join(said_in_groups(group, language) for group in written.split("-"))


def _is_word(letters: str) -> bool:
    return len(letters) >= SHORTEST_WORD and _VOWEL.search(letters) is not None


def _said_run(run: str, language: str, *, is_code: bool) -> str:
    if run.isalpha():
        return " ".join(run) if is_code and not _is_word(run) else run
    if is_code or run.startswith("0"):
        return said_in_groups(run, language) if len(run) > 4 else digit_by_digit(run, language)
    return cardinal(int(run), language)


def is_range(first: str, last: str) -> bool:
    """Whether two numbers behind "order" or "contract" are from one to the other: "10-20 chairs".

    A code of two groups has a zero first, four and more digits, or groups of different lengths,
    unless both are round: "50-100 pieces".
    """
    if first.startswith("0") or int(first) >= int(last) or len(first) > len(last):
        return False
    if len(first) < len(last):
        return len(last) <= _ROUND and first.endswith("0") and last.endswith("0")
    both = first, last
    return (
        len(first) <= _SHORT
        or all(each.endswith("00") for each in both)
        or all(len(each) == len("2025") and each[:2] in ("19", "20") for each in both)
    )


def said_document(found: re.Match[str], language: str) -> str:
    """ "invoice 2025-0042" digit by digit; a range is left. Groups: what, a, b."""
    if is_range(found["a"], found["b"]):
        return found.group()
    return found["what"] + said_dashed(f"{found['a']}-{found['b']}", language)
