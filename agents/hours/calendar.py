"""Whether an organization is open at a time, and when it opens next. Pure.

A day has the hours that the table of single days gives it; else none if it is a public holiday;
else those of its weekday. A day that is closed is closed from midnight on.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol

from agents.hours.days import Ranges, hours_on
from agents.hours.public import is_holiday
from agents.transfers.hours import DAY, hours_in, zone_named

LOOKED_AHEAD: Final = 100  # days: longer than any line of single days
_ALL_DAY: Final[Ranges] = ((0, DAY),)


class Table(Protocol):
    """The texts that say when it is open, each as it was checked when it was saved."""

    @property
    def hours(self) -> str:
        """Of the week; "" for always."""

    @property
    def exceptions(self) -> str:
        """Of single days."""

    @property
    def holidays(self) -> str:
        """The region whose public holidays are closed; "" for none."""

    @property
    def time_zone(self) -> str:
        """Of all of them; "" for UTC."""


def local(table: Table, now: datetime) -> datetime | None:
    """`now` on the clock of the place; None when its zone is not known any more."""
    place = zone_named(table.time_zone)
    return now.astimezone(place) if place else None


def is_open(table: Table, now: datetime) -> bool:
    """Whether it is open; never, where the zone is not known any more."""
    here = local(table, now)
    if here is None:
        return False
    minute = here.hour * 60 + here.minute
    return any(begin <= minute < end for begin, end in _around(table, here.date()))


def opens_next(table: Table, now: datetime) -> datetime | None:
    """When it opens next after `now`, on the clock of the place; None within LOOKED_AHEAD days."""
    here = local(table, now)
    if here is None:
        return None
    minute = here.hour * 60 + here.minute
    before = _around(table, here.date())
    for ahead in range(LOOKED_AHEAD):
        day = here.date() + timedelta(days=ahead)
        ranges = _around(table, day)
        for begin, _end in sorted(ranges):
            if (ahead or begin > minute) and not _goes_on(begin, ranges, before):
                clock = time(begin // 60, begin % 60)
                return datetime.combine(day, clock, tzinfo=here.tzinfo)
        before = ranges
    return None


def _goes_on(begin: int, ranges: Ranges, before: Ranges) -> bool:
    """Whether it was open already: until `begin` of the same day, or until midnight."""
    if any(start < begin <= end for start, end in ranges):
        return True
    return begin == 0 and any(start < DAY <= end for start, end in before)


def _around(table: Table, day: date) -> Ranges:
    """The hours of a day, and what of the day before lasts into it."""
    late = _ranges(table, day - timedelta(days=1))
    return (*_ranges(table, day), *((0, end - DAY) for _begin, end in late if end > DAY))


def _ranges(table: Table, day: date) -> Ranges:
    own = hours_on(table.exceptions, day)
    if own is not None:
        return own
    if is_holiday(table.holidays, day):
        return ()
    if not table.hours.strip():
        return _ALL_DAY
    return tuple(_of_weekday(table.hours, day.weekday()))


def _of_weekday(hours: str, weekday: int) -> Iterator[tuple[int, int]]:
    for day, begin, end in hours_in(hours):
        if day == weekday:
            yield begin, end
