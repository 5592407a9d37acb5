"""Speech to text on this machine: English, no key, nothing sent anywhere.

One recogniser, Whisper tiny.en with a short window. Moonshine tiny, the other one that a
package brings, was measured beside it on recorded people: as quick, but 10 % of the words
wrong against 4 to 7, and 28 % of the digits against 3 to 10.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.engines import pool
from agents.engines.base import EngineSetup, HeardWords, SpeechToText
from agents.engines.local import whisper
from agents.speech.audio.resample import STT_RATE, mulaw_to_pcm16k
from agents.speech.audio.wide_sound import BYTES_PER_POSITION
from voicex.errors import ConfigurationError

MODEL_FILES: Final = (whisper.MODEL, *whisper.BESIDE_MODEL)

SHORTEST_BYTES: Final = 800  # 100 ms; no word is shorter
PEAK: Final = 0.2  # of every utterance; louder, Whisper runs spoken digits together
# Silence behind the last word, which a quick pause leaves little of. Without it Whisper is
# unsure of single digits and takes its second, slow look.
TRAIL_SECONDS: Final = 0.2
_FAINTEST: Final = 0.005  # a line with less than this holds no speech worth raising
_PIECE_SECONDS: Final = 28.0  # Whisper hears 30 s, and wants some silence behind
_CUT_SECONDS: Final = 6.0  # the quietest moment of a piece's last seconds ends it


class LocalSpeechToText:
    """Whisper in the pool. A cancelled transcription leaves it after its current inference."""

    async def transcribe(self, audio: bytes) -> str:
        """The words in `audio` (mu-law, 8 kHz mono), "" for none. Raises EngineMissing."""
        if len(audio) < SHORTEST_BYTES:
            return ""
        return await _texts(await pool.run(prepared, audio))

    async def transcribe_wide(self, pcm: bytes) -> HeardWords:
        """The same of `pcm` (16-bit little-endian, 16 kHz mono). Raises EngineMissing."""
        if len(pcm) < SHORTEST_BYTES * BYTES_PER_POSITION:
            return HeardWords("")
        return HeardWords(await _texts(await pool.run(prepared_wide, pcm)))


def make_stt(setup: EngineSetup) -> SpeechToText:
    """The local recogniser for an agent. Raises ConfigurationError for a language not English."""
    language = setup.config.language
    if language.partition("-")[0].lower() != "en":
        raise ConfigurationError(
            f"The local speech-to-text hears English only, not {language!r}. "
            "Choose another speech-to-text engine for this agent"
        )
    return LocalSpeechToText()


async def warm() -> None:
    """Load the model and run it once, so that the first call does not pay for it."""
    noise = np.random.default_rng(0).normal(0.0, 0.1, STT_RATE).astype(np.float32)
    await pool.run(whisper.recognize, noise, whisper.SHORT_SECONDS)


async def _texts(pieces: list[NDArray[np.float32]]) -> str:
    return " ".join(filter(None, [await _text(piece) for piece in pieces]))


async def _text(samples: NDArray[np.float32]) -> str:
    heard = await pool.run(whisper.recognize, samples, whisper.SHORT_SECONDS)
    if heard.is_doubtful:
        heard = await pool.run(whisper.recognize, samples, whisper.FULL_SECONDS)
    return heard.text


def prepared(audio: bytes) -> list[NDArray[np.float32]]:
    """`audio` (mu-law, 8 kHz) as Whisper takes it: float32 at 16 kHz, evenly loud, in pieces."""
    return _in_pieces(mulaw_to_pcm16k(audio))


def prepared_wide(pcm: bytes) -> list[NDArray[np.float32]]:
    """`pcm` (16-bit, 16 kHz) likewise."""
    return _in_pieces(np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32_768.0))


def _in_pieces(samples: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    samples *= PEAK / max(float(np.abs(samples).max(initial=0.0)), _FAINTEST)
    samples = np.pad(samples, (0, int(TRAIL_SECONDS * STT_RATE)))
    pieces = []
    while len(samples) > _PIECE_SECONDS * STT_RATE:
        end = _quietest(samples[: int(_PIECE_SECONDS * STT_RATE)])
        pieces.append(samples[:end])
        samples = samples[end:]
    return [*pieces, samples]


def _quietest(piece: NDArray[np.float32]) -> int:
    """Where in the end of `piece` 100 ms are quietest: the middle of them (samples)."""
    step = STT_RATE // 10
    blocks = piece[-int(_CUT_SECONDS * STT_RATE) :].reshape(-1, step)
    quietest = int(np.argmin(np.mean(blocks**2, axis=1)))
    return len(piece) - blocks.size + quietest * step + step // 2
