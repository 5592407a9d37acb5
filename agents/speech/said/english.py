"""English as it is spoken: American ("en", "en-US") or another, with the day first. Pure."""

import re
from functools import cache
from typing import Final

from agents.speech.said import english_dates, money, roman
from agents.speech.said.codes import (
    ADDRESS,
    CODE,
    FOURS,
    LONG,
    UUID,
    said_address,
    said_code,
    said_dashed,
    said_document,
    said_fours,
)
from agents.speech.said.english_words import (
    DAY,
    DAY_LIST,
    DAY_NAMES,
    DAY_RANGE,
    NUMBER,
    RATE,
    SHORT_WORDS,
    UNITS,
    rate,
)
from agents.speech.said.numbers import (
    BRITISH,
    ENGLISH,
    Rule,
    amount,
    apart,
    applied,
    cardinal,
    digit_by_digit,
    ordinal,
    parted,
    plain,
    whole_number,
    year,
)
from agents.speech.said.patterns import (
    ABOUT,
    AND,
    AND_MORE,
    APOSTROPHES,
    BY,
    DASH,
    DASHED,
    DIVIDED,
    FRACTION,
    FRACTION_SIGN,
    LESS,
    LOWERED,
    MINUS,
    NAMED_VERSION,
    OUT_OF,
    PERCENT,
    PLUS,
    POWER,
    RAISED,
    SCIENTIFIC,
    SEASON,
    SECTION,
    SIGNS_OF,
    SPACED,
    TIMESTAMP,
    VERSION,
    parts_of_timestamp,
)
from agents.speech.said.telephone import PHONE, said_in_groups, said_phone

# --- units and signs -----------------------------------------------------------------
_UNIT: Final = re.compile(
    rf"(?P<minus>(?<![\w)])[-−+])?(?<![\w.,/])(?P<n>{NUMBER})(?:{DASH}(?P<minus2>[-−])?(?P<n2>{NUMBER}))?\s?"
    rf"(?P<unit>{'|'.join(re.escape(each) for each in sorted(UNITS, key=len, reverse=True))})"
    rf"(?![\w'’]){RATE}"
)
_HEIGHT: Final = re.compile(
    r"(?<![\w.,])(?P<ft>[1-9])(?:['′’]\s?|\s?ft\.?\s)(?P<in>1[01]|[0-9])"
    r"(?:[\"″”]|''|\s?in\b\.?)?(?![\w'’])"
)
_PAGE: Final = re.compile(r"\b(?P<what>[Pp]p?|[Vv]ol|[Ff]igs?|[Ss]ecs?|[Cc]h)\.\s?(?=[0-9])")
_PAGE_SAID: Final = {
    "p": "page ", "pp": "pages ", "vol": "volume ", "fig": "figure ", "figs": "figures ",
    "sec": "section ", "secs": "sections ", "ch": "chapter ",
}  # fmt: skip
_POINT_FIRST: Final = re.compile(r"(?<![\w.)\]])\.(?=[0-9]{1,9}(?![\w.]))")
_PER: Final = re.compile(
    r"(?<=[a-z])\s?/\s?(?=(?:mo|month|night|hour|hr|day|week|year|person|minute|min|head|unit"
    r"|session|visit|item)\b)"
)
_LABEL: Final = re.compile(r"\bNos\.\s?(?=[0-9])|\b[Nn]o\.\s?(?=[0-9])|(?<!\w)#(?=[0-9])|№\s?")
_ABOUT_SAID: Final = {
    "~": "about ", "≈": "about ", "<": "less than ", ">": "more than ", "≤": "at most ",
    "≥": "at least ", "±": "plus or minus ",
}  # fmt: skip

# --- numbers that name something --------------------------------------------------------
_REFERENCE: Final = re.compile(
    r"\b(?P<what>(?:(?:code|pin|ticket|reference|confirmation|booking|zip|tracking|postcode|id|cvv"
    r"|reservation)(?: (?:number|code|id|no\.?))?"
    # "in any case 1500 people", "to order 1000 chairs"
    r"|(?:account|member|membership|serial|case|invoice|policy|order|customer)"
    r"(?: (?:number|code|id|no\.?))|ending (?:in|with)|last four(?: digits)?)"
    r"(?: (?:is|was))?[:#]? ?#?)(?P<digits>[0-9]{4,15}|(?<=cvv )[0-9]{3})(?![\w\-]|[.,:/][0-9])",
    re.IGNORECASE,
)
# "Invoice 2025-0042" names one thing, and is no range.
_DOCUMENT: Final = re.compile(
    r"\b(?P<what>(?:invoice|order|ticket|case|policy|reference|contract|quote)"
    r"(?: (?:number|no\.?))?[:#]? ?#?)(?P<a>[0-9]{2,8})-(?P<b>[0-9]{2,8})(?![\w\-/]|[.,][0-9])",
    re.IGNORECASE,
)
_EXTENSION: Final = re.compile(r"\b(?P<what>(?i:extension|ext\.?) )(?P<digits>[0-9]{2,6})\b")
# Behind a telephone number; "1920 x 1080" is a size.
_SHORT_EXTENSION: Final = re.compile(
    r"(?:(?<=[0-9][\-. ][0-9]{4} )|(?<=[0-9]{10} ))x ?(?=[0-9]{1,6}\b)"
)
_NINE_DIGIT_ZIP: Final = re.compile(r"(?<![\w.,/\-])([0-9]{5})-([0-9]{4})(?![\w\-/]|[.,][0-9])")
_TEXT_TO: Final = re.compile(
    r"\b(?P<what>(?i:text) )(?P<digits>[0-9]{5,6})\b"
    # "Text 20000 contacts", but not "text 12345 as soon as you arrive".
    r"(?! (?!(?:as|is|its|this|plus|us|yes|unless|always)\b)[a-z]{1,20}s\b)"
)
_ZIP: Final = re.compile(
    r"\b(?P<what>(?i:zip)(?: code)?|[A-Z]{2}),? (?P<digits>[0-9]{5})(?:-(?P<more>[0-9]{4}))?"
    r"(?![\w\-]|[.,][0-9])"
)
_POSTCODE: Final = re.compile(r"\b([A-Z]{1,2}[0-9][A-Z0-9]?) ([0-9][A-Z]{2})\b")
_EMERGENCY: Final = re.compile(
    r"\b(?P<what>(?:call|dial|ring|phone|text)(?:s|ing)? )(?P<digits>911|999|112|988|[2-8]11)\b"
    r"(?:(?P<or> or | and )(?P<more>911|999|112|988|[2-8]11)\b)?",
    re.IGNORECASE,
)
_ROOM: Final = re.compile(
    r"\b(?P<what>(?i:room|suite|flight|apartment|apt\.?|unit|gate|route|highway|interstate) )"
    r"(?P<digits>[1-9][0-9]{2,3})(?![\w\-]|[.,:/][0-9])"
)
_HOUSE: Final = re.compile(
    r"(?<![\w.,/\-$])(?P<digits>[1-9][0-9]{2,3})(?P<letter>[A-D])?(?=(?: [NSEW]\.?)?"
    r"(?: (?:[A-Z][a-z]{1,20}|[0-9]{1,3}(?:st|nd|rd|th))){1,3}"
    r" (?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Court|Ct|Place|Pl"
    r"|Terrace|Square|Sq|Parkway|Highway)\b)"
)

# --- other forms -----------------------------------------------------------------------
_DECADE: Final = re.compile(r"(?<![\w.,])(?:['’]|(?P<century>[12][0-9]))?(?P<ten>[0-9]0)['’]?s\b")
_DECADES: Final = {
    "10": "tens", "20": "twenties", "30": "thirties", "40": "forties", "50": "fifties",
    "60": "sixties", "70": "seventies", "80": "eighties", "90": "nineties",
}  # fmt: skip
_ORDINAL: Final = re.compile(r"(?<![\w.,/])(?P<n>[0-9]{1,6})(?:st|nd|rd|th|ST|ND|RD|TH)\b")
_ORDINAL_RANGE: Final = re.compile(
    r"(?<=[0-9](?:st|nd|rd|th))\s?[-–]\s?(?=[0-9]{1,6}(?:st|nd|rd|th)\b)"
)
_LOCAL: Final = re.compile(
    r"(?P<what>\b(?:call|dial|phone|ring|text|reach|tel\.?|number)(?:ing)?(?: us| me| is)?"
    r"(?: at| on)?:? |(?<!\w)(?=555))(?P<digits>[2-9][0-9]{2} [0-9]{4})(?![\w\-]|[., ][0-9])",
    re.IGNORECASE,
)
_PARTS: Final = frozenset((2, 3, 4, 5, 6, 8, 10))  # into which people divide
_RATIO: Final = re.compile(r"(?<![\w.,:/\-])([0-9]{1,3})(?::| : )([0-9]{1,3})(?![\w:]|\.[0-9])")
_RANGE: Final = re.compile(rf"(?<![\w.,/\-])({NUMBER}){DASH}({NUMBER})(?![\w\-/]|[.,][0-9])")
_BETWEEN: Final = re.compile(r"(?<=[0-9])\s?(?P<sign>[*×=+÷])\s?(?=[0-9])")
_BETWEEN_SAID: Final = {
    "*": " times ", "×": " times ", "=": " equals ", "+": " plus ", "÷": " divided by "
}  # fmt: skip
_NUMBER: Final = re.compile(NUMBER)

_HAS_NUMBER: Final = re.compile(r"[0-9½⅓⅔¼¾⅛§%&№¢^⁰¹²³⁴-⁹]")


def said(text: str, language: str) -> str:
    """English `text` completely in words. language: "en" or "en-GB"."""
    text = ADDRESS.sub(lambda m: said_address(m.group(), language), text)
    text = DAY.sub(lambda m: DAY_NAMES[next(filter(None, m.groups()))], text)
    text = roman.in_english(text, language)
    if _HAS_NUMBER.search(text):
        text = applied(_rules(language), text)
    text = DAY_LIST.sub(", ", DAY_RANGE.sub(" to ", text))
    for needed, pattern, words in SHORT_WORDS:
        if needed in text:
            text = pattern.sub(words, text)
    return text


@cache
def _rules(language: str) -> tuple[Rule, ...]:
    """The rules that put a text into words, in the order in which they are applied."""

    def unit(found: re.Match[str]) -> str:
        said = _amount(found["n"], language)
        if found["n2"]:
            sign = "minus " if found["minus2"] else ""
            said = f"{said} to {sign}{_amount(found['n2'], language)}"
        names = UNITS[found["unit"]]
        is_one = found["n"] == "1" and not found["n2"]
        sign = {"+": "plus "}.get(found["minus"] or "", "minus ") if found["minus"] else ""
        return f"{sign}{said} {names[0] if is_one else names[1]}{rate(found)}"

    def digits(found: re.Match[str]) -> str:
        return found["what"] + said_in_groups(found["digits"], language)

    def zip_code(found: re.Match[str]) -> str:
        said = f"{found['what']} {digit_by_digit(found['digits'], language)}"
        return f"{said}, {digit_by_digit(found['more'], language)}" if found["more"] else said

    def postcode(found: re.Match[str]) -> str:
        return ", ".join(
            " ".join(digit_by_digit(c, language) if c.isdigit() else c for c in part)
            for part in found.groups()
        )

    def decade(found: re.Match[str]) -> str:
        return _decade(found["century"], found["ten"], language) or found.group()

    def number(found: re.Match[str]) -> str:
        return apart(found, _amount(found.group(), language))

    return (
        ("-", UUID, lambda m: said_fours(m.group().upper(), language)),
        ("T", TIMESTAMP, lambda m: parts_of_timestamp(m, "at")),
        (" ", SPACED, lambda m: m.group().replace(" ", ",")),
        ("", APOSTROPHES, lambda m: m.group().replace("'", "").replace("’", "")),
        ("e", SCIENTIFIC, lambda _: " times 10^"),
        (".", _POINT_FIRST, lambda _: "0."),
        ("", ABOUT, lambda m: _ABOUT_SAID[m["sign"]]),
        ("", NAMED_VERSION, lambda m: (m["what"] or "version ") + _version(m["all"], language)),
        *money.english_rules(language),
        *english_dates.rules(language),
        ("x", _SHORT_EXTENSION, lambda _: "extension "),
        ("x", BY, lambda m: " times " if m["space"] else " by "),
        ("", _HEIGHT, lambda m: f"{m['ft']} foot {m['in']}"),
        ("", _UNIT, unit),
        ("/", _PER, lambda _: " per "),
        (".", _PAGE, lambda m: _page(m["what"])),
        ("", _LABEL, lambda m: "numbers " if m.group()[:3] == "Nos" else "number "),
        ("§", SECTION, lambda m: "sections " if m.group(1) else "section "),
        ("", FOURS, lambda m: said_fours(m.group(), language)),
        ("", _EXTENSION, digits),
        ("", _ZIP, zip_code),
        ("-", _NINE_DIGIT_ZIP, lambda m: said_dashed(m.group(), language)),
        ("", _POSTCODE, postcode),
        ("-", _DOCUMENT, lambda m: said_document(m, language)),
        ("", _TEXT_TO, digits),
        ("", _REFERENCE, digits),
        ("", PHONE, lambda m: said_phone(m.group(), language)),
        (" ", _LOCAL, lambda m: m["what"] + said_phone(m["digits"], language)),
        ("-", DASHED, lambda m: said_dashed(m.group(), language)),
        ("", _EMERGENCY, lambda m: _emergency(m, language)),
        ("", _ROOM, lambda m: m["what"] + _house(m["digits"], language)),
        ("", _HOUSE, lambda m: f"{_house(m['digits'], language)} {m['letter'] or ''}".rstrip()),
        ("s", _DECADE, decade),
        ("", _ORDINAL_RANGE, lambda _: " to "),
        ("", _ORDINAL, lambda m: ordinal(int(m["n"]), language)),
        ("/", SEASON, lambda m: f"{m['a']} {m['b']}"),
        ("/", OUT_OF, lambda m: f"{m['a']} out of {m['b']}"),
        ("/", DIVIDED, lambda _: " divided by "),
        ("/", FRACTION, lambda m: _fraction(m["whole"], int(m["a"]), int(m["b"]), language)),
        ("", FRACTION_SIGN, lambda m: _fraction(m["whole"], *SIGNS_OF[m["part"]], language)),
        (".", VERSION, lambda m: _version(m["all"], language)),
        ("", CODE, lambda m: said_code(m.group(), language)),
        (":", _RATIO, lambda m: f"{m.group(1)} to {m.group(2)}"),
        ("=", LESS, lambda _: " minus "),
        ("", _RANGE, lambda m: f"{m.group(1)} to {m.group(2)}"),
        ("", RAISED, lambda m: _raised(m.group().translate(LOWERED))),
        ("^", POWER, lambda _: " to the power of "),
        ("", LONG, lambda m: apart(m, said_in_groups(m.group(), language))),
        ("", MINUS, lambda _: "minus "),
        ("", PLUS, lambda _: "plus "),
        ("+", AND_MORE, lambda _: " plus"),
        ("", _BETWEEN, lambda m: _BETWEEN_SAID[m["sign"]]),
        ("&", AND, lambda _: " and "),
        ("", _NUMBER, number),
        ("%", PERCENT, lambda _: " percent"),
    )


def _emergency(found: re.Match[str], language: str) -> str:
    said = found["what"] + digit_by_digit(found["digits"], language)
    return said + found["or"] + digit_by_digit(found["more"], language) if found["or"] else said


def _page(short: str) -> str:
    said = _PAGE_SAID[short.lower()]
    return said.capitalize() if short[0].isupper() else said


def _raised(power: str) -> str:
    return {"2": " squared", "3": " cubed"}.get(power, f" to the power of {power}")


def _amount(written: str, language: str) -> str:
    if "," in written:
        return amount(*parted(written, "."), language)
    whole, _, fraction = written.partition(".")
    return amount(whole, fraction, language) if fraction else plain(whole, language)


def _house(digits: str, language: str) -> str:
    """The number (three or four digits) of a house or room: "three oh four", "twelve hundred"."""
    high, low = int(digits[:-2]), int(digits[-2:])
    if len(digits) == 4 and high % 10 == 0:
        return cardinal(int(digits), language)
    behind = f"oh {cardinal(low, language)}" if 0 < low < 10 else cardinal(low, language)
    return f"{cardinal(high, language)} {behind if low else 'hundred'}"


def _decade(century: str | None, ten: str, language: str) -> str:
    """The words of a decade such as "1990s"; "" for one that has none."""
    if ten == "00":
        if not century:
            return ""
        return f"{year(int(century + ten), language)}s"
    return f"{cardinal(int(century), language) if century else ''} {_DECADES[ten]}".strip()


def _fraction(whole: str | None, a: int, b: int, language: str) -> str:
    if not 0 < a < b or b not in _PARTS:  # "24/7", "9/11", a page of pages
        said = f"{cardinal(a, language)} {cardinal(b, language)}"
        return f"{cardinal(int(whole), language)}, {said}" if whole else said
    name = {2: "half", 4: "quarter"}.get(b) or ordinal(b, language)
    part = f"{cardinal(a, language)} {name}{'s' * (a > 1)}"
    if not whole:
        return part
    return f"{cardinal(int(whole), language)} and {'a half' if b == 2 else part}"


def _version(written: str, language: str) -> str:
    return " point ".join(whole_number(each, language) for each in written.split("."))


def of(tag: str) -> str:
    """Which English a language tag means."""
    return ENGLISH if tag in ("en", "en-us", "en-ca") else BRITISH
