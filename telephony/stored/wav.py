"""Recordings as WAV files: the header, and HTTP byte ranges. Pure."""

import re
import struct
from dataclasses import dataclass
from typing import Final

_MULAW: Final = 7  # WAVE_FORMAT_MULAW, RFC 2361
_CHANNELS: Final = 2
_RATE: Final = 8_000
HEADER_BYTES: Final = 58
_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)


class RangeNotSatisfiable(ValueError):
    """The range lies outside of the file."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes `first` to `last` of a file, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes these are."""
        return self.last - self.first + 1


def header(size: int) -> bytes:
    """The HEADER_BYTES that go before `size` bytes of interleaved stereo mu-law at 8 kHz."""
    form = struct.pack("<HHIIHHH", _MULAW, _CHANNELS, _RATE, _RATE * _CHANNELS, _CHANNELS, 8, 0)
    fact = struct.pack("<I", size // _CHANNELS)
    chunks = _chunk(b"fmt ", form) + _chunk(b"fact", fact) + struct.pack("<4sI", b"data", size)
    return struct.pack("<4sI4s", b"RIFF", 4 + len(chunks) + size, b"WAVE") + chunks


def wanted_range(text: str, *, size: int) -> ByteRange | None:
    """The range that a `Range` header requests of a file of `size` bytes, which is not empty.

    None: the whole file, also for unknown units and multiple ranges (RFC 9110, 14.2). Raises
    RangeNotSatisfiable.
    """
    found = _RANGE.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:  # a suffix range
        if int(last) == 0:
            raise RangeNotSatisfiable
        return ByteRange(max(0, size - int(last)), size - 1)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise RangeNotSatisfiable
    return ByteRange(int(first), min(int(last), size - 1) if last else size - 1)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", name, len(content)) + content
