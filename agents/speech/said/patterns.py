"""Forms of numbers that English and German write the same way. Pure."""

import re
from typing import Final

DASH: Final = r"\s?[-–]\s?"  # between two ends of a range
ISO: Final = re.compile(
    r"(?<![\w.\-/])(?P<y>[12][0-9]{3})-(?P<m>0[1-9]|1[0-2])-(?P<d>0[1-9]|[12][0-9]|3[01])"
    r"(?![\w\-/]|\.[0-9])"
)
# As tools give times, and models repeat them: "2026-12-24T09:00:00+01:00".
TIMESTAMP: Final = re.compile(
    r"(?<![\w.\-/])(?P<date>[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]))"
    r"T(?P<time>(?:[01][0-9]|2[0-4]):[0-5][0-9])(?P<seconds>:[0-5][0-9])?(?:[.,][0-9]{1,9})?"
    r"(?:(?P<utc>Z|[+-]00:?00)|[+-][01][0-9]:?[0-5][0-9])?(?![\w:/]|-[0-9])"
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
NAMED_VERSION: Final = re.compile(
    r"(?<![\w.])(?:(?P<what>(?i:version|release|firmware|python|java|ios|android|macos) )"
    r"|[vV]\.?\s?)(?P<all>[0-9]{1,5}\.[0-9]{1,5})(?![\w\-]|[.,][0-9])"
)
# "20 000", "1 500 000": groups of three behind spaces, of which the last is round.
SPACED: Final = re.compile(
    r"(?<![\w.,+\-/)])(?<![0-9] )[1-9][0-9]{0,2}(?: [0-9]{3}){0,3} [0-9]00"
    r"(?!\w| [0-9]|[.,/\-][0-9])"
)
APOSTROPHES: Final = re.compile(r"(?<![\w.,'’])[0-9]{1,3}(?:['’][0-9]{3}){1,4}(?![\w'’])")
SEASON: Final = re.compile(r"(?<![\w.,/\-])(?P<a>[12][0-9]{3})/(?P<b>[0-9]{2})(?![\w/\-])")
OUT_OF: Final = re.compile(
    r"(?<![\w.,/\-])(?P<a>[0-9]{1,2}[.,][0-9]{1,2})/(?P<b>[0-9]{1,3})(?![\w/\-]|[.,][0-9])"
)
# Groups of digits that are no date and no telephone number: "123-45-6789", an ISBN.
DASHED: Final = re.compile(r"(?<![\w\-.,/])[0-9]{1,8}(?:-[0-9]{1,8}){2,6}(?![\w\-]|[.,/][0-9])")
SCIENTIFIC: Final = re.compile(r"(?<=[0-9])e(?=[+\-−]?[0-9]{1,3}(?![\w.]))")
POWER: Final = re.compile(r"(?<=[\w)])\s?\^\s?(?=[(+\-−]?\w)")
RAISED: Final = re.compile(r"(?<=[\w)])[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,9}")
LOWERED: Final = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
DIVIDED: Final = re.compile(r"(?<=[0-9]) / (?=[0-9])")
BY: Final = re.compile(r"(?<=[0-9])(?<![\w.]0)(?<!\A0)(?P<space>\s?)x\s?(?=[0-9])")
AND_MORE: Final = re.compile(r"(?<=[0-9])\+(?![\w+])")
LESS: Final = re.compile(r"(?<=[0-9])(?P<space>\s?)[-–−](?P=space)(?=[0-9]{1,9} ?=)")
MINUS: Final = re.compile(r"(?<![\w)\]\-])[-−](?=[0-9])")
PLUS: Final = re.compile(r"(?<![\w)])\+(?=[0-9])")
AND: Final = re.compile(r"(?<=\w)\s?&\s?(?=\w)")
PERCENT: Final = re.compile(r"\s?%")


def parts_of_timestamp(found: re.Match[str], between: str, behind: str = "") -> str:
    """A TIMESTAMP as people write it: a date, and its time unless that is a whole day's beginning.

    between: "at". behind: what follows a time. The place whose clock it is nobody names, but UTC.
    """
    if found["time"] == "00:00" and found["seconds"] == ":00":
        return found["date"]
    utc = " UTC" if found["utc"] else ""
    return f"{found['date']} {between} {found['time']}{behind}{utc}"
