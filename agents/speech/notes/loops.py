"""Detects a model that repeats the same sentences, or the same sign. Pure."""

import re
from collections import deque
from typing import Final

MOST_SENTENCES: Final = 3  # of a loop
TIMES: Final = 2  # that they are said
FEWEST_WORDS: Final = 3  # of a loop: "No. No. No." is none
# "GGGGGGGG": what comes of numbers that overflow on a graphics card. Digits are no sign of it: a
# card is 4111111111111111, and a billion has many zeros.
_OF_SIGNS: Final = re.compile(r"([^\W\d_])\1{11}|([^\W_]{2,3})\2{15}|\b(\w{1,12})(?: \3\b){15}")


class Loop:
    """Reads the sentences of one answer. has_begun: some came once more than `TIMES` in a row."""

    def __init__(self) -> None:
        self.has_begun = False
        self._latest: deque[str] = deque(maxlen=MOST_SENTENCES * (TIMES + 1))

    def takes(self, sentence: str) -> bool:
        """Whether `sentence` belongs to a loop; then everything after it does."""
        self._latest.append(" ".join(sentence.lower().split()))
        self.has_begun = self.has_begun or _OF_SIGNS.search(self._latest[-1]) is not None
        self.has_begun = self.has_begun or any(map(self._repeats, range(1, MOST_SENTENCES + 1)))
        return self.has_begun

    def _repeats(self, size: int) -> bool:
        """Whether the last `size` sentences were said `TIMES` before."""
        if len(self._latest) < size * (TIMES + 1) or self._latest[-1] != self._latest[-1 - size]:
            return False
        said = list(self._latest)[-size * (TIMES + 1) :]
        is_loop = all(said[at] == said[at - size] for at in range(size, len(said)))
        return is_loop and sum(len(each.split()) for each in said[:size]) >= FEWEST_WORDS
