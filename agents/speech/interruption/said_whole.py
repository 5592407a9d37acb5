"""Sentences that must not be interrupted, such as a legal notice, and their place in a reply. Pure.

    sentences = sentences_in("In an emergency, hang up and call 911.")
    list(stretches([("Hello. ", 0, 800), ("In an emergency, hang up and call 911.", 800, 3000)],
                   sentences, is_complete=True))  # [(800, 3000)]

Words are compared, without case and punctuation.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from agents.settings.kinds import Problem
from agents.settings.kinds import translatable as _

MOST: Final = 20
LONGEST: Final = 300  # characters of one: some twenty seconds that a caller has to hear
MOST_WORDS: Final = LONGEST // 2  # of one
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
    said = _Said(pieces)
    for sentence in sentences:
        begin = said.find(sentence)
        while begin is not None:
            yield said.stretch(begin, len(sentence))
            begin = said.find(sentence, begin + len(sentence))
        if not is_complete and (known := said.begins_at_its_end(sentence)):
            yield said.stretch(len(said.words) - known, known)


def stretch_of_rest(
    pieces: Sequence[Piece], heard: str, sentences: Sentences, apology: str, *, is_complete: bool
) -> tuple[int, int] | None:
    """The interval in which the rest is said of one of `sentences`, whose beginning was `heard`.

    It begins in the first piece, or in the first behind `apology`: the same words later in the
    reply are others. None if there is no rest. is_complete: as in `stretches`.
    """
    said = _Said(pieces)
    excuse = _words(apology)
    first = len(excuse) if said.words[: len(excuse)] == excuse else 0
    found = []
    for rest in _rests(heard, sentences):
        begin, size = said.find(rest, first), len(rest)
        if begin is None and not is_complete and (size := said.begins_at_its_end(rest)):
            begin = len(said.words) - size
        if begin is not None and said.piece_of[begin] == said.piece_of[first]:
            found.append((begin, size))
    return said.stretch(*min(found)) if found else None


def _rests(heard: str, sentences: Sentences) -> Sentences:
    """What is left of those of `sentences` of which `heard` ends with the beginning.

    Of each the shortest rest: of a longer one it is the end.
    """
    words = _words(heard[-LONGEST:])
    begun = ((sentence, _last_as_first(words, sentence)) for sentence in sentences)
    return tuple(sentence[known:] for sentence, known in begun if known)


class _Said:
    """The words of a reply. piece_of: of each word the number of its piece."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        said = [(word, at) for at, piece in enumerate(pieces) for word in _words(piece[0])]
        self.words = tuple(word for word, _at in said)
        self.piece_of = [at for _word, at in said]
        # Compared as one text: word by word a reply that repeats itself takes the loop 35 ms.
        self._text = f" {' '.join(self.words)} "
        lengths = (1 + len(word) for word in self.words)
        self._blanks = list(accumulate(lengths, initial=0))  # before each word, and at the end
        self._number_at = {blank: number for number, blank in enumerate(self._blanks)}

    def find(self, sentence: tuple[str, ...], first: int = 0) -> int | None:
        """The number of the word with which `sentence` begins, from `first` on."""
        found = self._text.find(f" {' '.join(sentence)} ", self._blanks[first])
        return self._number_at[found] if found >= 0 else None

    def begins_at_its_end(self, sentence: tuple[str, ...]) -> int:
        """How many of the newest words seem to begin `sentence`; 0 for none."""
        known = _last_as_first(self.words, sentence)
        return known if known >= FIRST_WORDS else 0

    def stretch(self, begin: int, size: int) -> tuple[int, int]:
        """Where the pieces of so many words from `begin` on are said, ms of the reply."""
        first, last = self.piece_of[begin], self.piece_of[begin + size - 1]
        return self._pieces[first][1], self._pieces[last][2]


def _last_as_first(words: tuple[str, ...], sentence: tuple[str, ...]) -> int:
    """How many of the last `words` are the first of `sentence`, at most all but one of it."""
    most = min(len(sentence) - 1, len(words), MOST_WORDS)
    return next((n for n in range(most, 0, -1) if words[-n:] == sentence[:n]), 0)


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(unicodedata.normalize("NFC", text).casefold()))
