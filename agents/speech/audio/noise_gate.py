"""Detects windows with nothing but line noise, which the model can skip.

A line's noise is steady: its level stays within a decibel or two of its mean, and speech,
even as loud as the noise, lifts it. The gate learns mean and deviation of each caller's
noise, and calls a window plain noise when it is no louder than that mean and a bit. Voices
that talk in the background are not steady: there the gate learns a wide deviation from
a quiet that the model rarely confirms, and stays open. Pure.
"""

from math import log10, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Below this a window is plain noise on any line: mu-law's smallest step, back and forth
# at random, is -70 dB here, and speech that can be understood is 20 dB above it.
INAUDIBLE_DB: Final = -66.0
# How far above its mean noise may be: so many deviations, but at least so many decibels.
# At one deviation half of the starts in loud noise come a window later, at two one in twenty is
# missed. Seven windows of noise in ten are plain at this one.
DEVIATIONS: Final = 0.5
LEAST_MARGIN_DB: Final = 0.2
# Noise as loud as a voice (0 dB) hides how words begin: gated there, a start in twenty came
# 90 ms later. On such a line every window is heard; lines at 10 dB are mostly below.
LOUD_NOISE_DB: Final = -31.0
# Two seconds of the past; less would follow speech, more would be slow after a change: now the
# line is learned anew in some six.
MEMORY_WINDOWS: Final = 64
LEARNED_WINDOWS: Final = 32  # of noise heard before the gate trusts its picture of it

_LEAST_POWER: Final = 1e-9


def level_db(samples: Floats) -> list[float]:
    """The level of each row of samples in [-1, 1], [n, m] to n, in dB.

    Computed from the differences between successive samples: that suppresses the hum and
    rumble of a line, which are strong, unsteady and lower than any voice.
    """
    steps = samples[:, 1:] - samples[:, :-1]
    return power_db(steps, least=_LEAST_POWER)


def power_db(samples: Floats, *, least: float) -> list[float]:
    """The mean power of each row of samples in [-1, 1], [n, m] to n, in dB; no less than `least`.

    least: a power, so that silence has a level.
    """
    length = samples.shape[1]
    return [10.0 * log10(power / length + least) for power in np.vecdot(samples, samples).tolist()]


class NoiseGate:
    """The learned noise level of one caller."""

    __slots__ = ("_learned", "_mean_db", "_variance")

    def __init__(self) -> None:
        self._mean_db = 0.0
        self._variance = 0.0
        self._learned = 0  # windows, up to MEMORY_WINDOWS

    def is_plain_noise(self, level_db: float) -> bool:
        """Whether a window of that level (dB) certainly holds no speech."""
        if level_db < INAUDIBLE_DB:
            return True
        mean_db = self._mean_db
        if self._learned < LEARNED_WINDOWS or mean_db >= LOUD_NOISE_DB:
            return False
        return level_db <= mean_db + max(DEVIATIONS * sqrt(self._variance), LEAST_MARGIN_DB)

    def learn(self, level_db: float) -> None:
        """Take the level of a window that held no speech."""
        self._learned = learned = min(self._learned + 1, MEMORY_WINDOWS)
        share = 1.0 / learned
        change = level_db - self._mean_db
        self._mean_db += share * change
        self._variance = (1.0 - share) * (self._variance + share * change * change)
