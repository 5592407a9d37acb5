"""The text form of weekly hours. Pure.

    Mon-Fri 9:00-12:30, 13:30-18:00
    Sat 10:00-14:00
    Sun closed

A range that ends before it begins ends on the next day. Who writes "9-5" means the afternoon, so
such a range is refused where it is written until it says which. A day that a line calls closed is,
whatever the others say.
"""

import re
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from agents.numbered_lines import numbered_lines
from agents.settings.kinds import Problem
from agents.settings.kinds import translatable as _
from agents.transfers.written_hours import DAY, Group, groups_in, unclear_in

LINES: Final = 14  # and groups of days
TEXT: Final = 1_000  # characters
ZONE: Final = 60
_ZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]{0,59}")

Hours = tuple[tuple[int, int, int], ...]  # weekday (0 is Monday), from and to in minutes


def is_open(hours: str, zone: str, *, now: datetime) -> bool:
    """Whether `now` lies within the hours of the zone; always, where there are none.

    hours and zone: as they were checked when they were saved. With a zone that is not known any
    more it is never open: a caller is better told that than connected at night.
    """
    if not hours.strip():
        return True
    place = zone_named(zone)
    if place is None:
        return False
    local = now.astimezone(place)
    minute = local.hour * 60 + local.minute
    return any(
        day == local.weekday() and begin <= minute < end for day, begin, end in hours_in(hours)
    )


@lru_cache(256)
def week_in(text: str) -> Hours:
    """The hours of a table, each with the day on which it begins; beyond DAY on the next one.

    A line that says none is passed over.
    """
    groups = [
        group for _number, line in numbered_lines(text, TEXT) for group in groups_in(line) or ()
    ]
    closed = {day for group in groups if not group.hours for day in group.days}
    return tuple(
        (day, begin, end)
        for group in groups
        for begin, end in group.hours
        for day in group.days
        if day not in closed
    )


@lru_cache(256)
def hours_in(text: str) -> Hours:
    """The same, cut at midnight: each with the day on which it is."""
    found = []
    for day, begin, end in week_in(text):
        if begin < DAY:
            found.append((day, begin, min(end, DAY)))
        if end > DAY:
            found.append(((day + 1) % 7, max(begin - DAY, 0), end - DAY))
    return tuple(found)


def fault_in_hours(text: str) -> Problem | None:
    """The first thing that is wrong with a table; None when nothing is."""
    groups: list[Group] = []
    for number, line in numbered_lines(text, TEXT):
        found = groups_in(line)
        if found is None:
            said = _("Line %(line)d: write it as “Mon-Fri 9:00-17:00”.")
            return said, {"line": number}
        groups += found
        if len(groups) > LINES:
            return _("At most %(limit)d lines"), {"limit": LINES}
        if unclear := unclear_in(line):
            return unclear, {"line": number}
    if groups and not week_in(text):
        return _("Add a line with the hours of an open day, such as “Mon-Fri 9:00-17:00”."), {}
    return None


def fault_in_zone(name: str) -> Problem | None:
    """What is wrong with the name of a time zone, "" for UTC; None when nothing is."""
    if zone_named(name) is None:
        return _("Use a name such as Europe/Berlin or America/New_York."), {}
    return None


@lru_cache(256)
def zone_named(name: str) -> ZoneInfo | None:
    """The time zone of that name, "" for UTC; None when there is none."""
    name = name or "UTC"
    # The name becomes part of a path: ZoneInfo refuses those that leave its folder, and so do we.
    if not _ZONE.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # the last: ZoneInfoNotFoundError
        return None
