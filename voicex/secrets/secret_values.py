"""Finds and replaces the values of known secrets in text.

Only hashes of parts of secrets are kept in memory, never a secret itself: Python's hash of text,
which has a random key in each process.
"""

import hashlib
import os
import re
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Final

from voicex.bounds import bounded_json

# The length of a part: so many consecutive characters of a secret must not be shown.
PART: Final = 10
# The length of a gram. Every part contains a whole gram that starts at a multiple of this length:
# so a text is checked at a fifth of its positions, and more closely only where a gram is known.
GRAM: Final = 5
# A shorter value is indistinguishable from an ordinary word.
SHORTEST: Final = 4
MAX_PARTS: Final = 200_000  # some 26 MB; a service account has 3,400 parts, other keys about 100
MAX_CHARACTERS: Final = 20_000  # of one secret that is checked

# What is secret in the JSON of a service account; its addresses and names are not.
_SECRET_FIELDS: Final = ("private_key", "private_key_id", "client_secret", "refresh_token")
_ENVELOPE: Final = re.compile(r"-----(?:BEGIN|END)[^\n]*-----")
_LINE_END: Final = re.compile(r"[\r\n]+|\\r|\\n")
_WORDS: Final = re.compile(rf"\S{{{PART},}}")
_EVERYTHING: Final = re.compile(rf"[\s\S]{{{PART},}}")


class SecretValues:
    """The registered secrets; the least recently used are evicted when there are too many.

    Safe on any thread. `hide` takes time in proportion to its text, however many there are.
    """

    def __init__(self, *, max_parts: int = MAX_PARTS, public: Iterable[str] = ()) -> None:
        """public: texts that are never hidden, even if a client stores one as a key."""
        self._max_parts = max_parts
        self._public = frozenset(each for text in public for each in _hashes(text))
        self._lock = Lock()
        self._digest_key = os.urandom(16)
        self._kept: OrderedDict[bytes, tuple[int, ...]] = OrderedDict()
        self._kept_parts = 0
        # Counts of secrets by hash: of parts, of grams, and of whole values shorter than a part.
        self._parts: Counter[int] = Counter()
        self._short_lengths: frozenset[int] = frozenset()
        self._shortest = PART  # the shortest text that could show a secret
        # Secrets without blanks are found within words, most of which are too short to be checked.
        self._candidates = _WORDS

    def register(self, value: str, *, for_ever: bool = False) -> None:
        """Hide `value` from now on. Of a service account's JSON, its secret fields.

        for_ever: it is never evicted, and may be short or contain blanks. Other secrets must be
        long and without blanks, so that a sentence stored as a key hides no ordinary words.
        """
        value = value[:MAX_CHARACTERS]
        digest = hashlib.blake2b(
            value.encode("utf-8", "surrogatepass"), key=self._digest_key, digest_size=16
        ).digest()
        with self._lock:
            if digest in self._kept:
                self._kept.move_to_end(digest)
                return
        pieces = [piece for piece in _pieces(value) if len(piece) >= SHORTEST]
        if not for_ever:
            words = (word for piece in pieces for word in piece.split())
            pieces = [word for word in words if len(word) >= PART]
        hashes = tuple({each for piece in pieces for each in _hashes(piece)} - self._public)
        with self._lock:
            if digest in self._kept:
                return  # another thread was faster
            self._add(pieces, hashes)
            if not for_ever:
                self._kept[digest] = hashes
                self._kept_parts += len(hashes)
                self._let_go()

    def _add(self, pieces: list[str], hashes: tuple[int, ...]) -> None:
        self._parts.update(hashes)
        short = [piece for piece in pieces if len(piece) < PART]
        self._short_lengths |= {len(piece) for piece in short}
        self._shortest = min(self._shortest, *(len(piece) for piece in short), PART)
        if any(re.search(r"\s", piece) for piece in pieces):
            self._candidates = _EVERYTHING

    def _let_go(self) -> None:
        while self._kept_parts > self._max_parts and len(self._kept) > 1:
            _digest, gone = self._kept.popitem(last=False)
            self._kept_parts -= len(gone)
            for each in gone:
                self._parts[each] -= 1
                if not self._parts[each]:
                    del self._parts[each]

    def hide(self, text: str, *, replacement: str) -> str:
        """`text` with each occurrence of PART or more characters of a secret replaced."""
        if len(text) < self._shortest:
            return text
        spans = self._spans(text)
        if not spans:
            return text
        shown: list[str] = []
        at = 0
        for start, end in spans:
            if start > at or not shown:
                shown += [text[at:start], replacement]
            at = max(at, end)
        return "".join([*shown, text[at:]])

    def _spans(self, text: str) -> list[tuple[int, int]]:
        """The spans of parts of secrets in `text`, in order; they may overlap."""
        parts = self._parts
        found: list[tuple[int, int]] = []
        for word in self._candidates.finditer(text):
            begin, end = word.span()
            for at in range(begin, end - GRAM + 1, GRAM):
                if hash(text[at : at + GRAM]) in parts:
                    found += self._around(text, at, begin, end)
        for length in self._short_lengths:
            found += self._whole(text, length)
        return sorted(found)

    def _around(self, text: str, at: int, begin: int, end: int) -> Iterable[tuple[int, int]]:
        """Parts of secrets that hold the gram at `at`, between `begin` and `end`."""
        return (
            (start, start + PART)
            for start in range(max(begin, at + GRAM - PART), min(at, end - PART) + 1)
            if hash(text[start : start + PART]) in self._parts
        )

    def _whole(self, text: str, length: int) -> Iterable[tuple[int, int]]:
        """The spans of secrets of `length` characters that are whole words."""
        return (
            (start, start + length)
            for start in range(len(text) - length + 1)
            if hash(text[start : start + length]) in self._parts
            and not text[start - 1 : start].isalnum()
            and not text[start + length : start + length + 1].isalnum()
        )


def _pieces(value: str) -> list[str]:
    """The secret lines of `value`: keys in PEM format are printed in lines."""
    secrets = [value]
    if value.lstrip().startswith("{"):
        try:
            content = bounded_json.loads(value, max_bytes=len(value) * 4)
            secrets = [
                text for name in _SECRET_FIELDS if isinstance(text := content.get(name), str)
            ]
        except (ValueError, RecursionError):
            pass  # no JSON after all: then the whole text is the secret
    return [
        piece.strip()
        for text in secrets
        for piece in _LINE_END.split(_ENVELOPE.sub("\n", text))
        if piece.strip()
    ]


def _hashes(piece: str) -> Iterator[int]:
    if len(piece) < PART:
        yield hash(piece)
        return
    for start in range(len(piece) - GRAM + 1):
        yield hash(piece[start : start + GRAM])
        if start <= len(piece) - PART:
            yield hash(piece[start : start + PART])
