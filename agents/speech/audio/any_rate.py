"""Converts audio of any sample rate to mu-law at 8 kHz, or PCM at 16 kHz.

The usual rates go through `ToTelephone` and `ToWide`, which hold back 4 and 2 ms and keep a filter
for each rate in memory. A file can name any rate: unusual ones go through soxr, which keeps no
filters in memory and holds back 80-150 ms.
"""

from typing import Final, Protocol

import numpy as np
import soxr

from agents.speech.audio import mulaw
from agents.speech.audio.resample import WIDE_RATE, Encode, ToTelephone, ToWide, pcm_bytes

USUAL_RATES: Final = frozenset(
    {8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000}
)


class Stream(Protocol):
    """16-bit little-endian mono PCM becomes sound of one kind, in chunks of any length."""

    def push(self, pcm: bytes) -> bytes:
        """The audio that `pcm` completes; it may be empty."""
        ...

    def flush(self) -> bytes:
        """The rest of the stream; nothing may be pushed after it."""
        ...


def to_telephone(rate: int) -> Stream:
    """A stream from `rate` hertz, 4,000 or more, to mu-law 8 kHz."""
    return ToTelephone(rate) if rate in USUAL_RATES else _OddRate(rate, mulaw.RATE, mulaw.encode)


def to_wide(rate: int) -> Stream:
    """A stream from `rate` hertz, 4,000 or more, to 16-bit little-endian PCM at 16 kHz."""
    return ToWide(rate) if rate in USUAL_RATES else _OddRate(rate, WIDE_RATE, pcm_bytes)


class _OddRate:
    def __init__(self, rate: int, to: int, encode: Encode) -> None:
        self._stream = soxr.ResampleStream(rate, to, 1, dtype="int16")
        self._encode = encode
        self._part = b""  # the first byte of a sample whose second has not come

    def push(self, pcm: bytes) -> bytes:
        pcm = self._part + pcm
        even = len(pcm) & ~1
        self._part = pcm[even:]
        return self._encode(self._stream.resample_chunk(np.frombuffer(pcm[:even], dtype="<i2")))

    def flush(self) -> bytes:
        return self._encode(self._stream.resample_chunk(np.zeros(0, dtype=np.int16), last=True))
