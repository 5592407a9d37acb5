"""Compares two versions of an agent line by line and word by word. Pure.

Called by `agents.versions.comparing` in the compiler's process.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest
from typing import Final, NamedTuple

# Longer texts and lines are not compared, and shown completely, old and new.
MAX_LINES: Final = 1_000
MAX_WORDS: Final = 1_000
# The limit of work: the time grows with the number of equal pairs for each chosen piece, about 30
# ns each. Beyond the limit the rest is shown completely.
WORK: Final = 1_000_000
# Lines with less in common are shown one after the other.
ALIKE: Final = 0.4
_WORDS: Final = re.compile(r"\s+|\w+|[^\w\s]")


class Change(StrEnum):
    """The kinds of changes of a piece."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


class Piece(NamedTuple):
    """Some words of a line, and their change."""

    change: Change
    text: str


DiffLine = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One changed field; lines: old and new text, interleaved."""

    field: str
    lines: tuple[DiffLine, ...]


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    """The changed fields, in the order of `after`, then removed ones.

    before, after: texts by field; one that is missing is as an empty text.
    """
    names = [*after, *(name for name in before if name not in after)]
    patience = _Patience()
    return [
        Difference(name, tuple(_lines(before.get(name, ""), after.get(name, ""), patience)))
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]


class _Patience:
    """The limit of work for one page of differences."""

    def __init__(self) -> None:
        self._left = WORK

    def compare(
        self, old: Sequence[str], new: Sequence[str], *, most: int
    ) -> "SequenceMatcher[str] | None":
        """What compares the two; None when they are longer than `most`, or it is too much work."""
        if max(len(old), len(new)) > most:
            return None
        often = Counter(new)
        pairs = sum(often[each] for each in old)
        self._left -= pairs * min(len(old), len(new))
        return SequenceMatcher(None, old, new) if self._left >= 0 else None


def replaced(before: str, after: str) -> Iterator[DiffLine]:
    """All lines of the old text, then all of the new: takes no longer than reading them."""
    return _one_after_the_other(before.splitlines(), after.splitlines())


def _lines(before: str, after: str, patience: _Patience) -> Iterator[DiffLine]:
    old, new = before.splitlines(), after.splitlines()
    matcher = patience.compare(old, new, most=MAX_LINES)
    if matcher is None:
        yield from _one_after_the_other(old, new)
        return
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            yield from ((Piece(Change.SAME, line),) for line in old[a:b])
        else:
            yield from _changed(old[a:b], new[c:d], patience)


def _changed(old: Sequence[str], new: Sequence[str], patience: _Patience) -> Iterator[DiffLine]:
    for was, now in zip_longest(old, new):
        if was is None or now is None:
            yield from _one_after_the_other([was] if was else [], [now] if now else [])
        else:
            yield from _mixed(was, now, patience)


def _mixed(was: str, now: str, patience: _Patience) -> Iterator[DiffLine]:
    old, new = _WORDS.findall(was), _WORDS.findall(now)
    matcher = patience.compare(old, new, most=MAX_WORDS)
    if matcher is not None and matcher.ratio() >= ALIKE:
        yield tuple(_pieces(matcher, old, new))
        return
    yield from _one_after_the_other([was], [now])


def _pieces(
    matcher: "SequenceMatcher[str]", old: Sequence[str], new: Sequence[str]
) -> Iterator[Piece]:
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            yield Piece(Change.SAME, "".join(old[a:b]))
            continue
        if a < b:
            yield Piece(Change.REMOVED, "".join(old[a:b]))
        if c < d:
            yield Piece(Change.ADDED, "".join(new[c:d]))


def _one_after_the_other(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    yield from ((Piece(Change.REMOVED, line),) for line in old if line)
    yield from ((Piece(Change.ADDED, line),) for line in new if line)
