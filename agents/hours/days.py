"""The text form of single days with special hours. Pure.

    2026-12-24 9:00-12:00
    2026-12-27 - 2027-01-01 closed

Of two lines that name one day the first counts. A range that ends before it begins ends on the
next day.
"""

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from agents.numbered_lines import numbered_lines
from agents.settings.kinds import Problem
from agents.settings.kinds import translatable as _
from agents.transfers.written_hours import DASHES, Ranges, hours_in_text, unclear_in

LINES: Final = 40
TEXT: Final = 3_000  # characters
LONGEST: Final = timedelta(days=92)  # from the first to the last day of a line
_MONTHS: Final = (
    "jan january januar", "feb february februar", "mar march märz", "apr april", "may mai",
    "jun june juni", "jul july juli", "aug august", "sep sept september",
    "oct october okt oktober", "nov november", "dec december dez dezember",
)  # fmt: skip
_MONTH_OF: Final = {name: at for at, names in enumerate(_MONTHS, 1) for name in names.split()}
_MONTH: Final = rf"(?P<month>{'|'.join(sorted(_MONTH_OF, key=len, reverse=True))})\b\.?"
# "24. Dezember 2026" and "December 24th, 2026"
_NAMED: Final = (
    re.compile(rf"\b(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th|\.)? ?{_MONTH},? ?(?P<year>[0-9]{{4}})\b"),
    re.compile(rf"\b{_MONTH} ?(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,? (?P<year>[0-9]{{4}})\b"),
)
# "24.12. - 2.1.2027" and "24.-26.12.2026"
_WITHOUT_YEAR: Final = re.compile(
    r"^(?P<day>[0-9]{1,2})\.(?: ?(?P<month>[0-9]{1,2})\.)?"
    r"(?= ?(?:-|bis) ?[0-9]{1,2}\. ?(?P<of_last>[0-9]{1,2})\. ?"
    r"(?P<year>[0-9]{4}\b|(?<=\.)[0-9]{2}(?![0-9.]|:[0-9])))"
)
_DATE: Final = (
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}\. ?[0-9]{1,2}\. ?[0-9]{4}"
    r"|[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{2}(?![0-9.]|:[0-9])"
)
_LINE: Final = re.compile(
    rf"(?P<first>{_DATE})(?: ?(?:-|to|through|until|bis) ?(?P<last>{_DATE}))?:? (?P<hours>.+)"
)


class Days(NamedTuple):
    """From the first to the last day the hours are these; no hours mean closed."""

    first: date
    last: date
    hours: Ranges


@lru_cache(256)
def days_in(text: str) -> tuple[Days, ...]:
    """The days of a table; a line that says none is passed over."""
    return tuple(
        days for _number, line in numbered_lines(text, TEXT) if (days := _read(line)) is not None
    )


def hours_on(text: str, day: date) -> Ranges | None:
    """The hours that a table gives a day; None when it does not name the day."""
    return next((each.hours for each in days_in(text) if each.first <= day <= each.last), None)


def fault_in_days(text: str) -> Problem | None:
    """The first thing that is wrong with a table; None when nothing is."""
    for count, (number, line) in enumerate(numbered_lines(text, TEXT)):
        if count == LINES:
            return _("At most %(limit)d lines"), {"limit": LINES}
        written = _cut(line)
        if written is None or _read(line) is None:
            said = _(
                "Line %(line)d: write it as “2026-12-24 9:00-12:00” or “2026-12-27 - 2027-01-01 "
                "closed”, for at most three months."
            )
            return said, {"line": number}
        if unclear := unclear_in(written["hours"]):
            return unclear, {"line": number}
    return None


def _read(line: str) -> Days | None:
    """The days of one line; None when it says none."""
    found = _cut(line)
    if found is None:
        return None
    first = _date(found["first"])
    last = _date(found["last"]) if found["last"] else first
    if first is None or last is None or not first <= last <= first + LONGEST:
        return None
    hours = hours_in_text(found["hours"])
    return None if hours is None else Days(first, last, hours)


def _cut(line: str) -> re.Match[str] | None:
    """The days of a line as they are written, and what follows them."""
    plain = " ".join(line.translate(DASHES).lower().split())
    for named in _NAMED:
        plain = named.sub(_in_figures, plain)
    return _LINE.fullmatch(_WITHOUT_YEAR.sub(_with_year, plain))


def _in_figures(found: re.Match[str]) -> str:
    return f"{found['year']}-{_MONTH_OF[found['month']]}-{found['day']}"


def _with_year(found: re.Match[str]) -> str:
    year, of_last = _whole(int(found["year"])), int(found["of_last"])
    month = int(found["month"] or of_last)
    return f"{found['day']}.{month}.{year - (month > of_last)}"


def _date(written: str) -> date | None:
    parts = [int(part) for part in re.split(r"[-.]", written)]
    year, month, day = parts if "-" in written else reversed(parts)
    try:
        return date(_whole(year), month, day)
    except ValueError:
        return None


def _whole(year: int) -> int:
    return year if year > 99 else 2_000 + year
