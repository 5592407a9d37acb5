"""Finds the parameter that a server has refused in its error message. Pure.

There is no one form of such an error: a `param`, a list of locations, a sentence, a page of text.
What they have in common is that the name of the parameter, or its value, is in them.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

STATUSES: Final = frozenset({400, 406, 415, 422, 500, 501})  # that refuse a request as it is
READ_CHARACTERS: Final = 4_000  # of what the server says
MOST_WORDS: Final = 40  # that are looked for at once


def names(said: str, words: Iterable[str]) -> bool:
    """Whether one of `words` is in `said`, as a word of its own in any spelling.

    words: the first MOST_WORDS of them are looked for.
    """
    text = said[:READ_CHARACTERS].lower().replace("-", "_")
    return any(
        re.search(rf"(?<![a-z0-9_]){re.escape(word.lower())}(?![a-z0-9_])", text)
        for word in islice(words, MOST_WORDS)
    )


def next_value(said: str, offered: Sequence[str], tried: Iterable[str]) -> str:
    """What to send in the place of a refused value: the first of `offered` that `said` lists.

    When it lists none, the first that was not tried; "" when all were. MOST_WORDS are offered.
    """
    known = set(tried)
    left = [value for value in offered[:MOST_WORDS] if value not in known]
    listed = [value for value in left if names(said, [value])]
    return next(iter(listed or left), "")
