"""How long a written text is once it is said: "$1,299.99" takes as long as seven words. Pure.

An estimate, so that what was heard of a piece of sound can be found in the written text.
"""

import re
from itertools import accumulate
from typing import Final

# Of the numbers, prices, times and dates in the tests of this package a digit becomes 5 to 8
# characters, in English and in German; a sign becomes a word ("percent", "dollars", "at").
PER_DIGIT: Final = 6
PER_SIGN: Final = 7
_LONG: Final = re.compile(r"[0-9$€£%§@&°]")


def said_length(text: str) -> int:
    """The characters that a voice says for `text`."""
    return len(text) + sum(map(_more, _LONG.findall(text)))


def said_until(text: str, share: float) -> int:
    """How many characters of `text` lie in the first `share` (0..1) of what is said of it."""
    if _LONG.search(text) is None:
        return int(len(text) * share)
    ends = list(accumulate(1 + (_more(c) if _LONG.match(c) else 0) for c in text))
    reached = ends[-1] * share
    return sum(1 for end in ends if end <= reached)


def _more(character: str) -> int:
    return (PER_DIGIT if character.isdigit() else PER_SIGN) - 1
