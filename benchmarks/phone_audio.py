"""Telephone lines for benchmarks of hearing: recorded people in noise, and noise alone.

Everything random comes from a seed, so every run hears the same.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.speech.audio import mulaw

Samples = NDArray[np.float64]

BLOCK: Final = 80  # samples, 10 ms: the grain in which speech begins and ends
LEAD_MS: Final = 320  # line before the clip
TRAIL_MS: Final = 900  # and after it, longer than any endpointing under test


@dataclass(frozen=True, slots=True)
class PhoneAudio:
    """audio: mu-law 8 kHz; is_loud: for each 10 ms, whether the speaker sounds there."""

    audio: bytes
    is_loud: NDArray[np.bool_]

    @property
    def begin_ms(self) -> int:
        """When the first 30 ms of sound begin."""
        runs = self.is_loud[:-2] & self.is_loud[1:-1] & self.is_loud[2:]
        return int(np.argmax(runs)) * 10

    @property
    def end_ms(self) -> int:
        """When the last 30 ms of sound end."""
        runs = self.is_loud[:-2] & self.is_loud[1:-1] & self.is_loud[2:]
        return (len(runs) - int(np.argmax(runs[::-1])) + 2) * 10


def pink(samples: int, rng: np.random.Generator) -> Samples:
    """Noise with equal power an octave, of loudness 1 (rms)."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    noise: Samples = np.fft.irfft(spectrum, samples)
    return noise / float(noise.std())


def phone_audio(clip: bytes, *, snr_db: float | None, seed: int) -> PhoneAudio:
    """`clip` (mu-law) on a line with pink noise `snr_db` under its loud parts, or silent.

    Loud means within 30 dB of the loudest twentieth of the clip, before noise is added.
    """
    silence = np.zeros(8 * LEAD_MS), np.zeros(8 * TRAIL_MS)
    speech = np.concatenate((silence[0], mulaw.decode(clip) / 32768.0, silence[1]))
    blocks = speech[: len(speech) // BLOCK * BLOCK].reshape(-1, BLOCK)
    level_db = 10 * np.log10(np.mean(blocks**2, axis=1) + 1e-12)
    loudest = np.percentile(level_db[level_db > -100], 95)
    is_loud = level_db > loudest - 30
    if snr_db is not None:
        power = np.mean(blocks[is_loud] ** 2) / 10 ** (snr_db / 10)
        speech = speech + np.sqrt(power) * pink(len(speech), np.random.default_rng(seed))
    return PhoneAudio(telephone(speech), is_loud)


def telephone(samples: Samples) -> bytes:
    """Samples in [-1, 1] at 8 kHz as mu-law; louder ones are clipped."""
    return mulaw.encode((samples * 32767).clip(-32768, 32767).astype(np.int16))


def without_speech(seconds: int) -> dict[str, bytes]:
    """Lines without speech, by name."""
    rng = np.random.default_rng(3)
    count = seconds * mulaw.RATE
    lines = {f"pink noise {level}": telephone(level * pink(count, rng)) for level in (0.01, 0.2)}
    lines["white noise 0.05"] = telephone(0.05 * rng.standard_normal(count))
    hum = np.sin(2 * np.pi * 50 * np.arange(count) / mulaw.RATE)
    lines["hum 0.2"] = telephone(0.2 * hum + 0.003 * rng.standard_normal(count))
    for click_ms in (5, 20, 50):
        clicks = 0.003 * rng.standard_normal(count)
        length = click_ms * 8
        for start in range(800, count - length, 3400):
            clicks[start : start + length] += 0.3 * pink(length, rng) * np.hanning(length)
        lines[f"clicks of {click_ms} ms"] = telephone(clicks)
    return lines
