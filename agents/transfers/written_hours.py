"""Days of the week and hours, as people write them in English and German. Pure.

"Mo.-Fr. 9-12 und 13-17 Uhr", "Mon, Wed, Fri 9am to noon; Sat closed": days, then their hours, then
the next days. Hours without "am" and "pm" are those of a clock with 24; where most people would
mean otherwise they are told to say which.
"""

import re
from typing import Final, NamedTuple

from agents.settings.kinds import translatable as _

RANGES: Final = 4  # of one group of days
DAY: Final = 24 * 60  # minutes
NOON: Final = DAY // 2
_DAWN: Final = DAY // 4  # few begin before it
_LAST_OF_NIGHT: Final = DAY // 24 * 5  # few close after it; "09:00-05:00" is meant otherwise
DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
NEXT_DAY: Final = _(
    "Line %(line)d: this ends on the next day. Write 5pm or 17:00 if you close in the afternoon, "
    "and 2am if you close at night."
)
EARLY: Final = _(
    "Line %(line)d: this begins early in the morning. Write 2pm or 14:00 if you mean the "
    "afternoon, and 2am or 02:00 if you mean the morning."
)
CLOSED: Final = frozenset({"closed", "shut", "geschlossen", "ruhetag"})
_NAMES: Final = (
    "m mo mon monday mondays montag montags",
    "tu tue tues tuesday tuesdays di dienstag dienstags",
    "w we wed weds wednesday wednesdays mi mittwoch mittwochs",
    "th thu thur thurs thursday thursdays do donnerstag donnerstags",
    "f fr fri friday fridays freitag freitags",
    "sa sat saturday saturdays samstag samstags sonnabend sonnabends",
    "su sun sunday sundays so sonntag sonntags",
)
_WEEKDAYS: Final = {name: day for day, names in enumerate(_NAMES) for name in names.split()}
_SEVERAL: Final = {
    **dict.fromkeys(("daily", "täglich"), range(7)),
    **dict.fromkeys(("weekday", "weekdays"), range(5)),
    **dict.fromkeys(("weekend", "weekends", "wochenende"), range(5, 7)),
}
_TO: Final = re.compile(r" ?(?:-+|\b(?:to|through|thru|until|till?|bis)\b) ?")
# What is written otherwise, evened in this order.
_EVENED: Final = tuple(
    (re.compile(pattern), evened)
    for pattern, evened in (
        (r"\b(?:every ?day|each day|jeden tag)\b", "daily"),
        (r"^(?:open )?24/7$", "daily 0:00-24:00"),
        (r"(?:\baround the clock|\brund um die uhr|(?<![-0-9:.])24 ?(?:h|hours|stunden))\b(?!-)",
         "0:00-24:00"),
        (r"(?<=[0-9])h(?=[0-9]{2}\b)", ":"),
        (r"(?<=[0-9]) ?(?:uhr|o'clock|hrs?|h)\b\.?", ""),
        (r"(?<=[0-9]) ?([ap])(?:\.? ?m)?\b\.?", r"\1m"),
        (r"(?:\b12(?::00)? ?|\b)(?:noon|midday|mittags?)\b", "12pm"),
        (r"(?:\b12(?::00)? ?|\b)(?:midnight|mitternachts?)\b", "12am"),
        (r"(?<=[a-zäöü])\.", ""),
        (r"(?<!\bwe )\b(?:from|von|open|geöffnet) ", ""),  # "we open" names no Wednesday
        (r"(?: ?(?:[,;/&+]|\b(?:and|und|u)\b) ?)+", ","),
    )
)  # fmt: skip
_DAY: Final = "|".join(sorted({*_WEEKDAYS, *_SEVERAL}, key=len, reverse=True))
_DAYS_BEHIND: Final = re.compile(
    rf"\b(closed|geschlossen)(?: on)? ((?:{_DAY})(?:[-,](?:{_DAY}))*)(?![a-zäöü])"
)
_NEXT: Final = re.compile(rf"(?<=[0-9m]) (?=(?:{_DAY})(?![a-zäöü]))")
_PART: Final = re.compile(
    rf"(?:(?P<days>(?:{_DAY})(?:-(?:{_DAY}))?)(?![a-zäöü])[ :-]*+)?(?P<hours>.*)"
)
_TIME: Final = re.compile(r"([0-9]{1,2})(?:[:.]?([0-9]{2}))?(am|pm)?")
_HALVES: Final = ("am", "pm")

Ranges = tuple[tuple[int, int], ...]  # minutes of a day, beyond its end for the next one


class Group(NamedTuple):
    """Days of the week (0 is Monday) that have the same hours; none mean closed."""

    days: tuple[int, ...]
    hours: Ranges


def groups_in(line: str) -> tuple[Group, ...] | None:
    """The days of a line with their hours; None when it says anything else."""
    found = []
    for days, written in _written(line):
        hours = _hours(written)
        if not days or hours is None:
            return None
        found.append(Group(days, hours))
    return tuple(found) or None


def hours_in_text(text: str) -> Ranges | None:
    """ "9:00-12:30, 13:30-18:00" as pairs of minutes, () for "closed"; None when it is neither."""
    found = _written(text)
    if len(found) != 1:
        return None
    [(days, written)] = found
    return None if days else _hours(written)


def unclear_in(text: str) -> str | None:
    """What to say of hours that most people mean otherwise than they stand there; else None.

    "9-5", "12-5" and "1pm-5" end on the next day, and "1-5" is at night; "22:00-2:00", "6:00-2am",
    "12:00-01:00" and "01:00-05:00" say what they mean.
    """
    found = (_unclear(each) for _days, written in _written(text) for each in written)
    return next((said for said in found if said is not None), None)


def _unclear(written: str) -> str | None:
    begin, _dash, end = written.partition("-")
    opens, closes = _minutes(begin), _minutes(end)
    if opens is None or closes is None or end.endswith(_HALVES):
        return None
    says_half = begin.endswith(_HALVES)
    is_night = end.startswith("0") and closes < _LAST_OF_NIGHT
    if 0 < closes < opens and (opens <= NOON or says_half) and not is_night:
        return NEXT_DAY
    is_early = 0 < opens < _DAWN and not says_half and not begin.startswith("0")
    return EARLY if is_early and opens < closes <= NOON else None


def _written(text: str) -> list[tuple[tuple[int, ...], list[str]]]:
    """The groups of days in `text`, each with its hours as they stand there; [] for nonsense."""
    found: list[tuple[tuple[int, ...], list[str]]] = [((), [])]
    for part in _evened(text).split(","):
        days, hours = _cut(part.strip())
        if not days and not hours:
            return []
        if days and found[-1][1]:
            found.append(((), []))
        before, written = found[-1]
        found[-1] = (tuple(dict.fromkeys((*before, *days))), written + hours)
    return found


def _cut(part: str) -> tuple[tuple[int, ...], list[str]]:
    """The days that a part begins with, and what follows them."""
    found = _PART.fullmatch(part)
    if found is None or not found["days"]:
        return (), part.split()
    days = _weekdays(found["days"])
    return (days, found["hours"].split()) if days else ((), [])


def _evened(text: str) -> str:
    """`text` in lower case and the shortest spelling, one blank between words, none in ranges."""
    plain = _TO.sub("-", " ".join(text.translate(DASHES).lower().split()))
    for pattern, evened in _EVENED:
        plain = pattern.sub(evened, plain)
    return _NEXT.sub(",", _DAYS_BEHIND.sub(r"\2 \1", plain))


def _weekdays(written: str) -> tuple[int, ...]:
    if written in _SEVERAL:
        return tuple(_SEVERAL[written])
    first, dash, last = written.partition("-")
    begin = _WEEKDAYS.get(first)
    end = _WEEKDAYS.get(last) if dash else begin
    if begin is None or end is None:
        return ()
    return tuple((begin + step) % 7 for step in range((end - begin) % 7 + 1))


def _hours(written: list[str]) -> Ranges | None:
    if len(written) == 1 and written[0] in CLOSED:
        return ()
    ranges = [_range(each) for each in written]
    known = tuple(each for each in ranges if each is not None)
    return known if 0 < len(known) == len(ranges) <= RANGES else None


def _range(written: str) -> tuple[int, int] | None:
    begin, _dash, end = written.partition("-")
    opens, closes = _minutes(begin), _minutes(end)
    if opens is None or closes is None:
        return None
    if opens % DAY == closes % DAY:  # all of a day, or nothing
        return None if opens else (0, DAY)
    if end.endswith(_HALVES) and not begin.endswith(_HALVES):
        same = _minutes(begin + end[-2:])  # "1-5pm" is all afternoon, "9-5pm" is not
        opens = same if same is not None and same < closes else opens
    return opens, closes if opens < closes else closes + DAY


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
