"""Sentences that must not be interrupted, such as a legal notice, and their place in a reply. Pure.

    sentences = sentences_in("In an emergency, hang up and call 911.")
    list(stretches([("Hello. ", 0, 800), ("In an emergency, hang up and call 911.", 800, 3000)],
                   sentences, is_complete=True))  # [(800, 3000)]

Words are compared, without case and punctuation.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from agents.settings.kinds import Problem
from agents.settings.kinds import translatable as _

MOST: Final = 20
LONGEST: Final = 300  # characters of one: some twenty seconds that a caller has to hear
TEXT: Final = MOST * (LONGEST + 1)
# Of a sentence that is still being made so many words tell that it is one of these.
FIRST_WORDS: Final = 3
_WORD: Final = re.compile(r"\w+")

Sentences = tuple[tuple[str, ...], ...]  # of each its words
Piece = tuple[str, int, int]  # a text, and from where to where it is said, ms of the reply


def sentences_in(text: str) -> Sentences:
    """The sentences in `text`, one per line, at most MOST."""
    listed = (_words(line) for line in text.splitlines())
    return tuple(words for words in listed if words)[:MOST]


def fault_in_sentences(text: str) -> Problem | None:
    """What is wrong with a text of such sentences; None when it is valid."""
    lines = [line.strip() for line in text.splitlines()]
    if sum(map(bool, lines)) > MOST:
        return _("At most %(limit)d sentences, one per line"), {"limit": MOST}
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST:
            said = _("Line %(line)d: at most %(limit)d characters in a sentence.")
            return said, {"line": number, "limit": LONGEST}
        if line and not _words(line):
            return _("Line %(line)d: write a sentence with words in it."), {"line": number}
    return None


def stretches(
    pieces: Sequence[Piece], sentences: Sentences, *, is_complete: bool
) -> Iterator[tuple[int, int]]:
    """The intervals, in ms of the reply, in which one of `sentences` is said; unordered.

    A piece in which a sentence begins or ends is included as a whole: the exact position in the
    audio is unknown. is_complete: there are no more pieces. Until then the newest words may be the
    first of such a sentence. Overlapping occurrences count once.
    """
    said = [(word, at) for at, piece in enumerate(pieces) for word in _words(piece[0])]
    words = tuple(word for word, _at in said)
    # Compared as one text: word by word a reply that repeats itself takes the loop 35 ms.
    text = f" {' '.join(words)} "
    number_at = {0: 0}  # of each word, by the position of the blank before it
    for number, word in enumerate(words):
        number_at[1 + len(word) + next(reversed(number_at))] = number + 1
    for sentence in sentences:
        size, sought = len(sentence), f" {' '.join(sentence)} "
        found = text.find(sought)
        while found >= 0:
            begin = number_at[found]
            yield pieces[said[begin][1]][1], pieces[said[begin + size - 1][1]][2]
            found = text.find(sought, found + len(sought) - 1)
        if is_complete:
            continue
        for known in range(min(size - 1, len(words)), FIRST_WORDS - 1, -1):
            if words[-known:] == sentence[:known]:
                yield pieces[said[-known][1]][1], pieces[-1][2]
                break


def rests(heard: str, sentences: Sentences) -> Sentences:
    """What is left of those of `sentences` of which `heard` may end with the beginning."""
    words = _words(heard[-LONGEST:])
    return tuple(
        sentence[known:]
        for sentence in sentences
        for known in range(min(len(sentence) - 1, len(words)), 0, -1)
        if words[-known:] == sentence[:known]
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(unicodedata.normalize("NFC", text).casefold()))
