"""Compares two texts word by word. Pure."""

import re
from difflib import SequenceMatcher
from typing import Final, NamedTuple

MAX_WORDS: Final = 200  # nobody says more in ten seconds
_SIGNS: Final = re.compile(r"[\W_]+")


class Word(NamedTuple):
    """A word as it was written, and whether the other text has another one or none there."""

    text: str
    differs: bool


def side_by_side(one: str, other: str) -> tuple[list[Word], list[Word]]:
    """The words of both. Capitals and punctuation are no difference."""
    words = one.split()[:MAX_WORDS], other.split()[:MAX_WORDS]
    keys = [[_SIGNS.sub("", word.casefold()) for word in side] for side in words]
    matcher = SequenceMatcher(a=keys[0], b=keys[1], autojunk=False)
    same = matcher.get_matching_blocks()
    kept = (
        {block.a + at for block in same for at in range(block.size)},
        {block.b + at for block in same for at in range(block.size)},
    )
    marked = [
        [Word(word, at not in kept[side]) for at, word in enumerate(words[side])] for side in (0, 1)
    ]
    return marked[0], marked[1]
