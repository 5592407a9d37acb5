"""Times and lists of times as people say them, for a model to pass on. Pure.

The forms are those that voices say well (`agents.speech.said`).
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Final

_DAYS: Final = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
}
_MONTHS: Final = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
    "de": (
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
        "Oktober", "November", "Dezember",
    ),
}  # fmt: skip


def day_in_words(moment: datetime, language: str) -> str:
    """The day of a local time: "Monday, May 4"; in English, where the language is not known."""
    code = _known(language)
    day, month = _DAYS[code][moment.weekday()], _MONTHS[code][moment.month - 1]
    return f"{day}, {moment.day}. {month}" if code == "de" else f"{day}, {month} {moment.day}"


def clock_in_words(moment: datetime, language: str) -> str:
    """The time of day: "9:30 AM", "9:30 Uhr"."""
    minutes = f":{moment:%M}" if moment.minute else ""
    if _known(language) == "de":
        return f"{moment.hour}{minutes} Uhr"
    return f"{moment.hour % 12 or 12}{minutes} {'AM' if moment.hour < 12 else 'PM'}"


def in_words(moment: datetime, language: str) -> str:
    """A local time: "Monday, May 4 at 9:30 AM"."""
    at = "um" if _known(language) == "de" else "at"
    return f"{day_in_words(moment, language)} {at} {clock_in_words(moment, language)}"


def written(moment: datetime) -> str:
    """A local time as a model gives it back."""
    return f"{moment:%Y-%m-%dT%H:%M}"


def listed(moments: Iterable[datetime], language: str) -> str:
    """Local times in order, a line for each day, each with what a model gives back for it."""
    lines = []
    for _day, group in groupby(moments, key=datetime.date):
        of_day = list(group)
        times = ", ".join(f"{clock_in_words(each, language)} [{written(each)}]" for each in of_day)
        lines.append(f"{day_in_words(of_day[0], language)}: {times}")
    return "\n".join(lines)


def _known(language: str) -> str:
    code = language.partition("-")[0].lower()
    return code if code in _DAYS else "en"
