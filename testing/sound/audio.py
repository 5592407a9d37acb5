"""Sound for the fakes, made when it is needed: nothing recorded is kept in the repository."""

import subprocess
from functools import cache

import numpy as np

from agents.engines.scripted.engines import tone_mulaw, voice_like
from agents.engines.sound.mp3 import find_ffmpeg
from testing.sound.wav_files import wav

RATE = 24_000  # what OpenAI's PCM and Google's MP3 have


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
