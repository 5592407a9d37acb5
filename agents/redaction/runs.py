"""Groups the digits of a text, and classifies the groups: a time, a date, a price."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Final

from agents.redaction.cues import ORDINALS, Cue, cues_in
from agents.redaction.numerals import Numeral, Word, folded, numerals_in, words_of
from agents.redaction.vocabulary import FILLERS

# More digits are never a time, a date or a price.
LONGEST_ORDINARY: Final = 10
FEWEST: Final = 3  # digits of which anything is taken out
_WITHIN: Final = frozenset(" \t\u200b-./()+:,")  # between digits of one number, without a pause
_COMMON: Final = frozenset((" ", "", "-", "."))
_PAUSE: Final = re.compile(r"[,.:]\s")
_MONEY: Final = frozenset("$€£¥%")
_UNITS: Final = frozenset((
    "euro", "euros", "eur", "cent", "cents", "dollar", "dollars", "usd", "bucks", "pound", "pounds",
    "quid", "franken", "chf", "prozent", "percent", "uhr", "am", "pm", "o'clock", "km",
    "kilometer", "kilometers", "kilometre", "kilometres", "miles", "meilen", "meter", "meters",
    "people", "leute", "personen", "pieces", "stück", "square", "quadratmeter", "kg", "kilo",
    "hours", "minutes", "stunden", "minuten", "years", "jahre", "thousand", "million", "millionen",
    "times", "mal",
))  # fmt: skip
MONTHS: Final = frozenset((
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep",
    "sept", "oct", "nov", "dec", "januar", "jänner", "februar", "feber", "märz", "mai", "juni",
    "juli", "oktober", "dezember", "okt", "dez",
))  # fmt: skip
_CURRENCIES: Final = frozenset(("usd", "eur", "chf"))
_TIME: Final = r"(?:[01]?\d|2[0-3])[:.][0-5]\d(?::[0-5]\d)?"
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH: Final = r"(?:0?[1-9]|1[0-2])"
_YEAR: Final = r"(?:19|20)\d\d"
_DATE: Final = re.compile(
    rf"{_TIME}(?: ?- ?{_TIME})?"
    rf"|{_DAY}[./-]{_MONTH}[./-]?(?:{_YEAR}|\d\d)?|{_MONTH}[/-]{_DAY}[/-](?:{_YEAR}|\d\d)"
    rf"|{_YEAR}-{_MONTH}-{_DAY}|{_YEAR}(?: ?[-/] ?(?:{_YEAR}|\d\d))?"
)
_ONE_YEAR: Final = re.compile(_YEAR)
_AMOUNT: Final = re.compile(
    r"\d{1,6}[.,]\d{1,2}|[1-9]\d{0,2}(?:,\d{3}){1,3}(?:\.\d\d)?"
    r"|[1-9]\d{0,2}\.\d{3}(?:,\d\d)?|[1-9]\d?(?:\.\d{3}){2}"
)
_SPOKEN_DATE: Final = re.compile(rf"{_DAY} {_MONTH} (?:{_YEAR}|(?:19|20) \d\d)")
_DAY_AND_YEAR: Final = re.compile(rf"(?:{_DAY} )?(?:{_YEAR}|(?:19|20) \d\d)")
# Said around a part of a number, when it comes in several turns.
_AROUND: Final = FILLERS | frozenset((
    "next", "the", "is", "it's", "its", "that's", "rest", "followed", "by", "last", "first", "four",
    "digits", "so", "now", "sorry", "please", "wait", "moment", "one", "hold", "on", "far", "are",
    "here", "comes", "yeah", "right", "well", "with", "das", "nächste", "nächsten", "letzten",
    "letzte", "rest", "ist", "sind", "also", "jetzt", "danach", "kommt", "kommen", "noch", "bitte",
    "moment", "warte", "warten", "genau", "gut", "weiter", "mit", "ziffern", "zahlen",
))  # fmt: skip
# Said between two parts of a number by who looks for the next one.
_WHILE_LOOKING: Final = _AROUND | frozenset((
    "let", "me", "look", "see", "check", "a", "second", "sec", "sure", "minute", "i", "have",
    "need", "to", "get", "find", "it", "ich", "muss", "schaue", "schau", "nachsehen", "sekunde",
    "kurz", "mal", "eben",
))  # fmt: skip
_LOOKING: Final = frozenset((
    "hold", "wait", "moment", "sorry", "second", "sec", "look", "see", "check", "minute", "sekunde",
    "warte", "warten", "nachsehen", "schaue", "schau",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """Digits that are said as one, `text[start:end]`.

    parts: the digits as they were grouped. longest: how many they may be instead, when the words
    for them can be read in more than one way, else 0. core: where the digits begin and end that
    are no time, date, price or the like, and which; None when all are. is_dated: all are times or
    dates. month_at: where the name of a month begins that comes before it, or -1. continues: only
    words come before it that are said between two parts of a number. is_amount: of something that
    is named.
    """

    start: int
    end: int
    parts: tuple[str, ...]
    longest: int
    core: tuple[int, int, str] | None
    is_dated: bool = False
    month_at: int = -1
    continues: bool = False
    is_amount: bool = False

    @property
    def digits(self) -> str:
        """All of them."""
        return "".join(self.parts)

    @property
    def is_ordinary(self) -> bool:
        """Whether all of it is a time, a date, a price or the like."""
        return self.core is None


class _Sort(Enum):
    """What a part of a run is."""

    DATE = "date"  # or a time
    YEAR = "year"  # unless other digits are beside it
    AMOUNT = "amount"  # of something that is named
    MAYBE = "maybe"  # an amount, unless digits are beside it
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Scan:
    """What of a text matters here.

    opens, ends: its first run is all that it begins with, its last one all that it ends with, but
    for words that are said around parts of a number. is_bare: there is nothing else at all.
    """

    runs: tuple[Run, ...]
    cues: tuple[tuple[Cue, int], ...]
    opens: bool
    ends: bool

    @property
    def is_bare(self) -> bool:
        """Whether the text is one number, or a part of one."""
        return self.opens and self.ends and len(self.runs) == 1


def scan(text: str) -> Scan:
    """The runs of digits in `text` and what it speaks of."""
    plain = folded(text)
    words = words_of(plain)
    numerals = numerals_in(words)
    cues = tuple(cues_in(words, {each.first for each in numerals}))
    if not numerals:
        return Scan((), cues, opens=False, ends=False)
    connected = [_without_count(words, each) for each in _connected(plain, words, numerals)]
    # Fewer digits between others are part of nothing, and a text may have many of them.
    looking = [_is_looking(words, *pair) for pair in pairwise(connected)]
    runs = tuple(
        _run(plain, words, each, continues=is_looking)
        for number, (each, is_looking) in enumerate(zip(connected, [False, *looking], strict=True))
        if number in (0, len(connected) - 1) or is_looking or _are_some(each)
    )
    before, behind = words[: numerals[0].first], words[numerals[-1].last + 1 :]
    return Scan(
        runs,
        cues,
        opens=all(word.text in _AROUND for word in before),
        ends=all(word.text in _WHILE_LOOKING for word in behind),
    )


def _connected(
    plain: str, words: list[Word], numerals: list[Numeral]
) -> Iterator[list[list[Numeral]]]:
    """Numerals that may be one number: runs of parts, a part being said without a pause."""
    run = [[numerals[0]]]
    for before, numeral in pairwise(numerals):
        between = plain[before.end : numeral.start]
        if between in _COMMON and before.last + 1 == numeral.first:
            run[-1].append(numeral)
            continue
        fillers = words[before.last + 1 : numeral.first]
        if any(word.text not in FILLERS for word in fillers) or not _MONEY.isdisjoint(between):
            yield run
            run = [[numeral]]
        elif fillers or not _WITHIN.issuperset(between) or _PAUSE.search(between):
            run.append([numeral])
        else:
            run[-1].append(numeral)
    yield run


def _is_looking(words: list[Word], one: list[list[Numeral]], other: list[list[Numeral]]) -> bool:
    between = words[one[-1][-1].last + 1 : other[0][0].first]
    return all(word.text in _WHILE_LOOKING for word in between) and any(
        word.text in _LOOKING for word in between
    )


def _are_some(parts: list[list[Numeral]]) -> bool:
    return (
        len(parts) >= FEWEST
        or len(parts[0]) >= FEWEST
        or (sum(len(numeral.digits) for part in parts for numeral in part) >= FEWEST)
    )


def _run(
    plain: str, words: list[Word], parts: list[list[Numeral]], *, continues: bool = False
) -> Run:
    sorts = [_sort(plain, words, part) for part in parts]
    numerals = [numeral for part in parts for numeral in part]
    before = words[numerals[0].first - 1] if numerals[0].first else None
    is_open = any(numeral.longest for numeral in numerals)
    return Run(
        numerals[0].start,
        numerals[-1].end,
        tuple(numeral.digits for numeral in numerals),
        sum(each.longest or len(each.digits) for each in numerals) if is_open else 0,
        _core(parts, sorts),
        all(sort in (_Sort.DATE, _Sort.YEAR) for sort in sorts),
        before.start if before is not None and before.text in MONTHS else -1,
        continues,
        _Sort.AMOUNT in sorts,
    )


def _without_count(words: list[Word], parts: list[list[Numeral]]) -> list[list[Numeral]]:
    """The parts without a digit that says how many follow: "the next four, 1 2 3 4"."""
    count = parts[0][0]
    rest = sum(len(each.digits) for part in parts for each in part) - len(count.digits)
    if not (
        count.first
        and words[count.first - 1].text in ORDINALS
        and len(count.digits) == 1
        and count.digits > "1"
        and rest
        and rest % int(count.digits) == 0
    ):
        return parts
    return [part for part in (parts[0][1:], *parts[1:]) if part]


def _core(parts: list[list[Numeral]], sorts: list[_Sort]) -> tuple[int, int, str] | None:
    """What is left when what is ordinary at both ends is left out."""
    if _Sort.NUMBER not in sorts:
        return None
    open_sorts = (_Sort.NUMBER, _Sort.MAYBE, _Sort.YEAR)
    numbers = [number for number, sort in enumerate(sorts) if sort in open_sorts]
    kept = [numeral for part in parts[numbers[0] : numbers[-1] + 1] for numeral in part]
    return kept[0].start, kept[-1].end, "".join(numeral.digits for numeral in kept)


def _sort(plain: str, words: list[Word], part: list[Numeral]) -> _Sort:
    if len(part) > LONGEST_ORDINARY or sum(len(each.digits) for each in part) > LONGEST_ORDINARY:
        return _Sort.NUMBER
    before = words[part[0].first - 1].text if part[0].first else ""
    behind = words[part[-1].last + 1].text if part[-1].last + 1 < len(words) else ""
    said = " ".join(each.digits for each in part)
    written = "" if any(each.is_spoken for each in part) else plain[part[0].start : part[-1].end]
    if _ONE_YEAR.fullmatch(written):
        return _Sort.YEAR
    if (
        _DATE.fullmatch(written)
        or _SPOKEN_DATE.fullmatch(said)
        or (before in MONTHS and _DAY_AND_YEAR.fullmatch(said))
    ):
        return _Sort.DATE
    if (
        behind in _UNITS
        or before in _CURRENCIES
        or _is_beside_money(plain, part[0].start, part[-1].end)
    ):
        return _Sort.AMOUNT
    is_maybe = (len(part) == 1 and part[0].is_amount) or _AMOUNT.fullmatch(written)
    return _Sort.MAYBE if is_maybe else _Sort.NUMBER


def _is_beside_money(plain: str, start: int, end: int) -> bool:
    return not _MONEY.isdisjoint(plain[max(0, start - 2) : start] + plain[end : end + 2])
