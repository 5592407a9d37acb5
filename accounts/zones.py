"""The time zone of an organization and the list of choices."""

import zoneinfo
from datetime import datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

UTC: Final = "UTC"
LONGEST: Final = 60  # characters of a name
# Names of the database that are no place where people live.
_NO_PLACES: Final = ("Etc/", "SystemV/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/")
# The database's own table of places, each by its name of today: without it "Africa/Asmera" stands
# beside "Africa/Asmara".
_TABLE: Final = "zone.tab"
_LINKS: Final = "tzdata.zi"  # "L Asia/Kolkata Asia/Calcutta", among all rules


@lru_cache(1)
def zone_names() -> tuple[str, ...]:
    """The zones to choose from: UTC first, then places in alphabetical order."""
    known = zoneinfo.available_timezones()
    places = _places_of_today() & known or {
        each for each in known if "/" in each and not each.startswith(_NO_PLACES)
    }
    return (UTC, *sorted(places))


def name_of_today(name: str) -> str:
    """The name in `zone_names` of a zone that has an older one, as browsers still use some.

    `name` itself where it is listed, or where the system does not know of another.
    """
    if not name or name in zone_names():
        return name
    links = (line.split() for line in _lines_of(_LINKS) if line.startswith("L "))
    newer = next((row[1] for row in links if row[2:] == [name]), "")
    return newer if newer in zone_names() else name


def _places_of_today() -> set[str]:
    """The names in the system's table of places; none where it has no table."""
    rows = [line.split("\t") for line in _lines_of(_TABLE) if not line.startswith("#")]
    return {row[2] for row in rows if len(row) > 2}


def _lines_of(file: str) -> list[str]:
    """The lines of a file of the system's database of zones; none where it is missing."""
    for folder in zoneinfo.TZPATH:
        try:
            return (Path(folder) / file).read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
    return []


def validate_zone(name: str) -> None:
    """Raises ValidationError for a name that is no time zone; "" is UTC."""
    if name and name not in zoneinfo.available_timezones():
        raise ValidationError(_("Use a name such as Europe/Berlin or America/New_York."))


@lru_cache(1024)
def _zone(name: str) -> zoneinfo.ZoneInfo:
    """Cached: `zoneinfo` itself keeps only eight. An error may be temporary and is not."""
    return zoneinfo.ZoneInfo(name)


def zone_named(name: str) -> zoneinfo.ZoneInfo:
    """The zone of that name; UTC for "" and for a name that this machine does not know."""
    try:
        return _zone(name or UTC)
    except (OSError, ValueError, KeyError):  # the last: ZoneInfoNotFoundError
        return zoneinfo.ZoneInfo(UTC)


def day_began(moment: datetime, name: str) -> datetime:
    """When the day of `moment` began in the zone of that name; in UTC."""
    zone = zone_named(name)
    began_at = datetime.combine(moment.astimezone(zone).date(), time.min, zone)
    return began_at.astimezone(zoneinfo.ZoneInfo(UTC))


def stamp(moment: datetime, name: str) -> str:
    """`moment` in the zone of that name, for mails: "2026-05-04 14:00 CEST"."""
    return f"{moment.astimezone(zone_named(name)):%Y-%m-%d %H:%M %Z}"
