"""Sound at any rate made the telephone's.

The usual rates go through `ToTelephone`, which holds nothing back and keeps a filter for each
rate. A file can name any rate at all; the odd ones go through soxr, which keeps none.
"""

from typing import Final, Protocol

import numpy as np
import soxr

from agents.speech.audio import mulaw
from agents.speech.audio.resample import ToTelephone

USUAL_RATES: Final = frozenset(
    {8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000}
)


class Stream(Protocol):
    """16-bit little-endian mono PCM becomes mu-law 8 kHz, in chunks of any length."""

    def push(self, pcm: bytes) -> bytes:
        """The mu-law audio that `pcm` completes; it may be empty."""
        ...

    def flush(self) -> bytes:
        """The rest of the stream; nothing may be pushed after it."""
        ...


def to_telephone(rate: int) -> Stream:
    """A stream from `rate` hertz, 4,000 or more."""
    return ToTelephone(rate) if rate in USUAL_RATES else _FromOddRate(rate)


class _FromOddRate:
    def __init__(self, rate: int) -> None:
        self._stream = soxr.ResampleStream(rate, mulaw.RATE, 1, dtype="int16")
        self._part = b""  # the first byte of a sample whose second has not come

    def push(self, pcm: bytes) -> bytes:
        pcm = self._part + pcm
        even = len(pcm) & ~1
        self._part = pcm[even:]
        samples = np.frombuffer(pcm[:even], dtype="<i2")
        return mulaw.encode(self._stream.resample_chunk(samples))

    def flush(self) -> bytes:
        return mulaw.encode(self._stream.resample_chunk(np.zeros(0, dtype=np.int16), last=True))
