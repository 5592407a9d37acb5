"""Which windows plainly hold nothing but the line's own noise, so that no model need hear them.

A line's noise is steady: its level stays within a decibel or two of its mean, and speech,
even as loud as the noise, lifts it. The gate learns mean and deviation of each caller's
noise, and calls a window plain noise when it is no louder than that mean and a bit. Voices
that talk in the background are not steady: there the gate learns a wide deviation from
a quiet that the model rarely confirms, and stays open. Pure.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]

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

_LEAST_POWER: Final = np.float32(1e-9)


def level_db(samples: Floats) -> Floats:
    """The level of each row of samples in [-1, 1], [n, m] to [n], in dB.

    Of the steps from sample to sample, not of the samples: that leaves out the hum and rumble
    of a line, which are strong, unsteady, and below every voice.
    """
    steps = samples[:, 1:] - samples[:, :-1]
    return power_db(steps, least=_LEAST_POWER)


def power_db(samples: Floats, *, least: np.float32) -> Floats:
    """The mean power of each row of samples in [-1, 1], [n, m] to [n], in dB; no less than `least`.

    least: a power, so that silence has a level.
    """
    power = np.vecdot(samples, samples)
    power /= samples.shape[1]
    power += least
    level: Floats = np.log10(power, out=power)
    level *= 10.0
    return level


class NoiseGate:
    """What is known of the noise of each caller, one row each."""

    def __init__(self, rows: int) -> None:
        """rows: how many callers there is room for."""
        self._mean_db = np.zeros(rows, dtype=np.float32)
        self._variance = np.zeros(rows, dtype=np.float32)
        self._learned = np.zeros(rows, dtype=np.float32)  # windows, up to MEMORY_WINDOWS

    def reserve(self, rows: int) -> None:
        """Make room for `rows` callers; those there are stay."""
        missing = max(0, rows - len(self._mean_db))
        self._mean_db = np.pad(self._mean_db, (0, missing))
        self._variance = np.pad(self._variance, (0, missing))
        self._learned = np.pad(self._learned, (0, missing))

    def forget(self, row: int) -> None:
        """Make `row` ready for another caller."""
        self._mean_db[row] = self._variance[row] = self._learned[row] = 0.0

    def is_plain_noise(self, rows: Rows, level_db: Floats) -> NDArray[np.bool_]:
        """For each row, whether a window of that level (dB) is plainly without speech."""
        mean_db = self._mean_db[rows]
        margin = np.maximum(DEVIATIONS * np.sqrt(self._variance[rows]), LEAST_MARGIN_DB)
        is_known = (self._learned[rows] >= LEARNED_WINDOWS) & (mean_db < LOUD_NOISE_DB)
        return is_known & (level_db <= mean_db + margin) | (level_db < INAUDIBLE_DB)

    def learn(self, rows: Rows, level_db: Floats) -> None:
        """Take the levels of windows that held no speech, one of each row."""
        learned = np.minimum(self._learned[rows] + 1.0, MEMORY_WINDOWS)
        share = 1.0 / learned
        change = level_db - self._mean_db[rows]
        self._mean_db[rows] += share * change
        self._variance[rows] = (1.0 - share) * (self._variance[rows] + share * change**2)
        self._learned[rows] = learned
