"""Takes the compression or the encoding off a body of which the server did not say it. Pure.

A proxy that drops `Content-Encoding` leaves gzip; programs on Windows write UTF-16.
"""

import codecs
import zlib
from typing import Final

LOOKED_AT: Final = 4  # bytes by which it is known
# Of what one piece becomes: a few hundred bytes may be a hundred thousand times as long.
MOST_AT_ONCE: Final = 1_048_576
# Bodies of gzip one behind the other, which are one: in a piece of a body.
MOST_MEMBERS: Final = 200

_GZIP: Final = b"\x1f\x8b\x08"
_WITH_HEADER: Final = 16 + zlib.MAX_WBITS  # as zlib names the form of gzip
_ENCODINGS: Final = (
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"d\0a\0", "utf-16-le"),
    (b"\0d\0a", "utf-16-be"),
    (b'{\0"\0', "utf-16-le"),
    (b'\0{\0"', "utf-16-be"),
)
_BEGINNINGS: Final = (_GZIP, *(beginning for beginning, _ in _ENCODINGS))


class NotReadable(ValueError):
    """It is damaged, or far too long."""


class PlainBytes:
    """One body, in pieces. is_text: it can be no sound, so UTF-16 is looked for as well."""

    def __init__(self, *, is_text: bool = True) -> None:
        self._is_text = is_text
        self._is_known = False
        self._held = b""
        self._packed: zlib._Decompress | None = None
        self._is_over = False  # what comes behind it is none of it
        self._letters: codecs.IncrementalDecoder | None = None

    def push(self, piece: bytes) -> bytes:
        """What `piece` adds to the plain body. Raises NotReadable."""
        if not self._is_known:
            piece, self._held = self._held + piece, b""
            if len(piece) < LOOKED_AT and any(each.startswith(piece) for each in _BEGINNINGS):
                self._held = piece
                return b""
            self._look_at(piece)
        if self._packed is None and self._letters is None:
            return piece
        return self._plain(piece)

    def flush(self) -> bytes:
        """The body has ended: what was held back. Raises NotReadable if it was cut."""
        held, self._held = self._held, b""
        if self._packed is not None and (held or not self._packed.eof):
            raise NotReadable("cut")
        return held

    def _look_at(self, first: bytes) -> None:
        self._is_known = True
        if first.startswith(_GZIP):
            self._packed = zlib.decompressobj(_WITH_HEADER)
            return
        encoding = next((name for sign, name in _ENCODINGS if first.startswith(sign)), "")
        if encoding and self._is_text:
            self._letters = codecs.getincrementaldecoder(encoding)("replace")

    def _plain(self, piece: bytes) -> bytes:
        if self._letters is not None:
            return self._letters.decode(piece).encode("utf-8", "replace")
        try:
            return self._unpacked(piece)
        except zlib.error as error:
            raise NotReadable(str(error)) from None

    def _unpacked(self, piece: bytes) -> bytes:
        plain = bytearray()
        for _ in range(MOST_MEMBERS):
            if self._packed is None or self._packed.eof:
                piece, self._held = self._held + piece, b""
                if self._is_over or _GZIP.startswith(piece):
                    self._held = b"" if self._is_over else piece
                    return bytes(plain)
                if not piece.startswith(_GZIP):
                    self._is_over = True
                    return bytes(plain)
                self._packed = zlib.decompressobj(_WITH_HEADER)
            # One byte more than allowed: no limit at all is written as 0.
            plain += self._packed.decompress(piece, MOST_AT_ONCE - len(plain) + 1)
            if self._packed.unconsumed_tail or len(plain) > MOST_AT_ONCE:
                break
            piece = self._packed.unused_data
            if not piece:
                return bytes(plain)
        raise NotReadable("more than any answer needs")


def plain(body: bytes) -> bytes:
    """A whole body. Raises NotReadable."""
    reader = PlainBytes()
    return reader.push(body) + reader.flush()
