"""The call's sound for a browser: mu-law 8 kHz as a stream of 16-bit PCM at 16 kHz.

Each sample is kept, and a windowed sinc interpolates one between every two, so that nothing
above the telephone's band is added. The output is 2 ms late and as long as the input. Where the
mu-law comes with wide-band PCM, the output is that PCM with the same delay.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.speech.audio import mulaw

RATE: Final = 16_000
_HALF: Final = 16  # samples at 8 kHz on each side of a new one: 2 ms
_KAISER_BETA: Final = 5.65  # 60 dB, as towards the telephone
_TAP_SCALE: Final = 1 << 18


class ToWideband:
    """Converts one stream of mu-law to PCM. The result does not depend on the chunks."""

    def __init__(self) -> None:
        # Silence before the first sample, which is what makes the stream late.
        self._past = np.zeros(2 * _HALF, dtype=np.int64)
        # The newest 2 ms of what lies beside it, and which samples of that there are.
        self._wide = np.zeros(2 * _HALF, dtype=np.int64)
        self._is_wide = np.zeros(2 * _HALF, dtype=np.bool_)

    def push(self, audio: bytes, wide: bytes = b"") -> bytes:
        """Two samples of 16-bit little-endian PCM for each mu-law byte of `audio`.

        wide: the same audio as PCM at 16 kHz; b"" when there is none.
        """
        samples = np.concatenate((self._past, mulaw.decode(audio).astype(np.int64)))
        self._past = samples[-2 * _HALF :]
        count = len(audio)
        doubled = np.empty(2 * count, dtype=np.int64)
        doubled[0::2] = samples[_HALF : _HALF + count]
        # Whole numbers, so every sum is exact; halves are rounded up.
        between = np.convolve(samples[1:], _TAPS, "valid")[:count]
        doubled[1::2] = (between + _TAP_SCALE // 2) // _TAP_SCALE
        pcm = np.where(*self._beside(wide, 2 * count), doubled.clip(-32768, 32767))
        return pcm.astype("<i2").tobytes()

    def _beside(self, wide: bytes, count: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """For the next `count` output samples: whether wide-band PCM exists, and its samples."""
        new = np.frombuffer(wide, dtype="<i2") if wide else np.zeros(count, dtype=np.int64)
        samples = np.concatenate((self._wide, new))
        known = np.concatenate((self._is_wide, np.full(count, bool(wide))))
        self._wide, self._is_wide = samples[count:], known[count:]
        return known[:count], samples[:count]


def _taps() -> NDArray[np.int64]:
    offset = np.arange(-_HALF, _HALF) + 0.5  # samples from the new one to its neighbours
    window = np.i0(_KAISER_BETA * np.sqrt(1.0 - (offset / _HALF) ** 2))
    taps = np.sinc(offset) * window
    scaled: NDArray[np.int64] = np.rint(taps * (_TAP_SCALE / taps.sum())).astype(np.int64)
    return scaled


_TAPS: Final = _taps()
