"""The audio of a scripted caller, and a voice activity that tells voices from noise. Pure."""

import asyncio
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np

from agents.engines.scripted import marks
from agents.engines.scripted.engines import tone_mulaw
from agents.speech.audio import mulaw
from testing.conversations.script import Act
from testing.engines import WINDOW

FRAME: Final = 160
FRAME_SECONDS: Final = 0.02
QUIET: Final = bytes([mulaw.SILENCE]) * FRAME
ASIDE: Final = 0.15  # of the caller's own loudness
AUDIBLE: Final = 200.0  # mean amplitude, as `telephony.simulator.sound.loudness.LOUD`
# A voice repeats itself with its pitch, here 8 ms; noise does not.
PITCH: Final = 64
VOICED: Final = 0.6
VOICE, SOUND, SILENCE = 0.95, 0.7, 0.02  # what a detector says of each


def frames_of(act: Act) -> list[bytes]:
    """The audio of `act` in frames of 20 ms, marked with its words."""
    frames: list[bytes] = []
    for number, (words, seconds) in enumerate(act.parts):
        if number:
            frames += [QUIET] * round(act.pauses[number - 1] / FRAME_SECONDS)
        count = round(seconds / FRAME_SECONDS)
        audio = _audio(act.kind, count)
        texts = _texts(words, count)
        frames += [
            marks.write(audio[at * FRAME : (at + 1) * FRAME], texts.get(at, ""))
            for at in range(count)
        ]
    return frames


def _audio(kind: str, count: int) -> bytes:
    if kind in ("caller", "aside"):
        voice = tone_mulaw(count * 20)
        return voice if kind == "caller" else _times(voice, ASIDE)
    if kind == "music":
        at = np.arange(count * FRAME) / mulaw.RATE
        chord = sum(np.sin(2 * np.pi * pitch * at) for pitch in (262, 330, 392))
        return mulaw.encode((np.asarray(chord) * 3_000).astype(np.int16))
    rng = np.random.default_rng(count)
    noise = rng.normal(0, 4_000, count * FRAME)
    if kind == "cough":
        noise *= np.exp(-np.arange(len(noise)) / (len(noise) / 2))
    return mulaw.encode(noise.clip(-32768, 32767).astype(np.int16))


def _times(audio: bytes, gain: float) -> bytes:
    return mulaw.encode((mulaw.decode(audio) * gain).astype(np.int16))


def mixed(frame: bytes, played: bytes, gain: float) -> bytes:
    """`frame` with `played` in it at `gain`; the words of the frame stay."""
    both = mulaw.decode(frame).astype(np.int32) + (mulaw.decode(played) * gain).astype(np.int32)
    words = marks.read(frame)
    sound = mulaw.encode(both.clip(-32768, 32767).astype(np.int16))
    return marks.write(sound, f"{words} " if words else "")


def _texts(words: str, frames: int) -> dict[int, str]:
    """Each word of `words` at the frame when most of it was said."""
    said = words.split()
    texts: dict[int, str] = {}
    for number, word in enumerate(said):
        at = int(frames * (number + 0.75) / len(said))
        for offset, piece in enumerate(marks.spread(f"{word} ")):
            texts[at + offset] = piece
    return texts


class SoundActivity:
    """Replaces `VoiceActivity`: judges each window by its loudness and its pitch."""

    def listener(self, on_probability: Callable[[float], None]) -> "SoundListener":
        """A new listener."""
        return SoundListener(on_probability)

    async def aclose(self) -> None:
        """Does nothing."""


class SoundListener:
    """One caller's ear."""

    def __init__(self, on_probability: Callable[[float], None]) -> None:
        self._on_probability: Callable[[float], None] | None = on_probability
        self._part = bytearray()

    def push(self, payload: bytes) -> None:
        """Take mu-law audio."""
        self._part += payload
        while len(self._part) >= WINDOW:
            window = bytes(self._part[:WINDOW])
            del self._part[:WINDOW]
            asyncio.get_running_loop().call_soon(self._tell, probability(window))

    def set_speaking(self, is_speaking: bool) -> None:
        """Every window is judged in any case."""

    def close(self) -> None:
        """Stop listening."""
        self._on_probability = None

    def _tell(self, value: float) -> None:
        if self._on_probability is not None:
            self._on_probability(value)


@lru_cache(maxsize=4_096)  # silence and tones come again and again
def probability(window: bytes) -> float:
    """How likely there is a voice in a window of mu-law audio."""
    samples = mulaw.decode(window).astype(np.float64)
    if np.abs(samples).mean() < AUDIBLE:
        return SILENCE
    early, late = samples[:-PITCH], samples[PITCH:]
    likeness = (early @ late) / np.sqrt((early @ early) * (late @ late) + 1)
    return VOICE if likeness > VOICED else SOUND
