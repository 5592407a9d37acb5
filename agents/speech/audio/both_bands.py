"""Audio in two forms: narrow-band mu-law, and the same moments in wide-band PCM. Pure.

The mu-law bytes measure the time. Code that does not know this type sees ordinary bytes; code that
slices or joins them without `part` and `joined` keeps only the mu-law.
"""

from collections.abc import Iterable
from typing import Self

import numpy as np
from numpy.typing import NDArray

from agents.speech.audio import mulaw
from agents.speech.audio.any_rate import Stream, to_telephone, to_wide
from agents.speech.audio.resample import pcm16_of
from agents.speech.audio.wide_sound import BYTES_PER_POSITION


class BothBands(bytes):
    """Mu-law, 8 kHz mono. wide: PCM 16-bit little-endian, 16 kHz mono, four bytes for each."""

    wide: bytes

    def __new__(cls, audio: bytes, wide: bytes) -> Self:
        """Raises ValueError when the two do not have the same duration."""
        if len(wide) != len(audio) * BYTES_PER_POSITION:
            raise ValueError(f"{len(wide)} bytes of PCM beside {len(audio)} of mu-law")
        made = super().__new__(cls, audio)
        made.wide = wide
        return made


def wide_of(audio: bytes) -> bytes:
    """The wide-band PCM of `audio`; b"" when it has only the telephone's band."""
    return audio.wide if isinstance(audio, BothBands) else b""


def joined(chunks: Iterable[bytes]) -> bytes:
    """The chunks concatenated; in both bands if every chunk has both."""
    some = [chunk for chunk in chunks if chunk]
    audio = b"".join(some)
    if some and all(isinstance(chunk, BothBands) for chunk in some):
        return BothBands(audio, b"".join(map(wide_of, some)))
    return audio


def part(audio: bytes, begin: int, end: int) -> bytes:
    """The mu-law bytes from `begin` to before `end` (0 or more), in the bands that `audio` has."""
    cut = audio[begin:end]
    if isinstance(audio, BothBands):
        first = begin * BYTES_PER_POSITION
        return BothBands(cut, audio.wide[first : first + len(cut) * BYTES_PER_POSITION])
    return cut


def to_both(rate: int) -> Stream:
    """A stream from `rate` hertz; its chunks are `BothBands` if `rate` holds more than the
    telephone's band.
    """
    return _ToBoth(rate) if rate > mulaw.RATE else to_telephone(rate)


def pcm_to_both(samples: NDArray[np.float32], rate: int) -> bytes:
    """Whole audio, float32 in [-1, 1] at `rate` Hz, in both bands."""
    stream = to_both(rate)
    return joined((stream.push(pcm16_of(samples)), stream.flush()))


class _ToBoth:
    """Converts to both bands; the mu-law equals the output of `to_telephone` byte for byte."""

    def __init__(self, rate: int) -> None:
        self._telephone = to_telephone(rate)
        self._wide = to_wide(rate)
        self._audio = b""  # mu-law whose PCM is not complete
        self._pcm = b""

    def push(self, pcm: bytes) -> bytes:
        self._audio += self._telephone.push(pcm)
        self._pcm += self._wide.push(pcm)
        return self._take(min(len(self._audio), len(self._pcm) // BYTES_PER_POSITION))

    def flush(self) -> bytes:
        self._audio += self._telephone.flush()
        self._pcm += self._wide.flush()
        # The last moment of the mu-law may have begun when the other stream had ended.
        self._pcm = self._pcm.ljust(len(self._audio) * BYTES_PER_POSITION, b"\0")
        return self._take(len(self._audio))

    def _take(self, size: int) -> bytes:
        audio, self._audio = self._audio[:size], self._audio[size:]
        wide_size = size * BYTES_PER_POSITION
        wide, self._pcm = self._pcm[:wide_size], self._pcm[wide_size:]
        return BothBands(audio, wide)
