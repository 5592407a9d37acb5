"""The spoken length of a written text: "$1,299.99" takes as long as seven words. Pure.

An estimate, used to find which part of the written text was heard.
"""

from bisect import bisect_right
from typing import Final

# Of the numbers, prices, times and dates in the tests of this package a digit becomes 5 to 8
# characters, in English and in German; a sign becomes a word ("percent", "dollars", "at").
PER_DIGIT: Final = 6
PER_SIGN: Final = 7
_DIGITS: Final = "0123456789"
_SIGNS: Final = "$€£%§@&°"


def said_length(text: str) -> int:
    """How many characters a voice says for `text`."""
    digits, signs = sum(map(text.count, _DIGITS)), sum(map(text.count, _SIGNS))
    return len(text) + (PER_DIGIT - 1) * digits + (PER_SIGN - 1) * signs


def said_until(text: str, share: float) -> int:
    """How many characters of `text` lie in the first `share` (0..1) of its spoken form."""
    reached = said_length(text) * share
    lengths = range(1, len(text) + 1)
    return bisect_right(lengths, reached, key=lambda length: said_length(text[:length]))
