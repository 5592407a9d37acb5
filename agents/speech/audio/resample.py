"""Sample rates: what speech-to-text wants, what the telephone wants, and what a browser can play.

Audio to a listener is a stream, and every millisecond held back is heard as silence, so
`ToTelephone` is a short windowed-sinc FIR of 4 ms on each side, and `ToWide` one of 2 ms. (soxr's
streams hold back 80-150 ms.) Audio for speech-to-text is a whole utterance, so soxr can be used.
"""

from collections.abc import Callable
from functools import cache
from math import gcd
from typing import Final

import numpy as np
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from agents.speech.audio import mulaw

STT_RATE: Final = 16_000
WIDE_RATE: Final = 16_000
# What is held back, in samples of what is made: 4 ms towards the telephone. Twice that in all
# gives 60 dB within 450 Hz there (Kaiser's formula), and within 900 Hz at twice its rate.
HALF_WIDTH: Final = 32
# Of the rate. 3700 Hz for the telephone: half way between its band edge, 3400 Hz, and what would
# fold back, 4000 Hz.
CUTOFF: Final = 0.4625
_KAISER_BETA: Final = 5.65  # 60 dB
FEW_ROWS: Final = 4  # of a filter's taps: as the rates have that are whole parts of others
_TAP_SCALE: Final = 1 << 18


def mulaw_to_pcm16k(audio: bytes) -> NDArray[np.float32]:
    """A whole utterance (mu-law 8 kHz) as float32 in [-1, 1] at 16 kHz."""
    samples = mulaw.decode_unit(audio)
    doubled: NDArray[np.float32] = soxr.resample(samples, mulaw.RATE, STT_RATE)
    return doubled.clip(-1.0, 1.0)


def pcm_to_mulaw(samples: NDArray[np.float32], rate: int) -> bytes:
    """Whole audio, float32 in [-1, 1] at `rate` Hz, as mu-law 8 kHz."""
    stream = ToTelephone(rate)
    return stream.push(pcm16_of(samples)) + stream.flush()


def pcm16_of(samples: NDArray[np.float32]) -> bytes:
    """Float32 in [-1, 1] as 16-bit little-endian PCM."""
    return (samples * 32767.0).clip(-32768, 32767).astype("<i2").tobytes()


Encode = Callable[[NDArray[np.int16]], bytes]


def pcm_bytes(samples: NDArray[np.int16]) -> bytes:
    """`samples` as 16-bit little-endian PCM."""
    return samples.astype("<i2").tobytes()


class _Resampled:
    """Converts one stream of 16-bit little-endian mono PCM from `rate` Hz to `to` Hz.

    The result does not depend on how the stream is cut into chunks, even inside a sample: taps
    and samples are integers, so every sum is exact.
    """

    def __init__(self, rate: int, to: int, encode: Encode) -> None:
        self._encode = encode
        self._up, self._down, self._bank = _filter_bank(rate, to)
        width = self._bank.shape[1]
        self._half = width // 2
        # Silence before the first sample lets output sample 0 stand on input sample 0.
        self._waiting = np.zeros(self._half, dtype=np.float64)
        self._part = b""  # the first byte of a sample whose second has not come
        self._received = 0  # input samples
        self._given = 0  # output samples
        self._dropped = -self._half  # stream position of self._waiting[0]

    def push(self, pcm: bytes) -> bytes:
        """The sound that `pcm` completes; it may be empty."""
        pcm = self._part + pcm
        even = len(pcm) & ~1
        self._part = pcm[even:]
        samples = np.frombuffer(pcm[:even], dtype="<i2").astype(np.float64)
        self._received += len(samples)
        return self._encode(self._filter(samples, until=None))

    def flush(self) -> bytes:
        """The rest of the stream; nothing may be pushed after it."""
        wanted = -(-self._received * self._up // self._down)
        return self._encode(self._filter(np.zeros(self._half + 1, dtype=np.float64), until=wanted))

    def _filter(self, samples: NDArray[np.float64], *, until: int | None) -> NDArray[np.int16]:
        self._waiting = np.concatenate((self._waiting, samples))
        width = self._bank.shape[1]
        if len(self._waiting) < width:
            return _NOTHING
        # The last output whose window, `width` samples from `start`, is all here.
        last_start = self._dropped + len(self._waiting) - width
        ready = ((last_start + self._half + 1) * self._up - 1) // self._down + 1
        numbers = np.arange(self._given, ready if until is None else min(ready, until))
        if not len(numbers):
            return _NOTHING
        position = numbers * self._down
        starts = position // self._up - self._half - self._dropped
        filtered = self._filtered(starts, position % self._up)
        self._given = int(numbers[-1]) + 1
        keep = self._given * self._down // self._up - self._half - self._dropped
        self._waiting = self._waiting[keep:]
        self._dropped += keep
        loud = np.rint(filtered / _TAP_SCALE).clip(-32768, 32767)
        made: NDArray[np.int16] = loud.astype(np.int16)
        return made

    def _filtered(self, starts: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """For each output: its window, which begins at `starts`, weighted by its row of taps."""
        if self._up > FEW_ROWS:
            windows = sliding_window_view(self._waiting, self._bank.shape[1])[starts]
            summed: NDArray[np.float64] = np.einsum("nt,nt->n", windows, self._bank[rows])
            return summed
        # A row after the other, at every place that its windows lie in: a twentieth of the time.
        filtered = np.empty(len(starts), dtype=np.float64)
        for first in range(min(self._up, len(starts))):
            places = starts[first :: self._up]  # a row has every `up`th output
            begin, end = places[0], places[-1] + self._bank.shape[1]
            sums = np.correlate(self._waiting[begin:end], self._bank[rows[first]], "valid")
            filtered[first :: self._up] = sums[places - begin]
        return filtered


class ToTelephone(_Resampled):
    """Converts PCM at `rate` Hz to mu-law 8 kHz. The result does not depend on the chunks."""

    def __init__(self, rate: int) -> None:
        """Raises ValueError for a rate below the telephone's."""
        super().__init__(rate, mulaw.RATE, mulaw.encode)


class ToWide(_Resampled):
    """Converts PCM at `rate` Hz to 16 kHz, which keeps what is above the telephone's band."""

    def __init__(self, rate: int) -> None:
        """Raises ValueError for a rate below the telephone's."""
        super().__init__(rate, WIDE_RATE, pcm_bytes)


_NOTHING: Final[NDArray[np.int16]] = np.zeros(0, dtype=np.int16)


@cache
def _filter_bank(rate: int, to: int) -> tuple[int, int, NDArray[np.float64]]:
    """`up`, `down` and the taps [up, width] that bring `rate` to `to`.

    Row p is for outputs that lie p/up of a sample after an input sample.
    """
    if rate < mulaw.RATE:
        raise ValueError(f"Audio at {rate} Hz has less than the telephone's 8000 Hz")
    if rate == to:
        return 1, 1, np.full((1, 1), float(_TAP_SCALE))
    common = gcd(rate, to)
    up, down = to // common, rate // common
    half = rate * HALF_WIDTH // to
    offset = np.arange(-half, half + 1) - np.arange(up)[:, np.newaxis] / up
    reach = np.sqrt(np.clip(1.0 - (offset / (half + 1)) ** 2, 0.0, None))
    taps = np.sinc(2.0 * CUTOFF * min(rate, to) / rate * offset) * np.i0(_KAISER_BETA * reach)
    taps *= _TAP_SCALE / taps.sum(axis=1, keepdims=True)
    return up, down, np.rint(taps)
