"""Sound for the fakes, made when it is needed: nothing recorded is kept in the repository."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
import pytest

from agents.engines.scripted.engines import tone_mulaw, voice_like
from agents.engines.sound.mp3 import find_ffmpeg
from testing.sound.wav_files import wav

RATE = 24_000  # what OpenAI's PCM and Google's MP3 have
BRIGHT_HZ = (1000, 6000)


def pcm(milliseconds: int, rate: int = RATE) -> bytes:
    """A voice-like sound: 16-bit little-endian mono at `rate`."""
    return voice_like(milliseconds, rate).astype("<i2").tobytes()


def mp3(milliseconds: int) -> bytes:
    """The same sound as MP3, 24 kHz mono, 64 kbit/s."""
    return compressed(milliseconds, "mp3", "-b:a", "64k")


@cache
def compressed(milliseconds: int, form: str, *codec: str, rate: int = RATE) -> bytes:
    """The same sound in a form that FFmpeg writes, with its options for it."""
    command = [find_ffmpeg(), "-v", "error", "-f", "s16le", "-ar", str(rate), "-ac", "1"]
    command += ["-i", "pipe:0", *codec, "-f", form, "pipe:1"]
    sound = pcm(milliseconds, rate)
    return subprocess.run(command, input=sound, capture_output=True, check=True).stdout


def in_format(name: str, milliseconds: int) -> tuple[bytes, str]:
    """The same sound in a format that OpenAI's speech is asked for, and its content type."""
    match name:
        case "mp3":
            return mp3(milliseconds), "audio/mpeg"
        case "wav":
            return wav(pcm(milliseconds), size=0xFFFFFFFF), "audio/wav"
        case "flac":
            return compressed(milliseconds, "flac"), "audio/flac"
        case "mulaw":
            return tone_mulaw(milliseconds), "audio/basic"
    return pcm(milliseconds), "audio/pcm"


def level(pcm16: np.ndarray) -> float:
    """How loud it is: the root mean square, 0 to 32768."""
    return float(np.sqrt(np.mean(np.square(pcm16.astype(np.float64)))))


def pieces(audio: bytes, size: int) -> list[bytes]:
    """`audio` cut into pieces of `size` bytes."""
    return [audio[start : start + size] for start in range(0, len(audio), size)]


def tones(milliseconds: int, *frequencies: float, rate: int = RATE) -> bytes:
    """Tones of 5,000 each, in hertz: 16-bit little-endian mono at `rate`."""
    at = np.arange(milliseconds * rate // 1000) / rate
    mixed = np.sum([np.sin(2 * np.pi * hz * at) for hz in frequencies], axis=0)
    return np.asarray(5000 * mixed).astype("<i2").tobytes()


@contextmanager
def bright_voice() -> Iterator[None]:
    """While the block runs the fakes speak two tones, of which a telephone has the lower alone."""

    def bright(milliseconds: int, rate: int = RATE) -> bytes:
        return tones(milliseconds, *BRIGHT_HZ, rate=rate)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{__name__}.pcm", bright)
        compressed.cache_clear()
        try:
            yield
        finally:
            compressed.cache_clear()


def loudness_at(hz: float, pcm16: np.ndarray, rate: int) -> float:
    """How loud the tone of `hz` in it is: its amplitude, 0 to 32768."""
    at = np.arange(len(pcm16)) / rate
    wave = np.exp(-2j * np.pi * hz * at) * np.hanning(len(pcm16))
    return float(abs(np.sum(pcm16 * wave)) * 4 / len(pcm16))
