"""Detects the agent's own voice when it comes back over the line. Pure.

The loudness of what was heard, in steps of 20 ms, is compared with that of what was played, at each
delay that a line has. An echo follows it up and down; another voice does not. Once a delay is
known it is followed, and less likeness is enough there: the chance that some delay fits is smaller.

Computed only while the agent decides whether to stop: some 60 steps at 18 delays, 0.1 ms.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.speech.audio import mulaw

Floats = NDArray[np.float32]

STEP_MS: Final = 20
STEP: Final = STEP_MS * mulaw.RATE // 1000  # samples
SHORTEST_MS: Final = 60  # of the way to a telephone and back
LONGEST_MS: Final = 400
BEFORE_MS: Final = 300  # heard before the sound began: speech has a silence there, an echo may not
FEWEST: Final = 18  # steps; of fewer some delay always fits
ALIKE: Final = 0.85
ALIKE_AT_KNOWN: Final = 0.7
FOLLOWED: Final = 2  # steps to both sides of a known delay
RANGE_DB: Final = 30.0  # what is fainter than the loudest step by more is silence
FAINTER_DB: Final = 3.0  # an echo is at least so much below what was played
_LEAST_POWER: Final = np.float32(10.0)  # of 32,768: -80 dB
_LEAST_DEVIATION: Final = 2.0  # dB; a steady sound is like any other steady sound


class EchoFinder:
    """Finds the agent's voice in what one caller's telephone sends."""

    def __init__(self) -> None:
        self._delay: int | None = None  # in steps, of the latest echo

    @property
    def delay_ms(self) -> int | None:
        """The delay of the latest echo; None before the first one."""
        return None if self._delay is None else self._delay * STEP_MS

    def is_echo(self, heard: bytes, played: bytes) -> bool:
        """Whether `heard` is an echo of `played`: mu-law, 8 kHz mono (bytes).

        heard: the sound with BEFORE_MS before it. played: from LONGEST_MS before the beginning of
        `heard` to its end.
        """
        sound, voice = _loudness(heard), _loudness(played)
        most = LONGEST_MS // STEP_MS
        if len(sound) < FEWEST or len(voice) < len(sound) + most:
            return False
        if sound.max() > voice.max() - FAINTER_DB:
            return False
        likeness = _likeness(sound, voice[: len(sound) + most])[::-1]  # by delay, from 0
        first, last, enough = SHORTEST_MS // STEP_MS, most, ALIKE
        if self._delay is not None:
            near = likeness[max(first, self._delay - FOLLOWED) : self._delay + FOLLOWED + 1]
            if near.max() >= ALIKE_AT_KNOWN:
                first, last = max(first, self._delay - FOLLOWED), self._delay + FOLLOWED
                enough = ALIKE_AT_KNOWN
        within = likeness[first : last + 1]
        best = int(within.argmax())
        if within[best] < enough:
            return False
        self._delay = first + best
        return True


def _loudness(audio: bytes) -> Floats:
    """The level of each step in dB, at least the highest minus RANGE_DB. Shape [steps]."""
    samples = mulaw.decode(audio[: len(audio) // STEP * STEP]).astype(np.float32).reshape(-1, STEP)
    if not len(samples):
        return np.zeros(0, dtype=np.float32)
    power = np.vecdot(samples, samples) / STEP
    level = 10 * np.log10(power + _LEAST_POWER)
    loud: Floats = np.maximum(level, level.max() - RANGE_DB).astype(np.float32)
    return loud


def _likeness(sound: Floats, voice: Floats) -> Floats:
    """The correlation of `sound` with each part of `voice` of equal length. Shape [delays + 1]."""
    parts = np.lib.stride_tricks.sliding_window_view(voice, len(sound))
    parts = parts - parts.mean(axis=1, keepdims=True)
    sound = sound - sound.mean()
    norms = np.sqrt(np.vecdot(parts, parts))
    norm = np.sqrt(np.dot(sound, sound))
    least = _LEAST_DEVIATION * np.sqrt(len(sound))
    if norm < least:
        return np.zeros(len(parts), dtype=np.float32)
    alike: Floats = (parts @ sound / (norm * np.maximum(norms, least))).astype(np.float32)
    return alike
