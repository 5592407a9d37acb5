"""Word error rate between what was said and what was heard, numbers counted digit by digit."""

import re
from typing import Final

import numpy as np

_NUMBERS: Final = {
    word: str(number)
    for number, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    )
} | {"oh": "0", "thirty": "30", "mr": "mister"}


def spoken(text: str) -> list[str]:
    """The words of `text` as they sound: lower case, no punctuation, "29340" as five digits."""
    text = re.sub(r"\b([ap])\.\s?m\b\.?", r"\1m", text.lower().replace("’", "'"))
    words = re.sub(r"[^a-z0-9' ]", " ", re.sub(r"(?<=\d)(?=[ap]m)", " ", text)).split()
    heard = []
    for word in (_NUMBERS.get(word, word) for word in words):
        # "10 of clubs" and "2 30 pm" are numbers; longer strings are read digit by digit.
        is_one_number = word in {"10", "30"}
        heard += list(word) if word.isdigit() and not is_one_number else [word]
    return heard


def errors(said: str, heard: str) -> tuple[int, int]:
    """Insertions, deletions and substitutions that make `heard` of `said`; words in `said`."""
    wanted, got = spoken(said), spoken(heard)
    distance = np.arange(len(got) + 1)
    for row, word in enumerate(wanted, start=1):
        before = distance.copy()
        distance[0] = row
        for column, other in enumerate(got, start=1):
            distance[column] = min(
                before[column] + 1, distance[column - 1] + 1, before[column - 1] + (word != other)
            )
    return int(distance[-1]), len(wanted)
