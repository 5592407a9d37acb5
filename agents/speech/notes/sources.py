"""Distinguishes references to a model's sources from its words. Pure.

"[cite: 1, 2]", "(source: website)", "([example.com](https://...))", "open¹", and what search tools
leave in a text. Numbers that a caller may press, count or call are kept.
"""

import re
from typing import Final

LONGEST_LINKS: Final = 600  # characters of links in round brackets
LONGEST_WORD: Final = 24
# What a source is called, in languages that agents speak.
NAMES: Final = (
    "source", "sources", "quelle", "quellen", "cite", "cites", "citation", "citations", "ref",
    "refs", "reference", "references", "oaicite", "fuente", "fuentes", "fonte", "fonti", "fontes",
    "bron", "bronnen", "źródło", "źródła", "källa", "källor", "kilde", "kilder", "lähde", "zdroj",
    "zdroje", "kaynak", "источник", "forrás",
)  # fmt: skip
# Also the name of what a caller writes down: "(reference: AB1234)" is said.
_OF_BOOKINGS: Final = ("ref", "refs", "reference", "references")
_CITED: Final = tuple(name for name in NAMES if name not in _OF_BOOKINGS)
_PARTS: Final = (
    "fact", "facts", "fakt", "fakten", "chunk", "snippet", "knowledge base", "context",
)  # fmt: skip
# Also what a caller is to bring: in round brackets it is said, but for "(see document 3)".
_PAPERS: Final = ("doc", "docs", "document", "documents", "dokument", "passage")
_A_NAME, _A_CITED = "|".join(NAMES), "|".join(_CITED)
_A_PART, _A_PAPER = "|".join(_PARTS), "|".join((*_PARTS, *_PAPERS))
_SEE: Final = "(?:see|siehe|from|per|according to|laut)"
_NUMBERS: Final = r"\s?[#:]?\s?\d[\d, -]{0,30}"
_IN_SQUARE: Final = re.compile(
    rf"\s?(?:(?:{_A_NAME})(?:[_ ](?:start|end|needed))?"
    rf"|(?:{_A_CITED})(?:\s?[:#|]\s?.{{0,120}}|\s?\d[\d, -]{{0,30}})"
    rf"|(?:{_A_PAPER}){_NUMBERS}"
    r"|\d{1,3}[,;:]\s?(?:pp?|s|seite|page)\.?\s?\d{1,4}(?:\s?[-–]\s?\d{1,4})?)\s?",
    re.IGNORECASE,
)
_IN_ROUND: Final = re.compile(
    rf"\s?(?:(?:{_SEE}\s)?(?:(?:{_A_CITED})\s?[:#]\s?.{{1,120}}|(?:{_A_PART}){_NUMBERS})"
    rf"|{_SEE}\s(?:{_A_PAPER}){_NUMBERS})\s?",
    re.IGNORECASE,
)
_BEGINNINGS: Final = (*_CITED, *_PARTS, "see ", "siehe ", "from ", "per ", "according to ", "laut ")
_IN_CURLY: Final = re.compile(r"index=\d{1,4}")
_OF_A_LINK: Final = r"\[(?:[\w-]{1,60}(?:\.[\w-]{1,60}){1,4}|\d{1,3})\]\([^()\s]{1,300}\)"
_LINKS: Final = re.compile(rf"\(\s?{_OF_A_LINK}(?:[,;]?\s?{_OF_A_LINK}){{0,5}}\s?\)")
_HALF_LINKS: Final = re.compile(
    rf"\(\s?(?:{_OF_A_LINK}[,;]?\s?){{0,6}}(?:\[[\w.-]{{0,300}}(?:\](?:\([^()\s]{{0,300}})?)?)?"
)
REFERENCE: Final = ":contentReference["  # what stands in it, in its brackets, is a source's number
RAISED: Final = re.compile("[⁰¹²³⁴-⁹]+(?:,[⁰¹²³⁴-⁹]+)*")
POWER: Final = re.compile(r"\^\{?(\d{1,3})(?:\}|(?![\d}]))")
RAISED_DIGITS: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LAST_WORD: Final = re.compile(r"(?<![^\W\d_])[^\W\d_]{3,}\Z")
# Behind these such a figure is a power.
_UNITS: Final = (
    "meter", "meters", "metre", "metres", "mile", "miles", "feet", "foot", "inch", "inches",
    "yard", "yards", "kilometer", "kilometers", "kilometre", "kilometres", "centimeter",
    "centimeters", "centimetre", "centimetres", "zentimeter", "millimeter", "metro", "metros",
    "mètre", "mètres", "metri",
)  # fmt: skip
# So does what is counted, or added up in brackets: only these two are units' powers.
_UNIT_POWERS: Final = ("²", "³")
_COUNTED: Final = re.compile(r"\d\s?[^\W\d_]{3,20}\Z")
_IN_SUMS: Final = re.compile(r"\((?:[^()]{0,20}[-+*/=×÷−\d][^()]{0,20}|\s?\w\s?)\)\Z")


def is_citation(inside: str) -> bool:
    """Whether text in square or curly brackets names a source."""
    return bool(_IN_SQUARE.fullmatch(inside) or _IN_CURLY.fullmatch(inside))


def is_source_in_words(inside: str) -> bool:
    """Whether text in round brackets names a source."""
    return _IN_ROUND.fullmatch(inside) is not None


def may_become_source(inside: str) -> bool:
    """Whether more letters may complete such a text."""
    begun = inside.lstrip().lower()
    return any(begun.startswith(each) or each.startswith(begun) for each in _BEGINNINGS)


def links_at(text: str, at: int) -> re.Match[str] | None:
    """Round brackets with nothing but links to the pages on which an answer was found."""
    return _LINKS.match(text, at)


def may_be_links(text: str, at: int) -> bool:
    """Whether `text` may be the beginning of such brackets."""
    return len(text) - at <= LONGEST_LINKS and _HALF_LINKS.fullmatch(text, at) is not None


def is_note(raised: str, before: str) -> bool:
    """Whether `raised` digits after `before` are the number of a note, not a power."""
    before = before[-LONGEST_WORD:]
    if raised in _UNIT_POWERS and (_COUNTED.search(before) or _IN_SUMS.search(before)):
        return False
    word = _LAST_WORD.search(before)
    if word is None:
        return before[-1:] in '.!?,;:)"”’]'
    return word.group().lower() not in _UNITS
