"""The music for callers in line: a few quiet, synthesised chords. Pure.

Synthesised, so it is free of royalties. It is softer than speech, without beat or melody, and
begins and ends in silence, so that gaps between repetitions sound natural.
"""

from functools import cache
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.speech.audio import mulaw

SECONDS: Final = 8.0
_RATE: Final = mulaw.RATE
_CHORD_SECONDS: Final = 1.9
_APART: Final = 0.22  # seconds between the notes of a chord, from the lowest up
_TONIC: Final = 330.0  # hertz: all notes are where a telephone lets them through
# In halftones from there: the sixth's major, its minor, a step down, and the first one again.
_CHORDS: Final = ((-4, 0, 3, 8), (0, 3, 7, 12), (-2, 3, 7, 10), (-4, 0, 3, 10))
# How loud the overtones of a note are, and how quickly they fade: a soft struck bar.
_OVERTONES: Final = ((1, 1.0, 1.1), (2, 0.22, 2.0), (3, 0.07, 3.2))
_LOUDEST: Final = 0.2  # of full scale
_ATTACK: Final = 0.03  # seconds
_FADE: Final = 0.6  # seconds at the end


@cache
def waiting_music() -> bytes:
    """The loop as a WAV file of mu-law at 8 kHz, as telephones sound. Some milliseconds, once."""
    sound = np.zeros(int(SECONDS * _RATE))
    for number, chord in enumerate(_CHORDS):
        for place, halftone in enumerate(chord):
            begin = int((0.05 + number * _CHORD_SECONDS + place * _APART) * _RATE)
            sound[begin:] += _note(_TONIC * 2 ** (halftone / 12), len(sound) - begin)
    fade = int(_FADE * _RATE)
    sound[-fade:] *= np.cos(np.linspace(0, np.pi / 2, fade)) ** 2
    sound *= _LOUDEST / np.max(np.abs(sound))
    return _wav(mulaw.encode((sound * 32767).astype(np.int16)))


@cache
def digest_of_music() -> str:
    """A version of the sound, for its URL."""
    return sha256(waiting_music()).hexdigest()[:16]


def _note(hertz: float, samples: int) -> NDArray[np.float64]:
    at = np.arange(samples) / _RATE
    tone = sum(
        loud * np.exp(-fading * at) * np.sin(2 * np.pi * hertz * overtone * at)
        for overtone, loud, fading in _OVERTONES
    )
    note: NDArray[np.float64] = tone * np.minimum(at / _ATTACK, 1.0)
    return note


def _wav(codes: bytes) -> bytes:
    """RFC 2361: format 7, with the count of samples that such a file has to tell."""

    def number(value: int, size: int) -> bytes:
        return value.to_bytes(size, "little")

    layout = b"".join(
        number(value, size)
        for value, size in ((7, 2), (1, 2), (_RATE, 4), (_RATE, 4), (1, 2), (8, 2), (0, 2))
    )
    parts = ((b"fmt ", layout), (b"fact", number(len(codes), 4)), (b"data", codes))
    body = b"WAVE" + b"".join(name + number(len(part), 4) + part for name, part in parts)
    return b"RIFF" + number(len(body), 4) + body
