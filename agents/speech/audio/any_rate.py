"""Sound at any rate made the telephone's, or PCM at 16 kHz.

The usual rates go through `ToTelephone` and `ToWide`, which hold nothing back and keep a filter
for each rate. A file can name any rate at all; the odd ones go through soxr, which keeps none.
"""

from typing import Final, Protocol

import numpy as np
import soxr
from numpy.typing import NDArray

from agents.speech.audio import mulaw
from agents.speech.audio.resample import WIDE_RATE, ToTelephone, ToWide

USUAL_RATES: Final = frozenset(
    {8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000}
)


class Stream(Protocol):
    """16-bit little-endian mono PCM becomes sound of one kind, in chunks of any length."""

    def push(self, pcm: bytes) -> bytes:
        """The sound that `pcm` completes; it may be empty."""
        ...

    def flush(self) -> bytes:
        """The rest of the stream; nothing may be pushed after it."""
        ...


def to_telephone(rate: int) -> Stream:
    """A stream from `rate` hertz, 4,000 or more, to mu-law 8 kHz."""
    return ToTelephone(rate) if rate in USUAL_RATES else _FromOddRate(rate)


def to_wide(rate: int) -> Stream:
    """A stream from `rate` hertz, 4,000 or more, to 16-bit little-endian PCM at 16 kHz."""
    return ToWide(rate) if rate in USUAL_RATES else _ToWideFromOddRate(rate)


class _OddRate:
    def __init__(self, rate: int, to: int) -> None:
        self._stream = soxr.ResampleStream(rate, to, 1, dtype="int16")
        self._part = b""  # the first byte of a sample whose second has not come

    def _push(self, pcm: bytes) -> NDArray[np.int16]:
        pcm = self._part + pcm
        even = len(pcm) & ~1
        self._part = pcm[even:]
        return self._resampled(np.frombuffer(pcm[:even], dtype="<i2"))

    def _flush(self) -> NDArray[np.int16]:
        return self._resampled(np.zeros(0, dtype=np.int16), is_last=True)

    def _resampled(self, samples: NDArray[np.int16], *, is_last: bool = False) -> NDArray[np.int16]:
        made: NDArray[np.int16] = self._stream.resample_chunk(samples, last=is_last)
        return made


class _FromOddRate(_OddRate):
    def __init__(self, rate: int) -> None:
        super().__init__(rate, mulaw.RATE)

    def push(self, pcm: bytes) -> bytes:
        return mulaw.encode(self._push(pcm))

    def flush(self) -> bytes:
        return mulaw.encode(self._flush())


class _ToWideFromOddRate(_OddRate):
    def __init__(self, rate: int) -> None:
        super().__init__(rate, WIDE_RATE)

    def push(self, pcm: bytes) -> bytes:
        return self._push(pcm).astype("<i2").tobytes()

    def flush(self) -> bytes:
        return self._flush().astype("<i2").tobytes()
