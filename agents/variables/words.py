"""What variables become in the language of an agent: days, times, open or closed. Pure.

Dates and times are those of babel's locales; single words there are in English and German, and any
other language gets the English ones, or does without.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final, TypeVar

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_day_names

from agents.hours.days import Days
from agents.transfers.hours import week_in
from agents.transfers.written_hours import DAY, Ranges

ENGLISH: Final = "en"
_WORDS: Final = {
    "en": {
        "unknown": "unknown",
        "open": "open",
        "closed": "closed",
        "today": "today at {time}",
        "tomorrow": "tomorrow at {time}",
        "day": "{day} at {time}",
    },
    "de": {
        "unknown": "unbekannt",
        "open": "geöffnet",
        "closed": "geschlossen",
        "today": "heute um {time} Uhr",
        "tomorrow": "morgen um {time} Uhr",
        "day": "{day} um {time} Uhr",
    },
}
# From which hour on; before the first the last one counts.
_TIMES_OF_DAY: Final = {
    "en": ((4, "morning"), (12, "afternoon"), (18, "evening")),
    "de": ((4, "Morgen"), (11, "Tag"), (18, "Abend")),
}
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)

T = TypeVar("T")


def word(name: str, language: str) -> str:
    """One of the words, such as "open", in a language."""
    return _of(_WORDS, language)[name]


def time_of_day(now: datetime, language: str) -> str:
    """What follows "Good" when one greets, by the clock of `now`."""
    times = _of(_TIMES_OF_DAY, language)
    past = [said for hour, said in times if now.hour >= hour]
    return past[-1] if past else times[-1][1]


def day_in_words(day: date, language: str) -> str:
    """ "Monday, November 30, 2026"."""
    return _plain(format_date(day, "full", locale=locale_of(language)))


def clock_in_words(at: datetime, language: str) -> str:
    """ "9:00 AM"."""
    return _plain(format_time(at.time(), "short", locale=locale_of(language)))


def opening_in_words(opens: datetime, now: datetime, language: str) -> str:
    """When it opens, as seen from `now` on the same clock: "Monday at 9:00 AM"."""
    return _on_day(opens.date(), clock_in_words(opens, language), now, language)


def _on_day(at: date, clock: str, now: datetime, language: str) -> str:
    days = at - now.date()
    pattern = "EEEE" if days < _WEEK else "full"
    day = _plain(format_date(at, pattern, locale=locale_of(language)))
    said = _WORDS.get(_base(language))
    if said is None:
        return f"{day}, {clock}"
    if not days:
        return said["today"].format(time=clock)
    if days == _DAY:
        return said["tomorrow"].format(time=clock)
    return said["day"].format(day=day, time=clock)


def closing_in_words(closes: datetime, now: datetime) -> str:
    """Until when it is open in English, as seen from `now`: "5:00 PM", "Sunday at 8:00 PM"."""
    clock = _clock(closes.hour * 60 + closes.minute)
    if closes - now < _DAY:
        return clock
    # "Tuesday at midnight" is when Tuesday ends.
    return _on_day((closes - _MINUTE).date(), clock, now, ENGLISH)


def hours_in_words(ranges: Ranges) -> str:
    """What it is on a day in English: "open from 9:00 AM to 5:00 PM", "open all day", "closed"."""
    return f"open {_times(ranges)}" if ranges else "closed"


def week_in_words(hours: str) -> str:
    """The hours of a week in English: "Monday to Friday from 9:00 AM to 5:00 PM"."""
    names = get_day_names("wide", locale=ENGLISH)
    by_day = [
        (day, tuple(sorted((begin, end) for at, begin, end in week_in(hours) if at == day)))
        for day in range(7)
    ]
    said = []
    for ranges, days in groupby((each for each in by_day if each[1]), key=lambda each: each[1]):
        for run in _runs([day for day, _ranges in days]):
            named = " to ".join(names[day] for day in dict.fromkeys((run[0], run[-1])))
            said.append(f"{named} {_times(ranges)}")
    return ", ".join(said)


def other_days_in_words(days: Iterable[Days]) -> str:
    """Days with other hours, a sentence each: "On Thursday, December 24, 2026 we are closed."."""
    return " ".join(map(_other_in_words, days))


def _other_in_words(days: Days) -> str:
    first, last = (day_in_words(each, ENGLISH) for each in (days.first, days.last))
    named = f"On {first}" if first == last else f"From {first} to {last}"
    return f"{named} we are {hours_in_words(days.hours)}."


def _times(ranges: Ranges) -> str:
    if ranges == ((0, DAY),):
        return "all day"
    return " and ".join(f"from {_clock(begin)} to {_clock(end)}" for begin, end in ranges)


def _runs(days: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _clock(minutes: int) -> str:
    minutes %= DAY  # what ends on the next day
    if not minutes:
        return "midnight"
    return clock_in_words(datetime(2026, 1, 1, minutes // 60, minutes % 60), ENGLISH)  # noqa: DTZ001


def locale_of(language: str) -> Locale:
    """The locale of a tag such as "de-AT"; the English one where the tag is not known."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(ENGLISH)


def _of(words: Mapping[str, T], language: str) -> T:
    return words.get(_base(language), words[ENGLISH])


def _base(language: str) -> str:
    return language.partition("-")[0].lower()


def _plain(text: str) -> str:
    """Locales put spaces of other widths before AM and PM, which voices may read badly."""
    return " ".join(text.split())
