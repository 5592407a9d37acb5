"""Forms of numbers that are written alike in English and German. Pure."""

import re
from typing import Final

DASH: Final = r"\s?[-–]\s?"  # between two ends of a range
ISO: Final = re.compile(
    r"(?<![\w.\-/])(?P<y>[12][0-9]{3})-(?P<m>0[1-9]|1[0-2])-(?P<d>0[1-9]|[12][0-9]|3[01])"
    r"(?![\w\-/]|\.[0-9])"
)
ABOUT: Final = re.compile(r"(?<![\w<>])(?P<sign>[~≈<>≤≥±])\s?(?=[$€£\-−]?[0-9])")
SECTION: Final = re.compile(r"§(§)?\s?(?=[0-9])")
FRACTION: Final = re.compile(
    r"(?<![\w.,/\-])(?:(?P<whole>[0-9]{1,3})\s)?(?P<a>[0-9]{1,3})/(?P<b>[0-9]{1,4})(?![\w/\-])"
)
FRACTION_SIGN: Final = re.compile(r"(?<![\w.,/])(?:(?P<whole>[0-9]{1,3})\s?)?(?P<part>[½⅓⅔¼¾⅛])")
SIGNS_OF: Final = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅛": (1, 8)
}  # fmt: skip
VERSION: Final = re.compile(
    r"(?<![\w.])(?:[vV](?=[0-9]))?(?P<all>[0-9]{1,5}(?:\.[0-9]{1,5}){2,7})(?![\w\-]|[.,][0-9])"
)
MINUS: Final = re.compile(r"(?<![\w)\]\-])[-−](?=[0-9])")
PLUS: Final = re.compile(r"(?<![\w)])\+(?=[0-9])")
AND: Final = re.compile(r"(?<=\w)\s?&\s?(?=\w)")
PERCENT: Final = re.compile(r"\s?%")
