"""The text form of weekly hours. Pure.

    Mon-Fri 9:00-12:30, 13:30-18:00
    Sat 10:00-14:00

A range that ends before it begins ends on the next day. Hours may have "am" or "pm". Who writes
"9-5" means the afternoon, so such a range is refused where it is written until it says which.
"""

import re
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from agents.numbered_lines import numbered_lines
from agents.settings.kinds import Problem
from agents.settings.kinds import translatable as _

UNCLEAR: Final = _(
    "Line %(line)d: this ends on the next day. Write 5pm or 17:00 if you close in the afternoon, "
    "and 2am if you close at night."
)
LINES: Final = 14
RANGES: Final = 4  # of one line
TEXT: Final = 1_000  # characters
ZONE: Final = 60
DAY: Final = 24 * 60  # minutes
_NAMES: Final = (
    ("mon", "mo", "monday", "montag"),
    ("tue", "di", "tuesday", "dienstag"),
    ("wed", "mi", "wednesday", "mittwoch"),
    ("thu", "do", "thursday", "donnerstag"),
    ("fri", "fr", "friday", "freitag"),
    ("sat", "sa", "saturday", "samstag"),
    ("sun", "so", "sunday", "sonntag"),
)
_WEEKDAYS: Final = {name: day for day, names in enumerate(_NAMES) for name in names}
DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014", "-"))
_EVERY_DAY: Final = frozenset({"daily", "täglich"})
_TIME: Final = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?(am|pm)?")
_TO: Final = re.compile(r" ?(?:-|\bto\b|\bbis\b) ?")
_HALVES: Final = ("am", "pm")
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
def hours_in(text: str) -> Hours:
    """The hours of a table; a line that says none is passed over."""
    found: list[tuple[int, int, int]] = []
    for _number, line in numbered_lines(text, TEXT):
        found += _read(line) or ()
    return tuple(found)


def fault_in_hours(text: str) -> Problem | None:
    """The first thing that is wrong with a table; None when nothing is."""
    for count, (number, line) in enumerate(numbered_lines(text, TEXT)):
        if count == LINES:
            return _("At most %(limit)d lines"), {"limit": LINES}
        if _read(line) is None:
            said = _("Line %(line)d: write it as “Mon-Fri 9:00-17:00”.")
            return said, {"line": number}
        if is_unclear(line):
            return UNCLEAR, {"line": number}
    return None


def is_unclear(line: str) -> bool:
    """Whether a range of a line begins before noon, ends on the next day, and says neither half.

    "9-5" and "9:00-5:00" are; "22:00-2:00" and "6:00-2am" are not.
    """
    for part in _evened(line).split(","):
        begin, _dash, end = part.strip().rpartition(" ")[2].partition("-")
        minutes = _minutes(begin), _minutes(end)
        if minutes[0] is None or minutes[1] is None or end.endswith(_HALVES):
            continue
        if 0 < minutes[1] < minutes[0] < DAY // 2:
            return True
    return False


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


def _read(line: str) -> Hours | None:
    """The hours of one line; None when it says none."""
    days, _blank, rest = _evened(line).partition(" ")
    weekdays = _weekdays(days.rstrip(":"))
    ranges = ranges_in(rest)
    if not weekdays or ranges is None:
        return None
    found = []
    for begin, end in ranges:
        for day in weekdays:
            if begin < end:
                found.append((day, begin, end))
            else:
                found += [(day, begin, DAY), ((day + 1) % 7, 0, end)]
    return tuple(found)


def ranges_in(text: str) -> tuple[tuple[int, int], ...] | None:
    """ "9:00-12:30, 13:30-18:00" as pairs of minutes; None when it is none, or more than RANGES."""
    found = [_range(part.strip()) for part in _evened(text).split(",")]
    ranges = tuple(each for each in found if each is not None)
    return ranges if len(ranges) == len(found) <= RANGES else None


def _evened(text: str) -> str:
    """`text` in lower case, one blank between words, none in ranges and before "am" and "pm"."""
    plain = _TO.sub("-", " ".join(text.translate(DASHES).lower().split()))
    for half in _HALVES:
        plain = plain.replace(f"{half[0]}.m.", half).replace(f" {half}", half)
    return plain


def _weekdays(written: str) -> list[int]:
    if written in _EVERY_DAY:
        return list(range(7))
    first, dash, last = written.partition("-")
    begin = _WEEKDAYS.get(first)
    end = _WEEKDAYS.get(last) if dash else begin
    if begin is None or end is None:
        return []
    return [(begin + step) % 7 for step in range((end - begin) % 7 + 1)]


def _range(written: str) -> tuple[int, int] | None:
    begin, _dash, end = written.partition("-")
    minutes = _minutes(begin), _minutes(end)
    if minutes[0] is None or minutes[1] is None or minutes[0] == minutes[1]:
        return None
    if end.endswith(_HALVES) and not begin.endswith(_HALVES):
        same = _minutes(begin + end[-2:])  # "1-5pm" is all afternoon, "9-5pm" is not
        if same is not None and same < minutes[1]:
            return same, minutes[1]
    return minutes[0], minutes[1]


def _minutes(written: str) -> int | None:
    found = _TIME.fullmatch(written)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    minutes = hour * 60 + minute
    return minutes if minutes <= DAY and minute < 60 else None
