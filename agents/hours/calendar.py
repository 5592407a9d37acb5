"""Whether an organization is open at a time, and when it opens next. Pure.

A day has the hours that the table of single days gives it; else none if it is a public holiday;
else those of its weekday. What lasts beyond midnight lasts to its end, whatever the next day has.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Final, Protocol

from agents.hours.days import Days, hours_on
from agents.hours.public import is_holiday
from agents.transfers.hours import week_in, zone_named
from agents.transfers.written_hours import DAY, Ranges

LOOKED_AHEAD: Final = 100  # days: longer than any line of single days
OPEN_THROUGH: Final = 8  # days in a row: what is open that long has no time at which it closes
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
                clock = time(begin % DAY // 60, begin % 60)
                opens = day + timedelta(days=begin // DAY)  # "24:00-2:00" is of the next one
                return datetime.combine(opens, clock, tzinfo=here.tzinfo)
        before = ranges
    return None


def closes_next(table: Table, now: datetime) -> datetime | None:
    """Until when it is open now, on the clock of the place.

    None while it is closed, and where it does not close within OPEN_THROUGH days.
    """
    here = local(table, now)
    if here is None or not is_open(table, now):
        return None
    day, reach = here.date(), here.hour * 60 + here.minute
    for _ahead in range(OPEN_THROUGH):
        for begin, end in sorted(_around(table, day)):  # ranges may touch
            reach = max(reach, end) if begin <= reach else reach
        if reach < DAY:
            return datetime.combine(day, time(reach // 60, reach % 60), tzinfo=here.tzinfo)
        day, reach = day + timedelta(days=1), reach - DAY
    return None


def hours_of(table: Table, day: date) -> Ranges:
    """The hours of a day, in order; none where it is closed."""
    return _in_order(_ranges(table, day))


def other_days(table: Table, now: datetime) -> list[Days]:
    """The coming LOOKED_AHEAD days whose hours are not those of their weekday, in order.

    Days in a row that have the same hours are one; what lies between them may be as usual.
    """
    here = local(table, now)
    if here is None:
        return []
    coming = [here.date() + timedelta(days=ahead) for ahead in range(LOOKED_AHEAD)]
    found = []
    for hours, alike in groupby(coming, key=lambda day: hours_of(table, day)):
        others = [day for day in alike if hours != _in_order(_usual(table, day))]
        if others:
            found.append(Days(others[0], others[-1], hours))
    return found


def is_left_free(table: Table, begin: datetime, end: datetime) -> bool:
    """Whether neither a single day nor a public holiday closes any of that time.

    What the week says does not count: it is for what has no hours of a week of its own.
    """
    here = local(table, begin)
    if here is None:
        return True
    day, first = here.date(), here.hour * 60 + here.minute
    last = first + (end - begin) / timedelta(minutes=1)
    while _leaves_free(table, day, first, min(last, DAY)):
        if last <= DAY:
            return True
        day, first, last = day + timedelta(days=1), 0, last - DAY
    return False


def _leaves_free(table: Table, day: date, first: int, last: float) -> bool:
    """Whether a day leaves its minutes from `first` to `last` free."""
    if hours_on(table.exceptions, day) is None and not is_holiday(table.holidays, day):
        return True
    reach: float = first  # until when it is open from `first` on: ranges may touch
    for opens, closes in sorted(_around(table, day)):
        reach = max(reach, closes) if opens <= reach else reach
    return reach >= last


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
    return _usual(table, day)


def _usual(table: Table, day: date) -> Ranges:
    """The hours of its weekday."""
    if not table.hours.strip():
        return _ALL_DAY
    return tuple(_of_weekday(table.hours, day.weekday()))


def _in_order(ranges: Ranges) -> Ranges:
    return tuple(sorted(ranges))


def _of_weekday(hours: str, weekday: int) -> Iterator[tuple[int, int]]:
    for day, begin, end in week_in(hours):
        if day == weekday:
            yield begin, end
