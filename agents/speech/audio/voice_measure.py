"""Measures how much of an utterance is sound, and how much of that has a pitch.

A word has vowels, and a vowel repeats itself 60 to 400 times a second. Breath, taps and the noise
of a line do not, which tells a word that was said from one that a recogniser made up.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.speech.audio import mulaw

FRAME: Final = 256  # samples: 32 ms, two periods of the deepest voice
FRAME_MS: Final = FRAME * 1000 // mulaw.RATE
MEASURED_BYTES: Final = 6 * mulaw.RATE  # of a longer utterance its end
FAINTEST: Final = 80.0  # of 32,768 in the mean square: -52 dB
OF_LOUDEST: Final = 0.06  # what is fainter than its loudest moment by more is silence
QUIET: Final = 200.0  # -44 dB; people on a telephone are at -15 to -40
# The loudest syllable: it is there early in a sound, and varies less than the mean of a whole one,
# which falls with the voice.
LOUDEST_FRAMES: Final = 6
LOUDEST_MS: Final = LOUDEST_FRAMES * FRAME_MS
LAGS: Final = slice(mulaw.RATE // 400, mulaw.RATE // 60)
PERIODIC: Final = 0.5  # of the energy; noise reaches 0.35, vowels 0.6 and more
FULL_SCALE: Final = 32_768.0
_AVERAGE: Final = np.full(FRAME, 1.0 / FRAME, dtype=np.float32)
_FEWER_SAMPLES: Final = (FRAME / (FRAME - np.arange(LAGS.stop))).astype(np.float32)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Measure:
    """sound_ms: louder than the line; voiced_ms: of that, with a pitch. loudness: of the sound.

    loudest: of its loudest LOUDEST_MS, of 32,768.
    """

    sound_ms: int
    voiced_ms: int
    loudness: float
    loudest: float = 0.0

    @property
    def is_quiet(self) -> bool:
        """Whether the sound is fainter than a person who speaks into a telephone."""
        return self.loudness < QUIET


def measured(audio: bytes) -> Measure:
    """Measure `audio`: mu-law, 8 kHz mono, any length (bytes)."""
    frames, means, powers = _frames(audio)
    sounding = _sounding(powers)
    count = int(np.count_nonzero(sounding))
    if not count:
        return Measure(0, 0, 0.0)
    centred = frames[sounding] - means[sounding, np.newaxis]
    voiced = int(np.count_nonzero(_periodicity(centred) > PERIODIC))
    level = float(np.sqrt(powers[sounding].sum() / count))
    return Measure(count * FRAME_MS, voiced * FRAME_MS, level, _loudest(powers))


def loudest(audio: bytes) -> float:
    """`measured(audio).loudest`, at a tenth of its cost; 0 for less than a frame."""
    _, _, powers = _frames(audio)
    return _loudest(powers) if len(powers) else 0.0


def _frames(audio: bytes) -> tuple[Floats, Floats, Floats]:
    """The last frames of `audio` in [-1, 1], [frames, FRAME], their means, [frames], and their
    powers without these, of 32,768, [frames].
    """
    samples = mulaw.decode_unit(audio[-MEASURED_BYTES:])
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    means = frames @ _AVERAGE
    # Without a copy of all frames that has no mean. Rounding leaves no more than a quiet line.
    powers = np.maximum(np.vecdot(frames, frames) / FRAME - means * means, 0.0) * FULL_SCALE**2
    return frames, means, powers


def _sounding(powers: Floats) -> NDArray[np.bool_]:
    """Which frames are louder than the line."""
    levels = np.sqrt(powers)
    faintest = max(FAINTEST, OF_LOUDEST * float(levels.max(initial=0.0)))
    louder: NDArray[np.bool_] = levels > faintest
    return louder


def _loudest(powers: Floats) -> float:
    count = min(LOUDEST_FRAMES, len(powers))
    sums = np.convolve(powers, np.ones(count, dtype=np.float32), "valid")
    return float(np.sqrt(sums.max() / count))


def _periodicity(frames: Floats) -> Floats:
    """The autocorrelation of each frame at its best period, at most 1. Shape [frames]."""
    spectrum = np.fft.rfft(frames, 2 * FRAME, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    likeness = np.fft.irfft(power, axis=1)[:, : LAGS.stop]
    # Of fewer samples the later the period is; without this a deep voice would seem a noise.
    likeness *= _FEWER_SAMPLES
    best: Floats = likeness[:, LAGS].max(axis=1) / np.maximum(likeness[:, 0], 1e-9)
    return best
