"""Converts the numerals of a text to digits, word by word.

English and German are read side by side, for callers change the language in mid-sentence.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from agents.redaction.vocabulary import (
    AND,
    FILLERS,
    HOMOPHONES,
    NUMERALS,
    PLURALS,
    REPEATS,
    SCALES,
    TEENS,
    TENS,
    TIMES,
    UNITS,
)

_AFTER_DIGITS: Final = frozenset((*SCALES, *PLURALS, *TIMES, "und"))  # "4 ones", "41 hundred"
_HUNDREDS: Final = frozenset(("hundred", "hundert"))
_GOES_ON: Final = ("hundert", "tausend")
_GONE: Final = "\u200b"  # in place of what cannot be seen; it separates nothing
_TOKEN: Final = re.compile(rf"\d+|[^\W\d_]+(?:['{_GONE}]+[^\W\d_]+)*")
_LONGEST_WORD: Final = 60  # of a German number below a million
_COMPOUND: Final = re.compile(r"und|hundert|tausend")


class Word(NamedTuple):
    """A word or a run of written digits of a text: `folded[start:end]`."""

    text: str
    start: int
    end: int


class Numeral(NamedTuple):
    """Some words that stand for `digits`.

    longest: how many digits they may be instead, as "forty one" is 41 or 401; 0 when there is
    no doubt. is_amount: said with "hundred" or "thousand", as one does of amounts. is_spoken: in
    words. first, last: the numbers of its first and last word in the text.
    """

    digits: str
    start: int
    end: int
    first: int
    last: int
    is_amount: bool = False
    is_spoken: bool = True
    longest: int = 0


def folded(text: str) -> str:
    """`text` in lower case with plain digits and dashes, character for character."""
    return text.lower() if text.isascii() else text.translate(_Folding())


def words_of(folded_text: str) -> list[Word]:
    """Its words and runs of digits, in order."""
    found = _TOKEN.finditer(folded_text)
    if _GONE in folded_text:
        return [Word(f[0].replace(_GONE, ""), *f.span()) for f in found]
    return [Word(f[0], *f.span()) for f in found]


def numerals_in(words: list[Word]) -> list[Numeral]:
    """The numerals among `words`, in order; homophones stand for digits among digits only."""
    return list(_numerals(words))


class _Folding:
    """For `str.translate`: the character that takes a character's place."""

    def __getitem__(self, code: int) -> str:
        return _plain(code)


@lru_cache(maxsize=4096)
def _plain(code: int) -> str:
    character = chr(code)
    digit = unicodedata.digit(character, -1)
    if digit >= 0:
        return str(digit)
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me"):
        return _GONE
    if category == "Pd":
        return "-"
    if category == "Zs":
        return " "
    plain = unicodedata.normalize("NFKC", character)
    if len(plain) != 1:
        plain = character
    if plain == "’":
        return "'"
    lower = plain.lower()
    return lower if len(lower) == 1 else plain


def _numerals(words: list[Word]) -> Iterator[Numeral]:
    index, count = 0, len(words)
    singles = 0  # digits said one by one, up to here
    while index < count:
        text, start, end = words[index]
        behind = words[index + 1].text if index + 1 < count else ""
        if text[0].isdigit() and (len(text) > 2 or behind not in _AFTER_DIGITS):
            yield Numeral(text, start, end, index, index, False, False)
            singles = singles + 1 if len(text) == 1 else 0
            index += 1
            continue
        is_candidate = text in NUMERALS or text[0].isdigit() or _COMPOUND.search(text)
        found = _numeral_at(words, index, singles) if is_candidate else None
        if found is None:
            singles = singles if text in FILLERS else 0
            index += 1
            continue
        yield found
        singles = singles + 1 if len(found.digits) == 1 else 0
        index = found.last + 1


def _numeral_at(words: list[Word], index: int, singles: int) -> Numeral | None:
    word = words[index]
    if word.text in REPEATS:
        return _repeated(words, index, index + 1, REPEATS[word.text])
    if word.text in HOMOPHONES:
        digits = str(HOMOPHONES[word.text])
        is_one = _is_among_digits(words, index, singles)
        return Numeral(digits, word.start, word.end, index, index) if is_one else None
    return _counted(words, index) or _cardinal(words, index)


def _is_among_digits(words: list[Word], index: int, singles: int) -> bool:
    """Not "nine to five thirty", but "one one to five"."""
    behind = [_is_single(word.text) for word in words[index + 1 : index + 3]]
    return singles > 0 and all(behind[:1]) and (singles > 1 or behind.count(True) > 1)


def _is_single(text: str) -> bool:
    return text in UNITS or text in HOMOPHONES or (text.isdecimal() and len(text) == 1)


def _counted(words: list[Word], index: int) -> Numeral | None:
    """ "four ones", "four times one"."""
    times = _small(words[index].text)
    if times is None or not 1 < times < 10 or index + 1 >= len(words):
        return None
    behind = words[index + 1]
    if behind.text in PLURALS:
        digits = str(PLURALS[behind.text]) * times
        return Numeral(digits, words[index].start, behind.end, index, index + 1)
    if behind.text in TIMES:
        return _repeated(words, index, index + 2, times)
    return None


def _repeated(words: list[Word], first: int, index: int, times: int) -> Numeral | None:
    """The number at `index` said so many times; an article may come before it."""
    if index < len(words) and words[index].text in ("die", "the", "a"):
        index += 1
    value = _small(words[index].text) if index < len(words) else None
    if value is None:
        return None
    return Numeral(str(value) * times, words[first].start, words[index].end, first, index)


def _cardinal(words: list[Word], index: int) -> Numeral | None:
    """The longest number of below a million that begins at `index`."""
    first = words[index]
    if _COMPOUND.search(first.text) and (value := _compound(first.text)) is not None:
        # "eintausend" may continue with "einhundertelf".
        longest = len(str(value)) + 1 if first.text.endswith(_GOES_ON) else 0
        place = (first.start, first.end, index, index)
        return Numeral(str(value), *place, is_amount=value >= 100, longest=longest)
    value, last = _below_hundred(words, index)
    is_amount = False
    while last + 1 < len(words) and (scale := SCALES.get(words[last + 1].text)):
        if value is not None and value >= scale:
            break
        value, last, is_amount = (1 if value is None else value) * scale, last + 1, True
        behind = last + 1
        if behind + 1 < len(words) and words[behind].text in AND:
            behind += 1
        rest, end = _below_hundred(words, behind)
        if rest is not None and words[behind].text not in HOMOPHONES:
            if end + 1 < len(words) and scale == 1000 and words[end + 1].text in _HUNDREDS:
                rest, end = rest * 100, end + 1
                more, more_end = _below_hundred(words, _past_and(words, end + 1))
                if more is not None:
                    rest, end = rest + more, more_end
            value, last = value + rest, end
        break
    if value is None:
        return None
    is_spoken = not first.text[0].isdigit()
    digits = str(value) if is_spoken or last > index else first.text
    place = (first.start, words[last].end, index, last)
    longest = sum(_length(word.text) for word in words[index : last + 1]) if last > index else 0
    return Numeral(digits, *place, is_amount, is_spoken, longest)


def _length(text: str) -> int:
    """How many digits a word is when it is read for itself."""
    if text in SCALES:
        return len(str(SCALES[text])) - 1
    value = _small(text)
    return 0 if value is None else len(str(value))


def _past_and(words: list[Word], index: int) -> int:
    return index + 1 if index + 1 < len(words) and words[index].text in AND else index


def _below_hundred(words: list[Word], index: int) -> tuple[int | None, int]:
    """(value, number of its last word) of "forty one", "einundvierzig", "ein und vierzig"."""
    if index >= len(words):
        return None, index - 1
    text = words[index].text
    value = _small(text)
    if value is None:
        return None, index - 1
    if text in TENS and index + 1 < len(words):
        unit = UNITS.get(words[index + 1].text, 0)
        behind = words[index + 2].text if index + 2 < len(words) else ""
        # "fifty, two times seven" is 5077.
        is_one = unit and behind not in TIMES and behind not in PLURALS
        return (value + unit, index + 1) if is_one else (value, index)
    if text in UNITS and value and index + 2 < len(words) and words[index + 1].text == "und":
        tens = TENS.get(words[index + 2].text, 0)
        return (value + tens, index + 2) if tens else (value, index)
    return value, index


def _small(text: str) -> int | None:
    """The number below a hundred that one word is."""
    if text in UNITS:
        return UNITS[text]
    if text in TEENS:
        return TEENS[text]
    if text in TENS:
        return TENS[text]
    if text.isdecimal() and len(text) <= 2:
        return int(text)
    value = _compound(text) if "und" in text else None
    return value if value is None or value < 100 else None


def _compound(word: str) -> int | None:
    """The number that a German word of several is: "einundvierzig", "viertausendeinhundertelf"."""
    return None if len(word) > _LONGEST_WORD else _known_compound(word)


@lru_cache(maxsize=4096)
def _known_compound(word: str) -> int | None:
    return _in_parts(word, "tausend", 1000, _below_thousand) or None


def _below_thousand(word: str) -> int | None:
    # "elfhundertelf" has more than nine hundreds.
    return _in_parts(word, "hundert", 100, _joined)


def _in_parts(word: str, name: str, size: int, part: Callable[[str], int | None]) -> int | None:
    """So many of `name`, one where no number comes before it, and the rest."""
    many, is_named, rest = word.rpartition(name)
    value = 0
    if is_named:
        upper = part(many) if many else 1
        if upper is None:
            return None
        value = upper * size
    if not rest:
        return value
    lower = part(rest.removeprefix("und") if is_named else rest)
    return None if lower is None else value + lower


def _joined(word: str) -> int | None:
    """Below a hundred, as one German word."""
    if word in UNITS or word in TEENS or word in TENS:
        return UNITS.get(word, TEENS.get(word, TENS.get(word)))
    unit, is_joined, tens = word.partition("und")
    if is_joined and unit in UNITS and tens in TENS:
        return UNITS[unit] + TENS[tens]
    return None
