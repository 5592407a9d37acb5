"""How much of an utterance is sound, and how much of that has a voice's pitch.

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
LAGS: Final = slice(mulaw.RATE // 400, mulaw.RATE // 60)
PERIODIC: Final = 0.5  # of the energy; noise reaches 0.35, vowels 0.6 and more


@dataclass(frozen=True, slots=True)
class Measure:
    """sound_ms: louder than the line; voiced_ms: of that, with a pitch. loudness: of the sound."""

    sound_ms: int
    voiced_ms: int
    loudness: float

    @property
    def is_quiet(self) -> bool:
        """Whether it is fainter than people on a telephone are."""
        return self.loudness < QUIET


def measured(audio: bytes) -> Measure:
    """The measure of `audio`: mu-law, 8 kHz mono, any length (bytes)."""
    samples = mulaw.decode(audio[-MEASURED_BYTES:]).astype(np.float64)
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    if not len(frames):
        return Measure(0, 0, 0.0)
    frames = frames - frames.mean(axis=1, keepdims=True)
    loudness = np.sqrt(np.mean(frames**2, axis=1))
    is_sound = loudness > max(FAINTEST, OF_LOUDEST * float(loudness.max()))
    sounding = frames[is_sound]
    if not len(sounding):
        return Measure(0, 0, 0.0)
    voiced = int((_periodicity(sounding) > PERIODIC).sum())
    level = float(np.sqrt(np.mean(sounding**2)))
    return Measure(len(sounding) * FRAME_MS, voiced * FRAME_MS, level)


def _periodicity(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """How alike each frame is to itself a period later, 1 for wholly. Shape [frames]."""
    spectrum = np.fft.rfft(frames, 2 * FRAME, axis=1)
    likeness = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, : LAGS.stop]
    # Of fewer samples the later the period is; without this a deep voice would seem a noise.
    likeness *= FRAME / (FRAME - np.arange(LAGS.stop))
    best: NDArray[np.float64] = likeness[:, LAGS].max(axis=1) / np.maximum(likeness[:, 0], 1e-9)
    return best
