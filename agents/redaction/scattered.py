"""Card numbers whose parts are said with other words between them, in one turn or in several.

"The first four are 4111, the next four are 1111, ..." is no chain (`chains.py`): any word is
allowed here between two parts. So more must speak for a card than a few digits: that one is spoken
of, or that parts of a number are announced, and the parts must be those of a card.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from agents.engines.conversation import Role
from agents.redaction import cards
from agents.redaction.cues import Cue
from agents.redaction.runs import Run
from agents.redaction.texts import Place, Text

_APART: Final = 6  # texts, of both, from one part to the next
_TEXTS_BEFORE: Final = 3  # in which a card was spoken of, for a number to be one's
_FEWEST: Final = 3  # digits of a part; "the next four" is none
_YEAR: Final = 4  # digits of one, as it is written
_ANNOUNCING: Final = frozenset((Cue.PART, Cue.DIGITS))
_DIGITS: Final = frozenset((Cue.DIGITS,))
_OTHER_NUMBERS: Final = frozenset((Cue.NAMED, Cue.TELEPHONE))
_OTHERS: Final = _OTHER_NUMBERS | frozenset((Cue.CODE, Cue.EXPIRY))
# Where the parts of a card's number end when they are no fours, as an American Express's.
_ENDS: Final = (frozenset((4, 10, 15)), frozenset((4, 10, 14)))


@dataclass(frozen=True, slots=True)
class Scattered:
    """parts: runs that are parts of a card's number, or may be. firsts: the first texts of those
    that may continue.
    """

    parts: frozenset[Place]
    firsts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A run that may be a part, and what announces it. is_number: it can hardly be else."""

    index: int
    number: int
    digits: str
    cues: frozenset[Cue]
    is_number: bool


def scattered(texts: Sequence[Text], *, is_over: bool) -> Scattered:
    """The parts of card numbers in `texts`; is_over: nothing more will be said."""
    speaks = [any(cue is Cue.CARD for cue, _ in text.scan.cues) for text in texts]
    places: set[Place] = set()
    firsts: list[int] = []
    for role in Role:
        parts = list(_parts(texts, role))
        for start, first in enumerate(parts):
            if not cards.may_start(first.digits):
                continue
            taken = _taken(parts, start, speaks)
            last = _together(parts, start)[-1]
            if not is_over and last.index + _APART >= len(texts):
                taken = taken or _open(parts, start, speaks)
                firsts += [first.index] if taken else []
            places.update((part.index, part.number) for part in taken)
    return Scattered(frozenset(places), tuple(firsts))


def _parts(texts: Sequence[Text], role: Role) -> Iterator[_Part]:
    for index, text in enumerate(texts):
        if text.role is not role:
            continue
        before = texts[index - 1] if index and texts[index - 1].role is not role else None
        asked = [cue for cue, _ in before.scan.cues] if before else []
        said: list[Cue] = []
        cues = iter([*text.scan.cues, (Cue.CARD, len(text.read))])
        cue, at = next(cues)
        for number, run in enumerate(text.scan.runs):
            while at < run.start:
                said.append(cue)
                cue, at = next(cues)
            if len(run.digits) < _FEWEST:  # "the next four are"
                continue
            if _may_be_a_part(text, run, said, asked):
                spoken = frozenset((*said, *asked))
                yield _Part(index, number, run.digits, spoken, not run.is_ordinary)
            asked, said = [], []


def _may_be_a_part(text: Text, run: Run, said: Sequence[Cue], asked: Sequence[Cue]) -> bool:
    """Whether the run may be one by its form, and by what is said before it or was asked for."""
    if len(run.digits) > cards.LONGEST or (said and said[-1] in _OTHER_NUMBERS):
        return False
    is_announced = not _ANNOUNCING.isdisjoint((*said, *asked))
    nearest = said or asked
    if not is_announced and Cue.CARD not in nearest and not _OTHERS.isdisjoint(nearest):
        return False
    return not run.is_ordinary or (is_announced and _is_like_a_part(text, run))


def _is_like_a_part(text: Text, run: Run) -> bool:
    """Whether a year, an amount or the like may be one: "then 1999", "erst 4111, am Ende ..."."""
    if run.is_dated:
        return run.end - run.start == _YEAR
    return not run.is_amount or text.read[run.end : run.end + 1] in (",", ";")


def _together(parts: Sequence[_Part], start: int) -> list[_Part]:
    """The parts from `start` on of which each is near the one before it, as far as a card goes."""
    taken = [parts[start]]
    length = len(parts[start].digits)
    for part in parts[start + 1 : start + 1 + cards.LONGEST // _FEWEST]:
        length += len(part.digits)
        if part.index - taken[-1].index > _APART or length > cards.LONGEST:
            break
        taken.append(part)
    return taken


def _taken(parts: Sequence[_Part], start: int, speaks: Sequence[bool]) -> list[_Part]:
    """The parts of a card's number from `start` on; none where they are none."""
    near = _together(parts, start)
    found: list[_Part] = []
    for end in range(2, len(near) + 1):
        some = near[:end]
        if _is_valid(some, speaks):
            return some
        if _is_misheard(some, speaks):
            found = some
    return found


def _is_valid(parts: Sequence[_Part], speaks: Sequence[bool]) -> bool:
    """Whether the check digit, and what is said around the parts, make them a card's number."""
    digits = "".join(part.digits for part in parts)
    if not cards.is_card(digits) or not _is_mixed(parts):
        return False
    is_grouped = _is_grouped(parts, is_whole=True)
    if _is_spoken_of(parts, speaks):
        return is_grouped or _has(parts, _DIGITS)
    return is_grouped and _has(parts, _DIGITS)


def _is_misheard(parts: Sequence[_Part], speaks: Sequence[bool]) -> bool:
    """Whether they are one of which a digit was not understood, or one that breaks off."""
    if not (_is_spoken_of(parts, speaks) and _is_grouped(parts) and _is_mixed(parts)):
        return False
    length = sum(len(part.digits) for part in parts)
    if length in (cards.USUAL, cards.USUAL - 1):
        return _has(parts[1:], _ANNOUNCING)
    return length > cards.MAY_STAY and _has(parts, _DIGITS)


def _open(parts: Sequence[_Part], start: int, speaks: Sequence[bool]) -> list[_Part]:
    """What may be the beginning of one, as long as more may be said."""
    near = _together(parts, start)
    is_likely = _is_spoken_of(near, speaks) or _has(near, _DIGITS)
    return near if is_likely and near[0].is_number and _is_grouped(near) else []


def _is_grouped(parts: Sequence[_Part], *, is_whole: bool = False) -> bool:
    """Whether they are the groups of a card: fours, or four, six and the rest."""
    ends = list(accumulate(len(part.digits) for part in parts))
    inner = ends[:-1] if is_whole else ends
    return all(end % 4 == 0 for end in inner) or any(each.issuperset(ends) for each in _ENDS)


def _is_mixed(parts: Sequence[_Part]) -> bool:
    """Whether they are more than years and amounts, and than one number said several times."""
    return any(part.is_number for part in parts) and len({part.digits for part in parts}) > 1


def _is_spoken_of(parts: Sequence[_Part], speaks: Sequence[bool]) -> bool:
    return any(speaks[max(0, parts[0].index - _TEXTS_BEFORE) : parts[-1].index + 1])


def _has(parts: Sequence[_Part], cues: frozenset[Cue]) -> bool:
    return any(not cues.isdisjoint(part.cues) for part in parts)
