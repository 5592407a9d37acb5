"""Parses the time of a call back from a model's arguments. Pure."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from accounts.zones import zone_named
from voicex.errors import MessageRefused

LONGEST_AHEAD: Final = timedelta(days=60)
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"([0-9]{1,2})[:.]?([0-9]{2})?")


def moment_of(
    day: str, clock: str, zone: str, *, now: datetime, kept_until: datetime | None = None
) -> datetime:
    """The moment of a day and a time by the clocks of a zone, "" for UTC.

    A weekday is the next one of that name, today's when its time is still to come. kept_until: when
    the message is deleted, None for never. Raises MessageRefused, in words for the model, for what
    is none, or is past or too far ahead.
    """
    latest = min(now + LONGEST_AHEAD, kept_until or datetime.max.replace(tzinfo=UTC))
    place = zone_named(zone)
    local = now.astimezone(place)
    at = _clock(clock.strip())
    wanted = day.strip().lower()
    if wanted in ("today", "tomorrow"):
        on = local.date() + timedelta(days=wanted == "tomorrow")
    elif wanted in _DAYS:
        on = local.date() + timedelta(days=(_DAYS.index(wanted) - local.weekday()) % 7)
        if datetime.combine(on, at, place) <= now:
            on += timedelta(days=7)
    else:
        on = _date(wanted)
    # Days first: at either end of the calendar there is no such moment in UTC.
    is_near = local.date() <= on <= latest.astimezone(place).date()
    found = datetime.combine(on, at, place).astimezone(UTC) if is_near else None
    if on < local.date() or (found and found <= now):
        said = f"{local:%A, %Y-%m-%d %H:%M}"
        raise MessageRefused(f"That time has passed: it is {said} now. Ask for another time.")
    if found is None or found >= latest:
        said = f"{latest.astimezone(place):%A, %Y-%m-%d %H:%M}"
        raise MessageRefused(f"That is too far ahead. Ask for a time before {said}.")
    return found


def _clock(text: str) -> time:
    found = _TIME.fullmatch(text)
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise MessageRefused("Write the time as in 15:30. Nothing is noted yet.")
    return time(int(found[1]), int(found[2] or 0))


def _date(text: str) -> date:
    try:
        if _DATE.fullmatch(text):
            return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    said = "Write the day as today, tomorrow, a weekday in English, or as in 2026-05-04."
    raise MessageRefused(f"{said} Nothing is noted yet.")
