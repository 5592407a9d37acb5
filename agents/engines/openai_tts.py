"""A voice by OpenAI's speech, or a compatible server's, audio as it is made."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final

from openai import omit

from agents.engines import mp3, openai_client, options
from agents.engines.base import OPENAI_URL, EngineSetup, TextToSpeech
from agents.engines.openai_client import client_for, connect, provider_errors, warm
from agents.speech.resample import ToTelephone
from voicex.errors import ConfigurationError, EngineSilent

__all__ = ["OpenAITextToSpeech", "aclose", "connect", "make_tts", "warm"]

DEFAULT_MODEL: Final = "gpt-4o-mini-tts"
DEFAULT_VOICE: Final = "alloy"  # the one name that every compatible server knows
PCM_RATE: Final = 24_000  # what OpenAI's "pcm" is: 16-bit little-endian mono, no header
FORMATS: Final = ("pcm", "mp3")


def make_tts(setup: EngineSetup) -> TextToSpeech:
    """The engine for one call. Raises ConfigurationError.

    Agent options: `openai.tts_model`, `openai.tts_format` ("pcm", or "mp3" for servers
    that have nothing else), `openai.tts_sample_rate` (of PCM, in hertz),
    `openai.tts_instructions` (how to speak). The voice is the agent's.
    """
    return OpenAITextToSpeech(setup)


async def aclose() -> None:
    """Close the running loop's connections and decoders."""
    await openai_client.aclose()
    await mp3.aclose()


class OpenAITextToSpeech:
    """One streamed request a sentence; closing the audio closes its connection."""

    def __init__(self, setup: EngineSetup) -> None:
        openai_client.check_access(setup.credentials)
        config, credentials = setup.config, setup.credentials
        self._credentials = credentials
        model = credentials.openai_tts_model or DEFAULT_MODEL
        self._model = options.text(config, "openai.tts_model", model)
        self._voice = config.voice or DEFAULT_VOICE
        self._format = options.text(config, "openai.tts_format", credentials.openai_tts_format)
        if self._format not in FORMATS:
            raise ConfigurationError(
                f"The openai voice's format is {self._format!r}; choose one of: pcm, mp3"
            )
        self._rate = int(options.number(config, "openai.tts_sample_rate", PCM_RATE))
        self._instructions = options.text(config, "openai.tts_instructions", "")

    @property
    def cache_key(self) -> str:
        """What, beside the text, decides the sound."""
        server = self._credentials.openai.endpoint or OPENAI_URL
        return "|".join(
            (
                "openai",
                server,
                self._model,
                self._voice,
                self._format,
                str(self._rate),
                self._instructions,
            )
        )

    async def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        """Audio of `text` as it comes: mu-law, 8 kHz mono. Raises EngineError."""
        is_silent = True
        with provider_errors("the voice"):
            request = client_for(self._credentials).audio.speech.with_streaming_response.create(
                model=self._model,
                voice=self._voice,
                input=text,
                response_format="mp3" if self._format == "mp3" else "pcm",
                instructions=self._instructions or omit,
            )
            async with request as response, aclosing(self._mulaw(response.iter_bytes())) as audio:
                async for chunk in audio:
                    is_silent = False
                    yield chunk
        if is_silent:
            raise EngineSilent("openai, a voice without a sound")

    def _mulaw(self, received: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        if self._format == "mp3":
            return mp3.mulaw_from_mp3(received, ffmpeg_binary=self._credentials.ffmpeg_binary)
        return _mulaw_from_pcm(received, self._rate)


async def _mulaw_from_pcm(pcm: AsyncIterator[bytes], rate: int) -> AsyncGenerator[bytes, None]:
    telephone = ToTelephone(rate)
    async for chunk in pcm:
        if audio := telephone.push(chunk):
            yield audio
    if audio := telephone.flush():
        yield audio
