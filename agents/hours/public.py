"""Public holidays of a country or a part of it, from the package `holidays`. Pure."""

import re
from datetime import date
from functools import lru_cache
from typing import Final

from agents.settings.kinds import Problem
from agents.settings.kinds import translatable as _

CHARACTERS: Final = 6
IN_PARTS: Final = frozenset({"GB", "UK"})  # only what all have in common is known of the whole
_REGION: Final = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?")
_ANY_YEAR: Final = 2026


def fault_in_region(text: str) -> Problem | None:
    """What is wrong with a region, "" for none; None when nothing is."""
    if text.strip().upper() in IN_PARTS:
        return _(
            "Name the part: GB-ENG, GB-WLS, GB-SCT or GB-NIR. Each has holidays of its own."
        ), {}
    if not text or holidays_of(text, _ANY_YEAR) is not None:
        return None
    return _("Use a country such as US, or a part of one such as DE-BE."), {}


@lru_cache(256)
def holidays_of(region: str, year: int) -> frozenset[date] | None:
    """The holidays of a region (as "DE-BE") in a year; None when it is not known."""
    written = _REGION.fullmatch(region.strip().upper())
    if written is None:
        return None
    # Here, because the process that reads agents' texts has no packages, and asks for none.
    from holidays import country_holidays

    country, part = written.groups()
    try:
        return frozenset(country_holidays(country, subdiv=part, years=year))
    except NotImplementedError:
        return None


def is_holiday(region: str, day: date) -> bool:
    """Whether a day is a public holiday there; never, where the region is "" or not known."""
    return bool(region) and day in (holidays_of(region, day.year) or ())
