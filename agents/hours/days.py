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
from agents.transfers.hours import DASHES, DAY, UNCLEAR, is_unclear, ranges_in

LINES: Final = 40
TEXT: Final = 3_000  # characters
LONGEST: Final = timedelta(days=92)  # from the first to the last day of a line
_DATE: Final = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}"
_LINE: Final = re.compile(
    rf"(?P<first>{_DATE})(?: ?(?:-|to|bis) ?(?P<last>{_DATE}))?:? (?P<hours>.+)"
)
_CLOSED: Final = frozenset({"closed", "geschlossen"})

Ranges = tuple[tuple[int, int], ...]  # minutes of a day, beyond its end for the next one


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
        if _read(line) is None:
            said = _(
                "Line %(line)d: write it as “2026-12-24 9:00-12:00” or “2026-12-27 - 2027-01-01 "
                "closed”, for at most three months."
            )
            return said, {"line": number}
        if is_unclear(line):
            return UNCLEAR, {"line": number}
    return None


def _read(line: str) -> Days | None:
    """The days of one line; None when it says none."""
    found = _LINE.fullmatch(" ".join(line.translate(DASHES).split()))
    if found is None:
        return None
    first = _date(found["first"])
    last = _date(found["last"]) if found["last"] else first
    if first is None or last is None or not first <= last <= first + LONGEST:
        return None
    if found["hours"].casefold() in _CLOSED:
        return Days(first, last, ())
    ranges = ranges_in(found["hours"])
    if ranges is None:
        return None
    hours = tuple((begin, end if begin < end else end + DAY) for begin, end in ranges)
    return Days(first, last, hours)


def _date(written: str) -> date | None:
    parts = [int(part) for part in re.split(r"[-.]", written)]
    year, month, day = parts if "-" in written else reversed(parts)
    try:
        return date(year, month, day)
    except ValueError:
        return None
