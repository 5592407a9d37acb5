"""The local voice: hibari, a small English voice whose model is inside its package.

One sentence is one job for the pool (about 35 ms for three seconds of speech on one core),
and leaves as soon as it is rendered. Nothing is downloaded: hibari could fetch further
voices, so only the one whose file and digest stand here is ever asked for.
"""

import threading
from collections.abc import AsyncGenerator
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from agents.engines import options, pool
from agents.engines.base import EngineSetup
from agents.engines.models import ModelFile
from agents.settings.config import AgentConfig
from agents.speech.audio.both_bands import part, pcm_to_both
from agents.speech.audio.resample import pcm_to_mulaw
from agents.speech.said.said import Said
from agents.speech.text.sentences import SentenceChunker
from voicex.errors import ConfigurationError, EngineSilent

VOICES: Final = {
    "heart": ModelFile(
        package="hibari",
        path="assets/hibari.onnx",
        sha256="5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
    ),
}
ENGINE: Final = "local"
MODEL_FILES: Final = tuple(VOICES.values())
DEFAULT_VOICE: Final = "heart"
RATE: Final = 24_000
SPEEDS: Final = (0.5, 2.0)  # what the model was trained for; 1.0 is its own pace

CHUNK_BYTES: Final = 2_000  # 250 ms of mu-law
# The voice's loudness hardly varies (active RMS 0.053-0.067 over 17 sentences), so a fixed
# gain keeps sentences equally loud; its rare plosive peaks are bent down instead.
GAIN: Final = 2.5
KNEE: Final = 0.5
CEILING: Final = 10 ** (-3 / 20)  # -3 dBFS
AUDIBLE: Final = 0.003  # of full scale, before the gain; the model's own silence is 0.00001
FRAME: Final = RATE // 100
# The model puts 220-350 ms of silence before each sentence: heard as slowness on the phone.
LEAD_FRAMES: Final = 2
SENTENCE_PAUSE_FRAMES: Final = 20
CLAUSE_PAUSE_FRAMES: Final = 10

_loading = threading.Lock()


class LocalVoice:
    """Speaks English at `speed` (1.0 is the voice's own pace)."""

    def __init__(self, voice: str, *, speed: float) -> None:
        self._voice = voice
        self._speed = speed

    @property
    def cache_key(self) -> str:
        """The voice and its speed decide the sound; the noise in it is seeded."""
        return f"local:{self._voice}:{self._speed:g}"

    def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        """Mu-law 8 kHz, a sentence at a time. Raises EngineSilent, EngineMissing."""
        return self._spoken(text, in_both=False)

    def speak_wide(self, text: str) -> AsyncGenerator[bytes, None]:
        """As `speak`, with what the voice has above the telephone's band (`BothBands`)."""
        return self._spoken(text, in_both=True)

    async def _spoken(self, text: str, *, in_both: bool) -> AsyncGenerator[bytes, None]:
        is_silent = True
        for sentence in _sentences(text):
            audio = await pool.run(_render, self._voice, sentence, self._speed, in_both)
            is_silent = is_silent and not audio
            for start in range(0, len(audio), CHUNK_BYTES):
                yield part(audio, start, start + CHUNK_BYTES)
        if is_silent:
            raise EngineSilent


def make_tts(setup: EngineSetup) -> LocalVoice:
    """The local voice for an agent. Options: `local.speed`, 0.5 to 2.0.

    Raises ConfigurationError for a voice or a language that it does not have.
    """
    config = setup.config
    # A voice's name belongs to the engine that the agent chose. When that one fails and the
    # local voice replaces it, the name means nothing here.
    voice = (config.voice if config.tts == ENGINE else "") or DEFAULT_VOICE
    if voice not in VOICES:
        raise ConfigurationError(
            f"The local engine has no voice {voice!r}; it has: {', '.join(VOICES)}. "
            "Leave the agent's voice empty, or choose another text-to-speech engine"
        )
    if config.language.partition("-")[0].lower() != "en":
        raise ConfigurationError(
            f"The local voice speaks English only, not {config.language!r}. "
            "Choose another text-to-speech engine for this agent"
        )
    return LocalVoice(voice, speed=_speed(config))


async def warm() -> None:
    """Load the voice and speak once, so that the first call does not pay for it."""
    # A made-up word makes the voice load its reader of unknown words, too.
    await pool.run(_render, DEFAULT_VOICE, "Good morning, Voicexia.", 1.0)


def _speed(config: AgentConfig) -> float:
    low, high = SPEEDS
    speed = options.number(config, "local.speed", 1.0)
    if not low <= speed <= high:
        raise ConfigurationError(
            f"The engine option local.speed is {speed}; expected {low} to {high}, for example 1.1"
        )
    return speed


def _sentences(text: str) -> list[str]:
    # Not hibari's own splitter: it takes "Jan. 5th" and "Apt. 3" for two sentences.
    chunker = SentenceChunker(early=False)
    return chunker.push(Said()(text)) + chunker.flush()


@cache
def _load(voice: str) -> Any:
    # Imported here because it reads its tables while it is imported.
    from hibari import Hibari

    # With `model` given it never looks for a file by itself, let alone downloads one.
    # After loading it changes nothing of its own, so the pool's threads may share it.
    return Hibari(voice=voice, model=str(VOICES[voice].resolve()), threads=1)


def _render(voice: str, sentence: str, speed: float, in_both: bool = False) -> bytes:
    with _loading:
        model = _load(voice)
        read = model.g2p  # made on first use, hence inside the lock
    phonemes = read(sentence)
    if not phonemes:
        return b""
    samples = model.from_phonemes(phonemes, speed=speed, seed=0)
    is_end = sentence.rstrip().endswith((".", "!", "?", "…"))
    pause = SENTENCE_PAUSE_FRAMES if is_end else CLAUSE_PAUSE_FRAMES
    level = _for_telephone(samples, pause_frames=pause)
    return pcm_to_both(level, RATE) if in_both else pcm_to_mulaw(level, RATE)


def _for_telephone(samples: NDArray[np.float32], *, pause_frames: int) -> NDArray[np.float32]:
    """`samples` without the silence around them, at the telephone's level, unclipped."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    audible = np.flatnonzero(np.abs(frames).max(axis=1, initial=0.0) > AUDIBLE)
    if not len(audible):
        return np.zeros(0, dtype=np.float32)
    first = max(0, int(audible[0]) - LEAD_FRAMES)
    spoken = samples[first * FRAME : (int(audible[-1]) + 1) * FRAME] * GAIN
    level = np.abs(spoken)
    room = CEILING - KNEE
    bent = np.sign(spoken) * (KNEE + room * np.tanh((level - KNEE) / room))
    limited = np.where(level <= KNEE, spoken, bent).astype(np.float32)
    return np.concatenate((limited, np.zeros(pause_frames * FRAME, dtype=np.float32)))
