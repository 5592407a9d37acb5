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
_FEWER_SAMPLES: Final = (FRAME / (FRAME - np.arange(LAGS.stop))).astype(np.float32)

Floats = NDArray[np.float32]


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
    sounding = _sounding(audio)
    if not len(sounding):
        return Measure(0, 0, 0.0)
    voiced = int((_periodicity(sounding) > PERIODIC).sum())
    return Measure(len(sounding) * FRAME_MS, voiced * FRAME_MS, _level(sounding))


def loudness(audio: bytes) -> float:
    """That of `measured(audio)`, at a tenth of its cost; 0 where nothing sounds."""
    sounding = _sounding(audio)
    return _level(sounding) if len(sounding) else 0.0


def _sounding(audio: bytes) -> Floats:
    """The frames of `audio` that are louder than the line, around 0. Shape [frames, FRAME]."""
    samples = mulaw.decode(audio[-MEASURED_BYTES:]).astype(np.float32)
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    if not len(frames):
        return frames
    frames = frames - frames.mean(axis=1, keepdims=True)
    levels = np.sqrt(np.vecdot(frames, frames) / FRAME)
    sounding: Floats = frames[levels > max(FAINTEST, OF_LOUDEST * float(levels.max()))]
    return sounding


def _level(frames: Floats) -> float:
    return float(np.sqrt(np.mean(np.vecdot(frames, frames)) / FRAME))


def _periodicity(frames: Floats) -> Floats:
    """How alike each frame is to itself a period later, 1 for wholly. Shape [frames]."""
    spectrum = np.fft.rfft(frames, 2 * FRAME, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    likeness = np.fft.irfft(power, axis=1)[:, : LAGS.stop]
    # Of fewer samples the later the period is; without this a deep voice would seem a noise.
    likeness *= _FEWER_SAMPLES
    best: Floats = likeness[:, LAGS].max(axis=1) / np.maximum(likeness[:, 0], 1e-9)
    return best
