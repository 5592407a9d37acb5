"""Speech to text by OpenAI's transcriptions, or a compatible server's."""

import asyncio
import io
import wave
from typing import Final

import numpy as np

from agents.engines import openai_client, options, pool
from agents.engines.base import EngineSetup, SpeechToText
from agents.engines.openai_client import aclose, client_for, connect, provider_errors, warm
from agents.speech.resample import STT_RATE, mulaw_to_pcm16k
from voicex.errors import EngineTimeout

__all__ = ["OpenAISpeechToText", "aclose", "connect", "make_stt", "warm"]

DEFAULT_MODEL: Final = "gpt-4o-mini-transcribe"
TOTAL_SECONDS: Final = 3.0  # after that the caller has been waiting too long for this answer
SHORTEST_BYTES: Final = 800  # 100 ms; the API refuses less, and no word is shorter


def make_stt(setup: EngineSetup) -> SpeechToText:
    """The engine for one call. Raises ConfigurationError without a key or a server.

    Agent option: `openai.stt_model`.
    """
    return OpenAISpeechToText(setup)


class OpenAISpeechToText:
    """One request an utterance, with the audio as a WAV: PCM 16-bit, 16 kHz, mono."""

    def __init__(self, setup: EngineSetup) -> None:
        openai_client.check_access(setup.credentials)
        self._credentials = setup.credentials
        default = setup.credentials.openai_stt_model or DEFAULT_MODEL
        self._model = options.text(setup.config, "openai.stt_model", default)
        # The API takes ISO-639-1: "en", not "en-US".
        self._language = setup.config.language.split("-")[0]

    async def transcribe(self, audio: bytes) -> str:
        """The words in `audio` (mu-law, 8 kHz mono), "" for none. Raises EngineError."""
        if len(audio) < SHORTEST_BYTES:
            return ""
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                wav = await pool.run(wav_16k, audio)
                with provider_errors("the transcription"):
                    result = await client_for(self._credentials).audio.transcriptions.create(
                        file=("utterance.wav", wav, "audio/wav"),
                        model=self._model,
                        language=self._language,
                        response_format="json",  # the only one that every model has
                    )
        except TimeoutError as error:
            raise EngineTimeout("openai, the transcription") from error
        return result.text.strip()


def wav_16k(audio: bytes) -> bytes:
    """`audio` (mu-law, 8 kHz mono) as a WAV file: PCM 16-bit, 16 kHz, mono."""
    samples = (mulaw_to_pcm16k(audio) * 32767.0).astype("<i2", casting="unsafe")
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(np.dtype(np.int16).itemsize)
        wav.setframerate(STT_RATE)
        wav.writeframes(samples.tobytes())
    return file.getvalue()
