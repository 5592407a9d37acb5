"""Long calls for the voice detector: people one after the other, and noise between them.

Everything random comes from a seed, so every run hears the same.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.engines.local.tts import LocalVoice
from agents.speech.audio import mulaw
from agents.speech.audio.endpointing import WINDOW_MS
from benchmarks.phone_audio import BLOCK, Samples, pink, telephone
from testing.sound.speech import folder, recorded_people

SNR_DB: Final = (20, 10, 0)
# Noise is without voices, or the voices of a room behind the caller.
CROWD: Final = 6
PAUSE_SECONDS: Final = (1.5, 6.0)
SENTENCES: Final = (
    "Hello, I would like to make an appointment.",
    "Are you open on Saturday afternoon?",
    "No.",
    "My number is five five five, zero one two three.",
    "Thank you very much, that is all I wanted to know.",
)


@dataclass(frozen=True, slots=True)
class LongLine:
    """audio: mu-law 8 kHz; level: of the noise, in words; is_loud: for each window of 32 ms,
    whether a voice sounds in most of it; utterances: begin and end of each clip's sound, ms."""

    audio: bytes
    level: str
    is_loud: NDArray[np.bool_]
    utterances: tuple[tuple[int, int], ...]

    def spans(self) -> Iterator[tuple[int, int, int]]:
        """Begin and end of each utterance, and begin of the next, in ms."""
        line_ms = len(self.audio) // 8
        begins = [begin for begin, _ in self.utterances[1:]] + [line_ms]
        for (begin, end), following in zip(self.utterances, begins, strict=True):
            yield begin, end, following


def voices() -> tuple[list[bytes], str]:
    """Clips (mu-law), and what they are; synthetic where there are no recorded people."""
    people = [person.audio() for person in recorded_people()]
    if people:
        return people, "recorded people"
    print(f"No recorded people in {folder()}: a synthetic voice instead")
    return asyncio.run(_synthetic()), "sentences of the local voice"


async def _synthetic() -> list[bytes]:
    voice = LocalVoice("heart", speed=1.0)
    return [b"".join([part async for part in voice.speak(text)]) for text in SENTENCES]


def long_lines(clips: list[bytes]) -> dict[str, LongLine]:
    """`clips` on lines of every kind of noise at every level, by name."""
    rng = np.random.default_rng(1)
    voices_ = [mulaw.decode(clip) / 32768.0 for clip in clips]
    parts: list[Samples] = []
    for voice in voices_:
        parts += [np.zeros(int(mulaw.RATE * rng.uniform(*PAUSE_SECONDS))), voice]
    parts.append(np.zeros(int(mulaw.RATE * PAUSE_SECONDS[0])))
    speech = np.concatenate(parts)
    is_loud, utterances = _truth(parts)
    power = float(np.mean(_blocks(speech)[is_loud] ** 2))
    starts = np.arange(0, len(is_loud) * 10 - WINDOW_MS, WINDOW_MS) // 10
    truth = np.array([is_loud[start : start + 4].mean() > 0.5 for start in starts])
    count = len(speech)
    lines = {"digital silence": ("clean", speech)}
    # -70 dB, the smallest step of mu-law, is a line at its best.
    lines["quiet line"] = ("clean", speech + 7 / 32768 * rng.standard_normal(count))
    for name, noise in _noises(count, voices_, rng).items():
        for snr_db in SNR_DB:
            # People in the background are speech: louder ones are no noise, but a question.
            if name != "voices" or snr_db == max(SNR_DB):
                loudness = np.sqrt(power / 10 ** (snr_db / 10)) / noise.std()
                lines[f"{name}, {snr_db} dB"] = (f"{snr_db} dB", speech + loudness * noise)
    return {
        name: LongLine(telephone(sound), level, truth, utterances)
        for name, (level, sound) in lines.items()
    }


def _noises(count: int, people: list[Samples], rng: np.random.Generator) -> dict[str, Samples]:
    time = np.arange(count) / mulaw.RATE
    hum = np.sum([np.sin(2 * np.pi * 50 * tone * time + tone) / tone for tone in (1, 2, 3, 5)], 0)
    crowd = np.zeros(count)
    for _ in range(CROWD):
        order = rng.permutation(len(people))
        said = np.concatenate([people[number] / people[number].std() for number in order])
        crowd += np.roll(np.resize(said, count), rng.integers(count))
    return {
        "white": rng.standard_normal(count),
        "pink": pink(count, rng),
        "hum": hum + 0.05 * rng.standard_normal(count),
        "unsteady": pink(count, rng) * (1 + 0.5 * np.sin(2 * np.pi * 0.3 * time)),
        "voices": crowd,
    }


def _truth(parts: list[Samples]) -> tuple[NDArray[np.bool_], tuple[tuple[int, int], ...]]:
    """For each 10 ms of the line whether its speaker sounds, within 30 dB of their loudest
    twentieth; and the span of each clip's sound in ms. Every second part is a clip."""
    is_loud = np.zeros(sum(map(len, parts)) // BLOCK, dtype=np.bool_)
    spans = []
    position = 0
    for number, part in enumerate(parts):
        if number % 2:
            begin = -(-position // BLOCK)
            level_db = 10 * np.log10(np.mean(_blocks(part) ** 2, axis=1) + 1e-12)
            loud = level_db > np.percentile(level_db[level_db > -100], 95) - 30
            is_loud[begin : begin + len(loud)] = loud
            where = begin + np.flatnonzero(loud)
            spans.append((int(where[0]) * 10, int(where[-1]) * 10 + 10))
        position += len(part)
    return is_loud, tuple(spans)


def _blocks(samples: Samples) -> Samples:
    return samples[: len(samples) // BLOCK * BLOCK].reshape(-1, BLOCK)
