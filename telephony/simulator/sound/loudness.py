"""Detects audible 20 ms frames of mu-law audio. Pure."""

from typing import Final

import numpy as np

from agents.speech.audio import mulaw

FRAME_BYTES: Final = 160
FRAME_MS: Final = 20
BYTES_PER_MS: Final = 8
# Mean absolute 16-bit amplitude; -44 dBFS. Recorded speech lies above 600, the comfort
# noise of a line below 20, the breath before a synthetic sentence around 60.
LOUD: Final = 200.0

_AMPLITUDE: Final = np.abs(mulaw.decode(bytes(range(256))).astype(np.float32))


def loud_frames(audio: bytes | bytearray) -> bytes:
    """One byte for each whole frame of `audio` (mu-law, 8 kHz): 1 when it can be heard, else 0."""
    count = len(audio) // FRAME_BYTES
    samples = np.frombuffer(audio, np.uint8, count * FRAME_BYTES)
    level = _AMPLITUDE[samples].reshape(count, FRAME_BYTES).mean(axis=1)
    return bytes((level > LOUD).astype(np.uint8))


def voiced_span(audio: bytes) -> tuple[int, int] | None:
    """Numbers of the first and the last frame of `audio` that can be heard; None for silence."""
    loud = loud_frames(audio)
    first = loud.find(1)
    return None if first < 0 else (first, loud.rfind(1))
