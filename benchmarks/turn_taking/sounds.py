"""What callers make heard while an agent speaks: words, nods, coughs, noise, speech aside.

Words are the local voice's; everything else is made of filtered noise and tones from fixed seeds,
so that every run hears the same. Recorded coughs would be better, and none with a licence is here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.speech.audio import mulaw
from benchmarks.load import VOICES
from benchmarks.phone_audio import pink, telephone
from benchmarks.turn_taking.turn import sound
from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.sound.voices import spoken

Samples = NDArray[np.float64]

# To real words an agent yields; it passes over the rest.
WORDS: Final = "words"
NODS: Final = "acknowledgements"
ASIDE: Final = "speech aside"
COUGHS: Final = "coughs and sneezes"
FILLERS: Final = "fillers"
NOISE: Final = "noise and music"

CLAIMS: Final = (
    "stop", "wait a second", "hold on", "no that's wrong", "excuse me", "sorry can I ask something",
    "actually I meant Tuesday", "can I speak to a person", "what about Saturday",
    "I have a question", "no no no", "how much is that", "one moment", "that is not what I asked",
    "let me stop you there", "where exactly is that", "do you take cards", "wait",
    "I need to cancel", "could you repeat that",
)  # fmt: skip
ACKNOWLEDGEMENTS: Final = (
    "mm-hmm", "yes", "okay", "right", "yeah", "uh-huh", "sure", "I see", "got it", "all right",
    "mhm", "good", "yep", "oh okay", "great", "of course",
)  # fmt: skip
VOCAL_TICS: Final = ("um", "uh", "er", "hmm", "ah")
ASIDES: Final = (
    "honey can you turn that down please", "I'm on the phone", "not now sweetie",
    "put it on the table", "the keys are in the kitchen", "could you close the door",
    "just a minute I'm talking to somebody", "give that back to your brother",
    "no the other one on the left", "sit down please",
)  # fmt: skip
ASIDE_DB: Final = -12.0  # away from the mouthpiece


@dataclass(frozen=True, slots=True)
class Sound:
    """utterance: what the phone plays of it, words included where a recogniser would hear some."""

    kind: str
    utterance: Utterance


async def sounds(*, voices: Path = VOICES) -> list[Sound]:
    """All of them, those of one kind together."""

    async def said(text: str) -> bytes:
        return b"".join((await spoken(text, cache_dir=voices)).frames)

    found = [Sound(WORDS, sound(text, await said(text), text)) for text in CLAIMS]
    found += [Sound(NODS, sound(text, await said(text), text)) for text in ACKNOWLEDGEMENTS]
    found += [Sound(FILLERS, sound(text, await said(text), text)) for text in VOCAL_TICS]
    found += [
        Sound(ASIDE, sound(text, quieter(await said(text), ASIDE_DB), text)) for text in ASIDES
    ]
    found += [Sound(COUGHS, sound(name, audio)) for name, audio in _coughs().items()]
    found += [Sound(NOISE, sound(name, audio)) for name, audio in _noises().items()]
    return found


def quieter(audio: bytes, gain_db: float) -> bytes:
    """`audio` (mu-law) with `gain_db` of gain, which is negative."""
    samples = mulaw.decode(audio).astype(np.float64) * 10 ** (gain_db / 20)
    return mulaw.encode(samples.astype(np.int16))


def _coughs() -> dict[str, bytes]:
    """Bursts of noise with the steep beginning of a cough, and the long hiss of a sneeze."""
    found = {}
    for seed in range(6):
        rng = np.random.default_rng(seed)
        loud = rng.uniform(0.15, 0.4)
        bursts = [
            _burst(rng, ms=int(rng.integers(90, 220)), low=350, high=2_800, attack_ms=8)
            * loud
            * share
            for share in (1.0, 0.7, 0.5)[: 1 + seed % 3]
        ]
        gap = np.zeros(8 * int(rng.integers(80, 200)))
        found[f"cough {seed}"] = telephone(np.concatenate([p for b in bursts for p in (b, gap)]))
    for seed in range(4):
        rng = np.random.default_rng(100 + seed)
        breath = _burst(rng, ms=300, low=300, high=1_500, attack_ms=250) * 0.06
        burst = _burst(rng, ms=350, low=1_000, high=3_400, attack_ms=15) * 0.4
        found[f"sneeze {seed}"] = telephone(np.concatenate((breath, burst)))
    return found


def _noises() -> dict[str, bytes]:
    found = {}
    for seed in range(4):
        rng = np.random.default_rng(200 + seed)
        found[f"rustle {seed}"] = telephone(
            0.08 * pink(8 * 900, rng) * np.abs(np.sin(np.linspace(0, 9 + seed, 8 * 900)))
        )
    for seed in range(3):  # a door, a cup, a key: 60 ms that ring
        rng = np.random.default_rng(300 + seed)
        at = np.arange(8 * 400) / mulaw.RATE
        ring = np.sin(2 * np.pi * rng.uniform(300, 2_000) * at) * np.exp(-at * 25)
        found[f"knock {seed}"] = telephone(0.5 * ring + 0.1 * pink(len(at), rng) * np.exp(-at * 40))
    for seed in range(3):
        found[f"music {seed}"] = telephone(0.15 * _music(np.random.default_rng(400 + seed)))
    return found


def _music(rng: np.random.Generator) -> Samples:
    """Two seconds of broken chords, each note with its harmonics."""
    notes = []
    for step in rng.choice([0, 3, 4, 7, 8, 12], size=8):
        at = np.arange(8 * 250) / mulaw.RATE
        pitch = 220 * 2 ** (step / 12)
        tone = np.sum([np.sin(2 * np.pi * pitch * n * at) / n**2 for n in range(1, 6)], axis=0)
        notes.append(tone * np.exp(-at * 4))
    return np.concatenate(notes)


def _burst(rng: np.random.Generator, *, ms: int, low: int, high: int, attack_ms: int) -> Samples:
    """Noise between two frequencies that rises fast and falls slowly; loudness about 1."""
    count = 8 * ms
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequency = np.fft.rfftfreq(count, 1 / mulaw.RATE)
    spectrum[(frequency < low) | (frequency > high)] = 0
    noise = np.fft.irfft(spectrum, count)
    at = np.arange(count)
    rise = np.minimum(at / (8 * attack_ms), 1)
    fall = np.exp(-np.maximum(at - 8 * attack_ms, 0) / (count / 4))
    shaped: Samples = noise / noise.std() * rise * fall
    return shaped
