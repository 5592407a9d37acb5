"""Computes free times from hours, bookings, length and buffer, and selects those to offer. Pure.

Times are aware and compared as moments; hours and days are those of the calendar's time zone, so a
day on which the clocks change has as many times as people there have.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from agents.calendars.settings import Calendar
from agents.transfers.hours import hours_in

OFFERED_DAYS: Final = 3
OFFERED_OF_DAY: Final = 6
LOOKED_DAYS: Final = 14  # from the day that a caller asks for
NOON, EVENING = 12, 17  # hours at which parts of the day begin
# That are looked at: a week of all five minutes. Hours that overlap have one each minute.
MOST_STARTS: Final = 2_016
PARTS: Final = {"morning": (0, NOON), "afternoon": (NOON, EVENING), "evening": (EVENING, 24)}
_MINUTE: Final = timedelta(minutes=1)

Span = tuple[datetime, datetime]  # from and to


def window(calendar: Calendar, first: date | None, *, now: datetime) -> Span:
    """From when to when free times are looked for; empty when `first` is too far ahead.

    first: the day that the caller asks for, None for the next free times.
    """
    zone = ZoneInfo(calendar.time_zone)
    begin = now + timedelta(hours=calendar.notice_hours)
    if first is not None:
        begin = max(begin, datetime.combine(first, time(), zone).astimezone(UTC))
    last = now + timedelta(days=calendar.days)
    return begin, max(begin, min(last, begin + timedelta(days=LOOKED_DAYS)))


def free_times(calendar: Calendar, taken: Sequence[Span], within: Span) -> list[datetime]:
    """When a booking could begin within a span, by the calendar's hours, in local time."""
    buffer = calendar.buffer_minutes * _MINUTE
    length = calendar.minutes * _MINUTE
    # In time that grows as the answer does: it is a stranger's, and calls wait meanwhile.
    busy = _merged(taken)
    ends = [end for _begin, end in busy]
    free = []
    for start in islice(_grid(calendar, within), MOST_STARTS):
        following = bisect_right(ends, start - buffer)
        if following == len(busy) or start + length + buffer <= busy[following][0]:
            free.append(start)
    return free


def within_hours(calendar: Calendar, starts: Iterable[datetime]) -> list[datetime]:
    """Those of a provider's free times that the calendar's hours allow, in local time and order."""
    zone = ZoneInfo(calendar.time_zone)
    local = sorted({each.astimezone(zone) for each in starts})
    return [each for each in local if is_within_hours(calendar, each)]


def is_within_hours(calendar: Calendar, start: datetime) -> bool:
    """Whether a booking that begins then lies within the hours; always, where there are none."""
    local = start.astimezone(ZoneInfo(calendar.time_zone))
    begins = local.hour * 60 + local.minute
    return not calendar.hours or any(
        day == local.weekday() and begin <= begins and begins + calendar.minutes <= end
        for day, begin, end in hours_in(calendar.hours)
    )


def offered(free: Sequence[datetime], part: str = "") -> list[datetime]:
    """Those that a caller is offered: of the first days that have some, spread over each day.

    part: a key of PARTS, "" for the whole day.
    """
    begin, end = PARTS.get(part, (0, 24))
    days: dict[date, list[datetime]] = {}
    for each in free:
        if begin <= each.hour < end:
            days.setdefault(each.date(), []).append(each)
    first = list(days.values())[:OFFERED_DAYS]
    return [each for of_day in first for each in _spread(of_day)]


def nearest(free: Sequence[datetime], wanted: datetime) -> list[datetime]:
    """The free times next to one that is taken, in order."""
    return sorted(sorted(free, key=lambda each: abs(each - wanted))[:OFFERED_OF_DAY])


def _spread(moments: Sequence[datetime]) -> list[datetime]:
    if len(moments) <= OFFERED_OF_DAY:
        return list(moments)
    step = (len(moments) - 1) / (OFFERED_OF_DAY - 1)
    return [moments[round(number * step)] for number in range(OFFERED_OF_DAY)]


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The same time in spans that neither meet nor overlap, in order; an inverted one is none."""
    merged: list[Span] = []
    for begin, end in sorted(each for each in spans if each[0] <= each[1]):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _grid(calendar: Calendar, within: Span) -> Iterator[datetime]:
    """When bookings begin: from the start of each part of the hours, one after the other."""
    zone = ZoneInfo(calendar.time_zone)
    begin, end = within
    parts = sorted(hours_in(calendar.hours))
    day = begin.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        minutes = {
            minute
            for weekday, opens, closes in parts
            if weekday == day.weekday()
            for minute in range(opens, closes - calendar.minutes + 1, calendar.minutes)
        }
        for minute in sorted(minutes):  # once each: parts of the hours may overlap
            start = _local(day, minute, zone)
            if start is not None and begin <= start < end:
                yield start
        day += timedelta(days=1)


def _local(day: date, minute: int, zone: ZoneInfo) -> datetime | None:
    """The moment of a time on a clock; None for one that the clocks leave out that day."""
    start = datetime.combine(day, time(minute // 60, minute % 60), zone)
    back = start.astimezone(UTC).astimezone(zone)
    return start if back.time() == start.time() else None
