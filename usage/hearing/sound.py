"""Converts a recorded sentence to both forms: 16 kHz and telephone. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import soxr

from agents.speech.audio import wav
from agents.speech.audio.resample import STT_RATE, ToTelephone

MAX_BYTES: Final = 2_000_000  # ten seconds of a compact disc
MAX_SECONDS: Final = 10


class NoSentence(ValueError):
    """What was sent is no sentence that can be compared; the name says why."""


class NotWav(NoSentence):
    """No WAV file, or nothing is in it."""


class TooNarrow(NoSentence):
    """It has no more than a telephone carries: there is nothing to compare."""


class TooLong(NoSentence):
    """It lasts more than MAX_SECONDS, or is a file of more than MAX_BYTES."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence twice: PCM (16-bit little-endian, 16 kHz mono), and mu-law at 8 kHz."""

    wide: bytes
    narrow: bytes

    @property
    def milliseconds(self) -> int:
        """How long it is."""
        return len(self.wide) * 1000 // (2 * STT_RATE)


def sentence_in(content: bytes) -> Sentence:
    """The sentence in a WAV file. Raises NotWav, TooNarrow, TooLong."""
    if len(content) > MAX_BYTES:
        raise TooLong
    reader = wav.WavReader()
    try:
        pcm = reader.push(content)
    except wav.NotReadable as error:
        raise NotWav from error
    if not pcm:
        raise NotWav
    if reader.rate < STT_RATE:
        raise TooNarrow
    if len(pcm) > 2 * reader.rate * MAX_SECONDS:
        raise TooLong
    if reader.rate != STT_RATE:
        samples = np.frombuffer(pcm, dtype="<i2")
        pcm = soxr.resample(samples, reader.rate, STT_RATE).astype("<i2").tobytes()
    line = ToTelephone(STT_RATE)
    return Sentence(pcm, line.push(pcm) + line.flush())
