"""The voices of simulated callers: recordings, or synthesised speech unlike the agent's."""

import hashlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import numpy as np
import soxr

from agents.engines.base import EngineSetup
from agents.engines.local import tts
from agents.settings.config import AgentConfig
from agents.speech.audio import mulaw
from telephony.simulator.sound.utterance import Utterance, utterance
from telephony.simulator.sound.wav_file import UnreadableAudio, read_wav

# A slower tape: pitch, formants and tempo sink together, which is what makes the local voice
# another person. Below 0.85 speech recognition begins to suffer.
TAPE_SPEED: Final = 0.9
# People leave a moment before and after they speak; detectors need the line's silence.
LEAD_MS: Final = 60
TAIL_MS: Final = 200
RECIPE: Final = "local-1"  # part of the cache key: raise it when the sound changes

Speak = Callable[[str], Awaitable[bytes]]


async def speak_locally(text: str) -> bytes:
    """`text` in the local voice: mu-law, 8 kHz. Raises EngineError."""
    config = AgentConfig(agent_id="", version=0, name="caller", prompt="", facts=(), greeting="")
    voice = tts.make_tts(EngineSetup(config=config))
    return b"".join([chunk async for chunk in voice.speak(text)])


def recorded(path: Path) -> Utterance:
    """The WAV file at `path` as an utterance.

    Raises UnreadableAudio with a sentence that names the file.
    """
    try:
        samples, rate = read_wav(path.read_bytes())
    except OSError as error:
        raise UnreadableAudio(f"{path}: {error.strerror}") from error
    except UnreadableAudio as error:
        raise UnreadableAudio(f"{path}: {error}") from error
    try:
        return utterance(path.name, _telephone(samples, rate))
    except ValueError as error:
        raise UnreadableAudio(f"{path}: nothing in it is loud enough to be heard") from error


async def spoken(text: str, *, cache_dir: Path, speak: Speak = speak_locally) -> Utterance:
    """`text` said by a caller; synthesized once, then read from `cache_dir`.

    Raises EngineError, or UnreadableAudio when nothing audible came of it.
    """
    name = hashlib.sha256(f"{RECIPE}:{TAPE_SPEED}:{text}".encode()).hexdigest()[:24]
    path = cache_dir / f"{name}.ulaw"
    audio = _cached(path)
    if audio is None:
        audio = another_person(await speak(text))
        _keep(path, audio)
    try:
        return utterance(text, audio)
    except ValueError as error:
        raise UnreadableAudio(f"the voice made nothing audible of {text!r}") from error


def _cached(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _keep(path: Path, audio: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two phones may write the same sentence at once: each renames a whole file into place.
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(audio)
    draft.replace(path)


def another_person(audio: bytes) -> bytes:
    """`audio` (mu-law, 8 kHz) as a deeper, slower voice with a moment of silence around it."""
    samples = mulaw.decode_unit(audio)
    slowed = _telephone(samples, mulaw.RATE * TAPE_SPEED)
    silence = bytes([mulaw.SILENCE])
    return silence * (8 * LEAD_MS) + slowed + silence * (8 * TAIL_MS)


def _telephone(samples: np.ndarray, rate: float) -> bytes:
    """Samples in [-1, 1] at `rate` Hz as mu-law 8 kHz, without what a phone cannot carry."""
    narrow = soxr.resample(samples, rate, mulaw.RATE) if rate != mulaw.RATE else samples
    return mulaw.encode((narrow * 32767.0).clip(-32768, 32767).astype(np.int16))
