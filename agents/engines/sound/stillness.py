"""Shortens the silence in a voice: servers add seconds of it, within a sentence and behind it.

A caller who hears nothing for that long speaks, or takes the agent to be gone; and while it lasts
the next sentence waits. Pure.
"""

from typing import Final

import numpy as np

from agents.speech.audio import mulaw
from agents.speech.audio.both_bands import joined, part
from agents.speech.audio.first_bytes import AUDIBLE

MOST_WITHIN: Final = 9_600  # bytes of mu-law: 1.2 s, longer than people pause in a sentence
MOST_BEHIND: Final = 4_800  # 0.6 s, in which the next sentence is made
# So long a silence behind so much of a voice is its end, whatever else its server sends.
ENDS_BEHIND: Final = 24_000  # 3 s
BYTES_A_CHARACTER: Final = 480  # 60 ms: of a sentence that is said, and of no half of one
_BLOCK: Final = 400  # 50 ms


class Stillness:
    """One voice (mu-law, 8 kHz mono, perhaps in both bands), of which chunks are pushed."""

    def __init__(self, text: str) -> None:
        self._enough = BYTES_A_CHARACTER * len(text)
        self._said = 0  # bytes until the last sound
        self._still = 0  # bytes of silence since
        self._held: list[bytes] = []  # of it, given if another sound comes

    @property
    def is_over(self) -> bool:
        """Whether nothing but silence comes behind all of the text."""
        return self._still >= ENDS_BEHIND and self._said >= self._enough

    def push(self, chunk: bytes) -> bytes:
        """What of the voice is to be given now."""
        given: list[bytes] = []
        loud = np.abs(mulaw.decode(chunk).astype(np.int32)) > AUDIBLE
        for begin in range(0, len(chunk), _BLOCK):
            block = part(chunk, begin, begin + _BLOCK)
            if loud[begin : begin + _BLOCK].any():
                given += [*self._held, block]
                self._said += self._still + len(block)
                self._still, self._held = 0, []
                continue
            self._still += len(block)
            if self._still <= MOST_BEHIND:
                given.append(block)
            elif self._still <= MOST_WITHIN:
                self._held.append(block)
        return joined(given)
