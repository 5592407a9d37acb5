"""Times, dates and ordinals in German. Pure."""

import re
from typing import Final

from agents.speech.said.german_words import MONTHS, SHORT_MONTHS
from agents.speech.said.numbers import GERMAN, Rule, cardinal, ordinal, year
from agents.speech.said.patterns import ISO
from agents.speech.text.ordinals import COUNTED

_MONTH: Final = rf"(?P<month>(?:{'|'.join(MONTHS)})\b|(?:{'|'.join(SHORT_MONTHS)})\b\.?)"
_D: Final = r"(?P<d>0?[1-9]|[12][0-9]|3[01])"
_DASH: Final = r"\s?(?:[-–]|bis)\s?"

_NUMERIC: Final = re.compile(
    rf"(?:(?P<dash>(?<![\w,/:])\s?[-–]\s?)|(?<![\w.,/:])){_D}\.\s?(?P<m>0?[1-9]|1[0-2])\."
    r"(?P<y>\s?[12][0-9]{3}(?![0-9])|[0-9]{2}(?![0-9]))?(?![0-9])"
)
_DAY_SPAN: Final = re.compile(
    rf"(?<![\w.,/:\-]){_D}\.{_DASH}(?P<d2>0?[1-9]|[12][0-9]|3[01])\.\s?"
    r"(?P<m>0?[1-9]|1[0-2])\.(?P<y>\s?[12][0-9]{3}(?![0-9])|[0-9]{2}(?![0-9]))?(?![0-9])"
)
_NAMED: Final = re.compile(
    rf"(?<![\w.,/:\-]){_D}\.(?:{_DASH}(?P<d2>0?[1-9]|[12][0-9]|3[01])\.)?\s?{_MONTH}"
    r"(?:\s(?P<y>[12][0-9]{3})\b)?"
)
_SLASHES: Final = re.compile(
    rf"(?<![\w.\-/]){_D}(?P<sep>[/\-])(?P<m>0?[1-9]|1[0-2])(?P=sep)"
    r"(?P<y>[12][0-9]{3}|(?<=/)[0-9]{2})(?![\w\-/])"
)
# "am 3., 4. und 5. Mai": of each but the last.
_LISTED: Final = r"\s?[,/+&]\s?(?=[1-9][0-9]?\.(?!\s?[0-9])|[a-zäöü]{2,24}t(?:e|er|en)\b)"
_ORDINAL: Final = re.compile(
    rf"(?<![\w.:\-])(?<![0-9],)(?P<n>[1-9][0-9]{{0,2}})\.(?:(?P<list>{_LISTED})|(?=(?P<end>\Z)"
    r"|\s?(?P<dash>[-–])|\s(?P<word>[^\W\d_]{1,20})))"
)

_HOUR: Final = r"[01]?[0-9]|2[0-4]"
_TO: Final = r"(?:\s?[-–]\s?|\sbis\s)"
_UHR_SPAN: Final = re.compile(
    rf"(?<![\w.,:/\-])(?P<h>{_HOUR})(?:[:.](?P<m>[0-5][0-9]))?(?:\sUhr)?{_TO}"
    rf"(?P<h2>{_HOUR})(?:[:.](?P<m2>[0-5][0-9]))?\sUhr\b"
)
_H_SPAN: Final = re.compile(
    rf"(?<![\w.,:/\-])(?P<h>{_HOUR})(?:[:.]?(?P<m>[0-5][0-9]))?\s?h{_TO}"
    rf"(?P<h2>{_HOUR})(?:[:.]?(?P<m2>[0-5][0-9]))?\s?h\b"
)
# Decimals have a comma: what has a stop and two digits is a time, where nothing is measured.
_NO_UNIT: Final = (
    r"(?![\w:%°$€£]|[.,/\-][0-9]|\s(?:[%°€$£]|[kcm]?m\b|k?g\b|m?l\b|Meter"
    r"|Liter|Euro|Franken|Prozent|Grad|Mi[ol]|Mrd))"
)
_DOT_SPAN: Final = re.compile(
    rf"(?<![\w.,:/\-])(?P<h>{_HOUR})\.(?P<m>[0-5][0-9]){_TO}"
    rf"(?P<h2>{_HOUR})\.(?P<m2>[0-5][0-9]){_NO_UNIT}"
)
_COLON_SPAN: Final = re.compile(
    rf"(?<![\w.,:/\-])(?P<h>{_HOUR}):(?P<m>[0-5][0-9])\s?[-–]\s?"
    rf"(?P<h2>{_HOUR}):(?P<m2>[0-5][0-9])(?![\w:]|[.,][0-9])"
)
_UHR: Final = re.compile(rf"(?<![\w.,:/\-])(?P<h>{_HOUR})(?:[:.](?P<m>[0-5][0-9]))?\s?Uhr\b")
_COLON: Final = re.compile(
    rf"(?<![\w.,:/\-])(?P<h>{_HOUR}):(?P<m>[0-5][0-9])(?:\s?h\b)?(?![\w:]|[.,][0-9])"
)
_SECONDS: Final = re.compile(
    rf"(?<![\w.,:/\-])(?P<h>{_HOUR}):(?P<m>[0-5][0-9]):(?P<s>[0-5][0-9])(?:\sUhr\b)?"
    r"(?![\w:]|[.,][0-9])"
)
_AT: Final = (
    r"\b(?P<at>(?:[Uu]m|[Aa]b|[Gg]egen|[Bb]is|[Vv]on|[Nn]ach|[Vv]or|[Ss]eit|[Zz]wischen|[A-Z][a-z]{2,9}tag"
    r"|Mittwoch),? )"
)
_DOT_TIME: Final = re.compile(rf"{_AT}(?P<h>{_HOUR})\.(?P<m>[0-5][0-9])(?:\s?h\b)?{_NO_UNIT}")
_H_TIME: Final = re.compile(
    rf"(?:{_AT}(?P<h>{_HOUR})|(?<![\w.,:/\-])(?P<h_>0?[7-9]|1[0-9]|2[0-4])(?=h[0-5]))"
    r"h(?P<m>[0-5][0-9])?(?!\w)"
)
_LASTS: Final = re.compile(r"(?<![\w.,:/\-])(?P<h>[0-6])h(?P<m>[0-5][0-9])(?!\w)")

# What stands before an ordinal decides its ending.
_TEN: Final = frozenset((
    "am", "im", "vom", "zum", "zur", "beim", "den", "dem", "des", "bis", "ab", "seit", "nach",
    "vor", "von", "jeden", "jedem", "diesen", "diesem", "einen", "einem", "einer", "ihren",
    "ihrem", "ihrer", "unseren", "unserem", "unserer", "meinen", "meinem", "deinem", "deinen",
))  # fmt: skip
_TE: Final = frozenset(("die", "das", "jede", "jedes", "diese", "eine", "ihre", "unsere", "jeder"))
_ONE_OF: Final = frozenset(("ein", "kein", "ihr", "unser", "mein", "dein", "sein"))
# After these "der" is a dative: "in der dritten Etage".
_DATIVE: Final = frozenset((
    "in", "an", "auf", "mit", "nach", "von", "zu", "seit", "bei", "aus", "vor", "hinter", "ab",
    "neben", "über", "unter", "zwischen",
))  # fmt: skip
_BEFORE: Final = 40  # characters that are read of what stands before


def rules() -> tuple[Rule, ...]:
    """The rules for dates, in order."""
    return (
        ("-", ISO, lambda m: _date(m, _ending(m))),
        ("", _SLASHES, lambda m: _date(m, _ending(m))),
        (".", _DAY_SPAN, _day_span),
        (".", _NUMERIC, _numeric),
        (".", _NAMED, _named),
    )


def times() -> tuple[Rule, ...]:
    """The rules for times of day, in order."""
    return (
        ("Uhr", _UHR_SPAN, _span),
        ("h", _H_SPAN, _span),
        (":", _COLON_SPAN, _span),
        (".", _DOT_SPAN, _span),
        ("Uhr", _UHR, _time),
        (":", _SECONDS, _with_seconds),
        (":", _COLON, _time),
        (".", _DOT_TIME, lambda m: m["at"] + _time(m)),
        ("h", _H_TIME, lambda m: (m["at"] or "") + _clock(m["h"] or m["h_"], m["m"])),
        ("h", _LASTS, _lasts),
    )


def ordinals() -> tuple[Rule, ...]:
    """The rule for a number with a stop that is an ordinal of the following word."""
    return ((".", _ORDINAL, _counted),)


def _nth(number: int, ending: str) -> str:
    return ordinal(number, GERMAN) + ending


# Those of a list before this one, and what joins them: the ending is decided before all of them.
_JOINED: Final = re.compile(
    r"(?:(?:[0-9]{1,2}\.(?:\s?[0-9]{1,2}\.)?|[a-zäöü]{2,24}t(?:e|er|en)\b)"
    rf"(?:\s(?:{'|'.join(MONTHS)}))?(?:\s?[12][0-9]{{3}})?\s?(?:[,/+&]|und|oder|sowie)\s*){{1,6}}\Z"
)


def _is_listed(found: re.Match[str]) -> bool:
    return _JOINED.search(found.string, max(0, found.start() - _BEFORE), found.start()) is not None


def _words_before(found: re.Match[str]) -> list[str]:
    text = found.string[max(0, found.start() - _BEFORE) : found.start()]
    if joined := _JOINED.search(text):
        text = text[: joined.start()]
    return text.lower().replace(",", " ").split()[-3:]


def _ending(found: re.Match[str]) -> str:
    """The letter after the -te of this ordinal: "r", "n" or none."""
    words = _words_before(found)
    last = words[-1] if words else ""
    if last.endswith("tag") and len(words) > 1:  # "am Montag, 24.12."
        last, words = words[-2], words[:-1]
    if last in _TEN:
        return "n"
    if last == "der":
        return "n" if len(words) > 1 and words[-2] in _DATIVE else ""
    return "" if last in _TE else "r"


def _year(written: str | None) -> str:
    if not written:
        return ""
    number = int(written)
    return f" {year(number, GERMAN) if number > 99 else cardinal(number, GERMAN)}"


def _date(found: re.Match[str], ending: str) -> str:
    month = MONTHS[int(found["m"]) - 1]
    return f"{_nth(int(found['d']), ending)} {month}{_year(found['y'])}"


def _closed(said: str, found: re.Match[str]) -> str:
    """The last stop of "24.12." also ends the sentence when nothing follows."""
    ends = found.group().endswith(".") and found.end() == len(found.string)
    return f"{said}." if ends else said


def _numeric(found: re.Match[str]) -> str:
    if found["dash"]:
        return _closed(f" bis {_date(found, 'n')}", found)
    return _closed(_date(found, _ending(found)), found)


def _day_span(found: re.Match[str]) -> str:
    ending = _ending(found)
    first = _nth(int(found["d"]), ending)
    month = MONTHS[int(found["m"]) - 1]
    said = f"{first} bis {_nth(int(found['d2']), ending)} {month}{_year(found['y'])}"
    return _closed(said, found)


def _named(found: re.Match[str]) -> str:
    ending, name = _ending(found), found["month"].removesuffix(".")
    said = _nth(int(found["d"]), ending)
    said += f" bis {_nth(int(found['d2']), ending)}" if found["d2"] else ""
    said = f"{said} {SHORT_MONTHS.get(name, name)}{_year(found['y'])}"
    return _closed(said, found) if not found["y"] else said


def _counted(found: re.Match[str]) -> str:
    """An ordinal if a small letter or a counted noun follows, or an article precedes it."""
    words = _words_before(found)
    last = words[-1] if words else ""
    word = found["word"] or ""
    has_article = last in _TEN | _TE | _ONE_OF or last in ("der", "dieser")
    is_counted = bool(word) and (word[0].islower() or word.lower() in COUNTED)
    if found["list"]:
        joint = found["list"].strip()
        said = _nth(int(found["n"]), _ending(found))
        return f"{said}, " if joint in ",/" else f"{said} und "
    is_counted = is_counted or (found["end"] is not None and _is_listed(found))
    if not (has_article and (word or found["end"] is not None)) and not is_counted:
        return found.group()
    ending = _ending(found)
    if ending == "r" and word.lower() in _FEMININE:
        ending = ""
    elif ending == "r" and word.lower() in _NEUTER:
        ending = "s"
    said = _nth(int(found["n"]), ending)
    return f"{said}." if found["end"] is not None else said


_FEMININE: Final = frozenset((
    "etage", "klasse", "woche", "stelle", "reihe", "tür", "kategorie", "liga", "person", "nacht",
    "stunde", "auflage",
))  # fmt: skip
_NEUTER: Final = frozenset((
    "stockwerk", "obergeschoss", "untergeschoss", "geschoss", "og", "ug", "quartal", "halbjahr",
    "jahrhundert", "lebensjahr", "jahr", "mal", "semester",
))  # fmt: skip


def _clock(hour: str, minute: str | None) -> str:
    said = f"{cardinal(int(hour), GERMAN).removesuffix('s') if hour in _ONE else _hour(hour)} Uhr"
    return f"{said} {cardinal(int(minute), GERMAN)}" if minute and minute != "00" else said


_ONE: Final = ("1", "01")


def _hour(hour: str) -> str:
    return cardinal(int(hour), GERMAN)


def _time(found: re.Match[str]) -> str:
    return _clock(found["h"], found["m"])


def _with_seconds(found: re.Match[str]) -> str:
    seconds = int(found["s"])
    if not seconds:
        return _clock(found["h"], found["m"])
    name = "eine Sekunde" if seconds == 1 else f"{cardinal(seconds, GERMAN)} Sekunden"
    return f"{_clock(found['h'], found['m'])} und {name}"


def _lasts(found: re.Match[str]) -> str:
    hours = "eine Stunde" if found["h"] == "1" else f"{_hour(found['h'])} Stunden"
    return f"{hours} {cardinal(int(found['m']), GERMAN)}"


def _span(found: re.Match[str]) -> str:
    until = _clock(found["h2"], found["m2"])
    is_whole = all(found[each] in (None, "00") for each in ("m", "m2"))
    first = _hour(found["h"]) if is_whole else _clock(found["h"], found["m"])
    return f"{first} bis {until}"
