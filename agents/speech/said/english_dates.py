"""Times and dates in English. Pure."""

import re
from typing import Final

from agents.speech.said.numbers import ENGLISH, Rule, cardinal, ordinal, year
from agents.speech.said.patterns import DASH, ISO

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAYS_OF: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SHORT: Final = {
    "Jan": "January", "Feb": "February", "Mar": "March", "Apr": "April", "Jun": "June",
    "Jul": "July", "Aug": "August", "Sep": "September", "Sept": "September", "Oct": "October",
    "Nov": "November", "Dec": "December",
}  # fmt: skip
_MONTH: Final = rf"(?P<month>{'|'.join(MONTHS)}|(?:{'|'.join(_SHORT)})\b\.?)"
_ST: Final = r"(?:st|nd|rd|th)?"

_DOTS: Final = re.compile(
    r"(?<![\w.\-/])(?P<d>[0-3]?[0-9])\.(?P<m>[01]?[0-9])\.(?P<y>[12][0-9]{3})(?![\w\-/]|\.[0-9])"
)
_SLASHES: Final = re.compile(
    r"(?<![\w.\-/])(?:(?P<a>[0-9]{1,2})/(?P<b>[0-9]{1,2})/(?P<y>[12][0-9]{3}|[0-9]{2})"
    r"|(?P<a_>[0-9]{1,2})-(?P<b_>[0-9]{1,2})-(?P<y_>[12][0-9]{3}))(?![\w/\-])"
)
# Without a year it may be a fraction: what stands before it tells.
_DAY_SLASH: Final = re.compile(
    r"\b(?P<lead>(?:on|by|from|until|till|through|since|before|after|dated|due) |(?P<day>day,? ))"
    r"(?P<a>[0-9]{1,2})/(?P<b>[0-9]{1,2})"
    r"(?:(?P<to> (?:to|until|till|through) |\s?[-–]\s?)(?P<a2>[0-9]{1,2})/(?P<b2>[0-9]{1,2}))?"
    r"(?![\w/\-])",
    re.IGNORECASE,
)
# "In March 20 people came": of a month by itself, and of so many of them.
_IN_MONTH: Final = re.compile(
    rf"\b(?P<lead>(?P<within>(?i:in|during|throughout|every|each|early|mid|late)[ \-]{_MONTH})"
    r"|(?i:by|since|until|till|before|after|last|next|this|around)"
    rf" (?:{'|'.join(MONTHS)}))\s(?P<n>[0-9]{{1,2}})"
    r"(?=(?(within),?)\s(?:more |new |other |young |of )?(?P<noun>[a-z]{2,20}))"
)
_OF_MANY: Final = re.compile(
    r"(?:people|men|women|children|persons?|guests?|us|them|\w{2,}[^sui]s)\Z"
)
_AFTER_DAY: Final = frozenset((
    "at", "to", "until", "till", "and", "or", "from", "through", "is", "was", "for", "with", "we",
    "as", "does", "has", "always", "works", "this", "his", "its", "across", "plus", "comes",
    "rains", "starts", "begins", "ends", "opens", "closes", "suits", "looks", "sounds", "seems",
))  # fmt: skip
_MONTH_FIRST: Final = re.compile(
    rf"\b{_MONTH}\s(?P<d>[0-9]{{1,2}}){_ST}(?:{DASH}(?P<d2>[0-9]{{1,2}}){_ST})?"
    r"(?:,?\s(?P<y>[12][0-9]{3})\b)?(?![\w:%°$€£]|[.,/\-][0-9]|\s?[ap]\.?m)"
)
_DAY_FIRST: Final = re.compile(
    rf"\b(?P<the>[Tt]he )?(?:(?P<d2>[0-9]{{1,2}}){_ST}{DASH})?(?P<d>[0-9]{{1,2}}){_ST}(?: of)?\s"
    rf"{_MONTH}(?!\w)(?:,?\s(?P<y>[12][0-9]{{3}})\b)?"
)
_MONTH_ALONE: Final = re.compile(rf"\b{_MONTH},?\s(?P<y>[12][0-9]{{3}})\b(?![.,/:\-][0-9])")

_HALF: Final = r"(?:[AaPp]\.\s?[Mm]\.?|[AaPp][Mm]\b)"
_CLOCK: Final = r"(?:[01]?[0-9]|2[0-4])(?:[:.][0-5][0-9])?"
_HOURS: Final = re.compile(
    rf"(?<![\w.,:/\-$])(?P<from>{_CLOCK}|noon|midnight)\s?(?P<half>{_HALF})?{DASH}"
    rf"(?:(?P<to>{_CLOCK})\s?(?P<half2>{_HALF})(?!\w)"
    rf"|(?P<noon>noon|midnight)\b|(?(half)(?P<to_>{_CLOCK})(?![\w:]|[.,/\-][0-9])|(?!)))"
)
_HOURS_24: Final = re.compile(
    r"(?<![\w.,:/\-])(?P<from>(?:[01]?[0-9]|2[0-4]):[0-5][0-9])\s?[-–]\s?"
    r"(?P<to>(?:[01]?[0-9]|2[0-4]):[0-5][0-9])(?![\w:]|\.[0-9])"
)
_TIME: Final = re.compile(
    r"(?<![\w.,:/\-])(?P<h>1[0-2]|0?[0-9])(?:[:.](?P<m>[0-5][0-9]))?\s?"
    rf"(?P<half>{_HALF})(?!\w)"
)
# As opening hours are written in Britain: "8.30-12.30", also "from 9.30 to 5.30".
_DOTTED: Final = r"(?:0?[1-9]|1[0-9]|2[0-4])\.(?:00|15|30|45)"
_DOTTED_HOURS: Final = re.compile(
    rf"(?<![\w.,:/\-$€£])(?P<lead>from )?(?P<from>{_DOTTED})"
    rf"(?:{DASH}|(?(lead) to |(?!)))(?P<to>{_DOTTED})(?![\w:%°$€£]|[.,/\-][0-9]"
    r"| ?[a-z]+\b(?<!and)(?<!or)(?<!on)(?<!to))"
)
_LASTS: Final = re.compile(
    r"(?<![\w.,:/\-])(?P<h>[0-9]{1,2})(?:\s?h\s?(?P<m>[0-5]?[0-9])(?:\s?(?:m|mins?|minutes))?"
    r"|:(?P<m_>[0-5][0-9])\s?(?:h|hrs?|hours))(?![\w.:])"
)
_TIME_24: Final = re.compile(
    r"(?<![\w.,:/\-])(?P<h>[01]?[0-9]|2[0-4]):(?P<m>[0-5][0-9])(?::(?P<s>[0-5][0-9]))?"
    r"(?![\w:]|\.[0-9])"
)
_LAST_OF_THIS_CENTURY: Final = 50  # of years in two digits


def rules(language: str) -> tuple[Rule, ...]:
    """The rules for dates and times, in order. language: "en" puts the month first."""
    month_first = language == ENGLISH

    def date(day: int, month: int, years: str | None = "") -> str:
        said = f"{MONTHS[month - 1]} {ordinal(day, language)}"
        if not month_first:
            said = f"the {ordinal(day, language)} of {MONTHS[month - 1]}"
        if not years:
            return said
        return f"{said}, {year(_year(years), language)}"

    def slashes(a: str, b: str, years: str | None = "") -> str:
        first, second = int(a), int(b)
        orders = [(second, first), (first, second)]
        for day, month in orders if month_first else reversed(orders):
            if _is_date(day, month):
                return date(day, month, years)
        return ""

    def with_year(found: re.Match[str]) -> str:
        parts = (found[name] or found[f"{name}_"] for name in ("a", "b", "y"))
        return slashes(*parts) or found.group()

    def numbered(found: re.Match[str]) -> str:
        day, month = int(found["d"]), int(found["m"])
        return date(day, month, found["y"]) if _is_date(day, month) else found.group()

    def day_slash(found: re.Match[str]) -> str:
        said = slashes(found["a"], found["b"])
        if found["to"] and said:
            until = slashes(found["a2"], found["b2"])
            said = f"{said} to {until}" if until else ""
        return found["lead"] + said if said else found.group()

    def month_and_day(found: re.Match[str]) -> str:
        return _named(found, language, month_first=True)

    def day_and_month(found: re.Match[str]) -> str:
        return _named(found, language, month_first=False)

    return (
        ("-", ISO, numbered),
        (".", _DOTS, numbered),
        ("", _SLASHES, with_year),
        ("/", _DAY_SLASH, day_slash),
        ("", _IN_MONTH, _in_month),
        ("", _MONTH_FIRST, month_and_day),
        ("", _DAY_FIRST, day_and_month),
        ("", _MONTH_ALONE, lambda m: f"{_month(m)} {year(int(m['y']), language)}"),
        *_times(language),
    )


def _times(language: str) -> tuple[Rule, ...]:
    def clock(written: str, half: str) -> str:
        if written in ("noon", "midnight"):
            return written
        hour, _, minute = written.replace(".", ":").partition(":")
        return _clock(int(hour), int(minute or 0), half, language, is_alone=False)

    def hours(found: re.Match[str]) -> str:
        first = clock(found["from"], _half(found["half"]))
        until = found["to"] or found["noon"] or found["to_"]
        return _closed(f"{first} to {clock(until, _half(found['half2']))}", found)

    def time(found: re.Match[str]) -> str:
        minute = int(found["m"] or 0)
        half = _half(found["half"])
        said = _clock(int(found["h"]), minute, half, language, is_alone=True)
        return _closed(said, found)

    def time_24(found: re.Match[str]) -> str:
        said = _clock(int(found["h"]), int(found["m"]), "", language, is_alone=True)
        seconds = int(found["s"] or 0)
        if not seconds:
            return _closed(said, found)
        return f"{said} and {cardinal(seconds, language)} second{'s' * (seconds != 1)}"

    def lasts(found: re.Match[str]) -> str:
        hour, minute = int(found["h"]), int(found["m"] or found["m_"])
        said = f"{cardinal(hour, language)} hour{'s' * (hour != 1)}"
        return f"{said} {cardinal(minute, language)} minute{'s' * (minute != 1)}"

    def say_range(found: re.Match[str]) -> str:
        lead = found.groupdict().get("lead") or ""
        said = f"{lead}{clock(found['from'], '')} to {clock(found['to'], '')}"
        return _closed(said, found)

    return (
        ("", _LASTS, lasts),
        ("", _HOURS, hours),
        (":", _HOURS_24, say_range),
        ("", _TIME, time),
        (":", _TIME_24, time_24),
        (".", _DOTTED_HOURS, say_range),
    )


def _clock(hour: int, minute: int, half: str, language: str, *, is_alone: bool) -> str:
    """half: "a.m.", "p.m." or "". is_alone: "nine o'clock", and not only "nine"."""
    if not half and hour in (0, 24) and not minute:
        return "midnight"
    if not half and (hour > 12 or not hour):
        half = "p.m." if 12 <= hour < 24 else "a.m."
    said = cardinal((hour - 1) % 12 + 1, language)
    if minute:
        said += f" {'oh ' if minute < 10 else ''}{cardinal(minute, language)}"
    elif is_alone and not half:
        said += " o'clock"
    return f"{said} {half}".rstrip()


def _in_month(found: re.Match[str]) -> str:
    """A month and a number after it that is not a day but counts a noun, in words."""
    noun = found["noun"]
    if noun in _AFTER_DAY or not _OF_MANY.match(noun):
        return found.group()
    return f"{found['lead']} {cardinal(int(found['n']), ENGLISH)}"


def _half(written: str | None) -> str:
    return f"{written[0].lower()}.m." if written else ""


def _closed(said: str, found: re.Match[str]) -> str:
    """`said` without its last stop if another stop follows."""
    follows = found.string[found.end() : found.end() + 1]
    return said[:-1] if said.endswith(".") and follows == "." else said


def _month(found: re.Match[str]) -> str:
    name: str = found["month"].removesuffix(".")
    return _SHORT.get(name, name)


def _named(found: re.Match[str], language: str, *, month_first: bool) -> str:
    day, other = int(found["d"]), found["d2"]
    if not 1 <= day <= 31 or not 1 <= int(other or 1) <= 31:
        return found.group()
    said = ordinal(day, language)
    if month_first:
        said = f"{_month(found)} {said}"
        said += f" to {ordinal(int(other), language)}" if other else ""
    else:
        lead = found["the"] or "the "  # as it is written at the beginning of a sentence
        until = f"{said} of {_month(found)}"
        first = f"{ordinal(int(other), language)} to the {until}" if other else until
        said = f"{lead}{first}"
    return f"{said}, {year(int(found['y']), language)}" if found["y"] else said


def _year(written: str) -> int:
    number = int(written)
    if len(written) > 2:
        return number
    return number + (2_000 if number < _LAST_OF_THIS_CENTURY else 1_900)


def _is_date(day: int, month: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= _DAYS_OF[month - 1]
