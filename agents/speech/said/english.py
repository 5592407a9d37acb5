"""English as it is said: American ("en", "en-US") or any other, which puts the day first. Pure."""

import re
from functools import cache
from typing import Final

from agents.speech.said import english_dates
from agents.speech.said.addresses import ADDRESS, said_address
from agents.speech.said.codes import CODE, FOURS, LONG, said_code, said_fours
from agents.speech.said.english_words import DAY, DAY_NAMES, DAY_RANGE, SHORT_WORDS, UNITS
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
    DASH,
    FRACTION,
    FRACTION_SIGN,
    MINUS,
    PERCENT,
    PLUS,
    SECTION,
    SIGNS_OF,
    VERSION,
)
from agents.speech.said.telephone import PHONE, said_in_groups, said_phone

_N: Final = r"[0-9]{1,3}(?:,[0-9]{3}){1,4}(?![0-9])(?:\.[0-9]{1,9})?|[0-9]{1,15}(?:\.[0-9]{1,9})?"
_BOUND: Final = r"(?<![\w.,/\-])"  # where a number begins
_LARGE: Final = {
    "k": "thousand", "K": "thousand", "m": "million", "M": "million", "mn": "million",
    "bn": "billion", "b": "billion", "B": "billion",
}  # fmt: skip
_LARGE_WORD: Final = r"(?:\s?(?P<large>thousand|million|billion|trillion|mn|bn|[kKmMbB])\b)?"

# --- money: name, plural, hundredth, plural ----------------------------------------------
_MONEY: Final = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "US$": ("U.S. dollar", "U.S. dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "sen", "sen"),
    "CHF": ("Swiss franc", "Swiss francs", "centime", "centimes"),
    "CAD": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "AUD": ("Australian dollar", "Australian dollars", "cent", "cents"),
}
_SIGNS: Final = {
    "EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "euro": "€", "euros": "€", "Euro": "€",
    "Euros": "€", "dollar": "$", "dollars": "$",
}  # fmt: skip
# As above, or with the marks of the continent.
_M: Final = (
    r"[0-9]{1,3}(?:\.[0-9]{3}){0,4},[0-9]{2}(?![0-9])|[0-9]{4,9},[0-9]{2}(?![0-9])"
    rf"|{_N}"
)
_SIGN: Final = r"US\$|[$€£¥]|\b(?:EUR|USD|GBP|JPY|CHF|CAD|AUD)\b"
_MONEY_BEFORE: Final = re.compile(
    rf"(?P<minus>(?<![\w)])[-−])?(?<![\w$])(?P<sign>{_SIGN})\s?(?P<n>{_M})(?![0-9])"
    rf"(?:{DASH}(?:{_SIGN})?\s?(?P<n2>{_M})(?![\w\-]))?{_LARGE_WORD}"
)
_MONEY_BEHIND: Final = re.compile(
    rf"(?P<minus>(?<![\w)])[-−])?(?<![\w.,/])(?P<n>{_M})(?:{DASH}(?P<n2>{_M}))?"
    rf"{_LARGE_WORD}\s?(?P<sign>{_SIGN}|[Ee]uros?\b|dollars?\b)(?!\w)"
)
_CENTS: Final = re.compile(rf"{_BOUND}(?P<n>[0-9]{{1,4}})\s?¢")

# --- units and signs -----------------------------------------------------------------
_UNIT: Final = re.compile(
    rf"(?P<minus>(?<![\w)])[-−+])?(?<![\w.,/])(?P<n>{_N})(?:{DASH}(?P<n2>{_N}))?\s?"
    rf"(?P<unit>{'|'.join(re.escape(each) for each in sorted(UNITS, key=len, reverse=True))})"
    r"(?![\w'’])"
)
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
    r"\b(?P<what>(?:(?:code|pin|ticket|reference|confirmation|booking|zip|tracking|postcode|id)"
    r"(?: (?:number|code|id|no\.?))?"
    # "in any case 1500 people", "to order 1000 chairs"
    r"|(?:account|member|membership|serial|case|invoice|policy|order|customer)"
    r"(?: (?:number|code|id|no\.?)))"
    r"(?: (?:is|was))?[:#]? ?#?)(?P<digits>[0-9]{4,15})(?![\w\-]|[.,:/][0-9])",
    re.IGNORECASE,
)
_EXTENSION: Final = re.compile(r"\b(?P<what>(?i:extension|ext\.?) )(?P<digits>[0-9]{2,6})\b")
_ZIP: Final = re.compile(
    r"\b(?P<what>(?i:zip)(?: code)?|[A-Z]{2}),? (?P<digits>[0-9]{5})(?:-(?P<more>[0-9]{4}))?"
    r"(?![\w\-]|[.,][0-9])"
)
_POSTCODE: Final = re.compile(r"\b([A-Z]{1,2}[0-9][A-Z0-9]?) ([0-9][A-Z]{2})\b")
_EMERGENCY: Final = re.compile(
    r"\b(?P<what>(?:call|dial|ring|phone|text)(?:s|ing)? )(?P<digits>911|999|112|988|[2-8]11)\b",
    re.IGNORECASE,
)
_ROOM: Final = re.compile(
    r"\b(?P<what>(?i:room|suite|flight|apartment|apt\.?|unit|gate|route|highway|interstate) )"
    r"(?P<digits>[1-9][0-9]{2,3})(?![\w\-]|[.,:/][0-9])"
)
_HOUSE: Final = re.compile(
    r"(?<![\w.,/\-$])(?P<digits>[1-9][0-9]{2,3})(?=(?: [NSEW]\.?)?(?: [A-Z][a-z]{1,20}){1,3}"
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
_PARTS: Final = frozenset((2, 3, 4, 5, 6, 8, 10))  # into which people divide
_RATIO: Final = re.compile(r"(?<![\w.,:/\-])([0-9]{1,3}):([0-9]{1,3})(?![\w:]|\.[0-9])")
_RANGE: Final = re.compile(rf"(?<![\w.,/\-])({_N}){DASH}({_N})(?![\w\-/]|[.,][0-9])")
_BETWEEN: Final = re.compile(r"(?<=[0-9])\s?(?P<sign>[*×=+÷])\s?(?=[0-9])")
_BETWEEN_SAID: Final = {
    "*": " times ", "×": " times ", "=": " equals ", "+": " plus ", "÷": " divided by "
}  # fmt: skip
_NUMBER: Final = re.compile(_N)

_HAS_NUMBER: Final = re.compile(r"[0-9½⅓⅔¼¾⅛§%&№¢]")


def said(text: str, language: str) -> str:
    """English `text` with all of it in words. language: "en" or "en-GB"."""
    text = ADDRESS.sub(lambda m: said_address(m.group(), language), text)
    text = DAY.sub(lambda m: DAY_NAMES[next(filter(None, m.groups()))], text)
    if _HAS_NUMBER.search(text):
        text = applied(_rules(language), text)
    text = DAY_RANGE.sub(" to ", text)
    for needed, pattern, words in SHORT_WORDS:
        if needed in text:
            text = pattern.sub(words, text)
    return text


@cache
def _rules(language: str) -> tuple[Rule, ...]:
    def money(found: re.Match[str]) -> str:
        return _money(found, language)

    def unit(found: re.Match[str]) -> str:
        said = _amount(found["n"], language)
        if found["n2"]:
            said = f"{said} to {_amount(found['n2'], language)}"
        names = UNITS[found["unit"]]
        is_one = found["n"] == "1" and not found["n2"]
        sign = {"+": "plus "}.get(found["minus"] or "", "minus ") if found["minus"] else ""
        return f"{sign}{said} {names[0] if is_one else names[1]}"

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
        ("", ABOUT, lambda m: _ABOUT_SAID[m["sign"]]),
        ("", _MONEY_BEFORE, money),
        ("", _MONEY_BEHIND, money),
        ("¢", _CENTS, lambda m: _counted(int(m["n"]), ("cent", "cents"), language)),
        *english_dates.rules(language),
        ("", _UNIT, unit),
        ("/", _PER, lambda _: " per "),
        ("", _LABEL, lambda m: "numbers " if m.group()[:3] == "Nos" else "number "),
        ("§", SECTION, lambda m: "sections " if m.group(1) else "section "),
        ("", FOURS, lambda m: said_fours(m.group(), language)),
        ("", _EXTENSION, digits),
        ("", _ZIP, zip_code),
        ("", _POSTCODE, postcode),
        ("", _REFERENCE, digits),
        ("", PHONE, lambda m: said_phone(m.group(), language)),
        ("", _EMERGENCY, lambda m: m["what"] + digit_by_digit(m["digits"], language)),
        ("", _ROOM, lambda m: m["what"] + _house(m["digits"], language)),
        ("", _HOUSE, lambda m: _house(m["digits"], language)),
        ("s", _DECADE, decade),
        ("", _ORDINAL, lambda m: ordinal(int(m["n"]), language)),
        ("/", FRACTION, lambda m: _fraction(m["whole"], int(m["a"]), int(m["b"]), language)),
        ("", FRACTION_SIGN, lambda m: _fraction(m["whole"], *SIGNS_OF[m["part"]], language)),
        (".", VERSION, lambda m: _version(m["all"], language)),
        ("", CODE, lambda m: said_code(m.group(), language)),
        (":", _RATIO, lambda m: f"{m.group(1)} to {m.group(2)}"),
        ("", _RANGE, lambda m: f"{m.group(1)} to {m.group(2)}"),
        ("", LONG, lambda m: apart(m, said_in_groups(m.group(), language))),
        ("", MINUS, lambda _: "minus "),
        ("", PLUS, lambda _: "plus "),
        ("", _BETWEEN, lambda m: _BETWEEN_SAID[m["sign"]]),
        ("&", AND, lambda _: " and "),
        ("", _NUMBER, number),
        ("%", PERCENT, lambda _: " percent"),
    )


def _amount(written: str, language: str) -> str:
    if "," in written:
        return amount(*parted(written, "."), language)
    whole, _, fraction = written.partition(".")
    return amount(whole, fraction, language) if fraction else plain(whole, language)


def _counted(number: int, names: tuple[str, str], language: str) -> str:
    return f"{cardinal(number, language)} {names[0] if number == 1 else names[1]}"


def _money(found: re.Match[str], language: str) -> str:
    one, many, cent, cents = _MONEY[_SIGNS.get(found["sign"], found["sign"])]
    minus = "minus " if found["minus"] else ""
    large, until = found["large"], found["n2"]
    whole, fraction = parted(found["n"], ".")
    if until or large or len(fraction) not in (0, 2):
        said = amount(whole, fraction, language)
        said += f" to {amount(*parted(until, '.'), language)}" if until else ""
        said += f" {_LARGE.get(large, large)}" if large else ""
        return f"{minus}{said} {many}"
    units, hundredths = int(whole), int(fraction or 0)
    parts = [_counted(units, (one, many), language)] if units or not hundredths else []
    if hundredths:
        parts.append(_counted(hundredths, (cent, cents), language))
    return minus + " and ".join(parts)


def _house(digits: str, language: str) -> str:
    """A number of three or four digits as a door has it: "three oh four", "twelve hundred"."""
    high, low = int(digits[:-2]), int(digits[-2:])
    if len(digits) == 4 and high % 10 == 0:
        return cardinal(int(digits), language)
    behind = f"oh {cardinal(low, language)}" if 0 < low < 10 else cardinal(low, language)
    return f"{cardinal(high, language)} {behind if low else 'hundred'}"


def _decade(century: str | None, ten: str, language: str) -> str:
    """ "" where it is none."""
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
