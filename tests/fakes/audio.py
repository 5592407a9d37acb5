"""Sound for the fakes, made when it is needed: nothing recorded is kept in the repository."""

import subprocess
from functools import cache

import numpy as np

from agents.engines.mp3 import find_ffmpeg
from agents.engines.scripted import voice_like

RATE = 24_000  # what OpenAI's PCM and Google's MP3 have


def pcm(milliseconds: int, rate: int = RATE) -> bytes:
    """A voice-like sound: 16-bit little-endian mono at `rate`."""
    return voice_like(milliseconds, rate).astype("<i2").tobytes()


@cache
def mp3(milliseconds: int) -> bytes:
    """The same sound as MP3, 24 kHz mono, 64 kbit/s."""
    command = [find_ffmpeg(), "-v", "error", "-f", "s16le", "-ar", str(RATE), "-ac", "1"]
    command += ["-i", "pipe:0", "-f", "mp3", "-b:a", "64k", "pipe:1"]
    made = subprocess.run(command, input=pcm(milliseconds), capture_output=True, check=True)
    return made.stdout


def level(pcm16: np.ndarray) -> float:
    """How loud it is: the root mean square, 0 to 32768."""
    return float(np.sqrt(np.mean(np.square(pcm16.astype(np.float64)))))


def pieces(audio: bytes, size: int) -> list[bytes]:
    """`audio` cut into pieces of `size` bytes."""
    return [audio[start : start + size] for start in range(0, len(audio), size)]
