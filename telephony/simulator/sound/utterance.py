"""What a caller says in one turn, made ready to be sent many times. Pure."""

import base64
from dataclasses import dataclass
from typing import Final

import numpy as np

from agents.speech.audio import mulaw
from telephony.simulator.sound.loudness import FRAME_BYTES, voiced_span


@dataclass(frozen=True, slots=True)
class Utterance:
    """One caller turn as 20 ms frames, shared by all calls that use it.

    text: what is said, or the name of the recording. frames: mu-law, 160 bytes each.
    payloads: the same in base64. first_voiced, last_voiced: frame numbers.
    """

    text: str
    frames: tuple[bytes, ...]
    payloads: tuple[str, ...]
    first_voiced: int
    last_voiced: int


def framed(audio: bytes) -> tuple[bytes, ...]:
    """`audio` (mu-law) as whole frames, the last one filled up with silence."""
    padded = audio + bytes([mulaw.SILENCE]) * (-len(audio) % FRAME_BYTES)
    return tuple(padded[at : at + FRAME_BYTES] for at in range(0, len(padded), FRAME_BYTES))


def payload_of(frame: bytes) -> str:
    """A frame (mu-law) in base64, as it is in a media message."""
    return base64.b64encode(frame).decode("ascii")


def utterance(text: str, audio: bytes) -> Utterance:
    """`audio` (mu-law, 8 kHz) as an utterance. Raises ValueError when nothing in it is audible."""
    span = voiced_span(audio)
    if span is None:
        raise ValueError(f"{text!r} holds nothing that can be heard")
    frames = framed(audio)
    return Utterance(
        text=text,
        frames=frames,
        payloads=tuple(map(payload_of, frames)),
        first_voiced=span[0],
        last_voiced=span[1],
    )


def _comfort_noise() -> tuple[bytes, ...]:
    # A real line is never digitally silent, and a gate before the voice detector would look
    # better than it is if ours were: -57 dBFS, an analogue line at its better end.
    noise = np.random.default_rng(seed=8000).normal(0, 45, 50 * FRAME_BYTES)
    return framed(mulaw.encode(noise.astype(np.int16)))


# One second of a quiet line, played round and round while the caller listens.
LINE_NOISE: Final = _comfort_noise()
LINE_NOISE_PAYLOADS: Final = tuple(map(payload_of, LINE_NOISE))
