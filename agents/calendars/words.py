"""Times and lists of times as people say them, for a model to pass on. Pure.

The forms are those that voices say well (`agents.speech.said`).
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Final

from babel.dates import format_date, format_skeleton

from agents.variables import words

_GERMAN: Final = "de"
_BETWEEN: Final = {"en": " at ", _GERMAN: " um "}  # a day and a time of it


def day_in_words(moment: datetime, language: str) -> str:
    """The day of a local time: "Monday, May 4"; in English, where the language is not known."""
    locale = words.locale_of(language)
    weekday = format_date(moment, "EEEE", locale=locale)
    return f"{weekday}, {format_skeleton('MMMMd', moment, locale=locale)}"


def clock_in_words(moment: datetime, language: str) -> str:
    """The time of day: "9:30 AM", "9:30 Uhr"."""
    minutes = f":{moment:%M}" if moment.minute else ""
    code = words.locale_of(language).language
    if code == _GERMAN:
        return f"{moment.hour}{minutes} Uhr"
    if code == words.ENGLISH:
        return f"{moment.hour % 12 or 12}{minutes} {'AM' if moment.hour < 12 else 'PM'}"
    return words.clock_in_words(moment, language)


def in_words(moment: datetime, language: str) -> str:
    """A local time: "Monday, May 4 at 9:30 AM"."""
    between = _BETWEEN.get(words.locale_of(language).language, ", ")
    return f"{day_in_words(moment, language)}{between}{clock_in_words(moment, language)}"


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
