"""A call as it was heard, as a stereo WAV: the caller on the left, the agent on the right."""

import wave
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.speech.audio import mulaw
from telephony.simulator.report.history import StreamLog
from telephony.simulator.sound.loudness import BYTES_PER_MS

CHANNELS: Final = 2


def stereo(streams: Iterable[StreamLog]) -> NDArray[np.int16]:
    """Samples of shape (n, 2) at 8 kHz, from the moment the call began.

    Audio that was cleared before it played is absent, as it was for the caller.
    """
    left: list[tuple[float, bytes]] = []
    right: list[tuple[float, bytes]] = []
    for log in streams:
        left.append((log.started_ms, bytes(log.caller_audio)))
        right += [(s.begins_ms, bytes(s.audio)) for s in log.playout.stretches]
    tracks = (left, right)
    length = max((_offset(ms) + len(audio) for track in tracks for ms, audio in track), default=0)
    samples = np.zeros((length, CHANNELS), np.int16)
    for channel, track in enumerate(tracks):
        for ms, audio in track:
            at = _offset(ms)
            samples[at : at + len(audio), channel] = mulaw.decode(audio)
    return samples


def write(path: Path, streams: Iterable[StreamLog]) -> None:
    """Write `stereo(streams)` as 16-bit PCM WAV to `path`; its directory is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(CHANNELS)
        file.setsampwidth(2)
        file.setframerate(mulaw.RATE)
        file.writeframes(stereo(streams).astype("<i2").tobytes())


def _offset(ms: float) -> int:
    return round(ms * BYTES_PER_MS)
