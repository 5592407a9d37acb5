"""Speech to text by OpenAI's transcriptions, or a compatible server's."""

import asyncio
import io
import re
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, cast

import httpx2  # its errors come through while a body is read
import numpy as np
import openai
from openai import omit
from openai.types import AudioResponseFormat

from agents.engines import options, pool
from agents.engines.base import EngineSetup, HeardWords, SpeechToText
from agents.engines.boundary import Boundary
from agents.engines.chat import refused_parameters
from agents.engines.chat.refused_parameters import READ_CHARACTERS
from agents.engines.openai import client
from agents.engines.openai.client import aclose, client_for, connect, warm
from agents.engines.openai.errors import all_said, provider_errors, short
from agents.engines.openai.plain_bytes import NotReadable, plain
from agents.engines.openai.server_habits import server_habits
from agents.speech.audio.resample import STT_RATE, mulaw_to_pcm16k
from agents.speech.audio.wide_sound import BYTES_PER_POSITION
from agents.speech.heard import transcription
from agents.speech.heard.failures import NotWords
from agents.speech.heard.hallucinations import believed
from agents.speech.heard.language_words import code_of
from agents.speech.heard.transcription import Transcription
from voicex.errors import EngineError, EngineReason

__all__ = ["OpenAISpeechToText", "aclose", "connect", "make_stt", "warm"]

DEFAULT_MODEL: Final = "gpt-4o-mini-transcribe"
TOTAL_SECONDS: Final = 3.0  # after that the caller has been waiting too long for this answer
SHORTEST_BYTES: Final = 800  # 100 ms; the API refuses less, and no word is shorter
# A minute of words with their times has 30 KB; to parse more brackets takes the loop 20 ms.
MAX_ANSWER_BYTES: Final = 131_072
# What is asked for, the best first: `verbose_json` has probabilities, every server has `json`.
FORMATS: Final[tuple[AudioResponseFormat, ...]] = ("verbose_json", "json", "text")
JSON_ALONE: Final = "gpt-"  # OpenAI: these models have no other format
FORMAT: Final = "response_format"
FORMAT_WORDS: Final = (FORMAT, "format", "formats", "verbose_json")


def make_stt(setup: EngineSetup) -> SpeechToText:
    """The engine for one call. Raises ConfigurationError without a key or a server.

    Agent option: `openai.stt_model`.
    """
    return OpenAISpeechToText(setup)


class OpenAISpeechToText:
    """One request for each utterance, with the audio as WAV: PCM 16-bit, 16 kHz, mono."""

    def __init__(self, setup: EngineSetup) -> None:
        client.check_access(setup.credentials)
        self._credentials = setup.credentials
        default = setup.credentials.default("openai.stt_model") or DEFAULT_MODEL
        self._model = options.text(setup.config, "openai.stt_model", default)
        # The API takes ISO-639-1: "en", not "en-US".
        self._language = code_of(setup.config.language)
        # With several languages the server detects which one is spoken.
        self._allowed = frozenset(map(code_of, setup.config.languages))
        self._habits = server_habits.of("stt", setup.credentials.of(client.ENGINE), self._model)

    async def transcribe(self, audio: bytes) -> str:
        """The words in `audio` (mu-law, 8 kHz mono), "" for none. Raises EngineError."""
        return (await self.transcribe_any(audio)).text

    async def transcribe_any(self, audio: bytes) -> HeardWords:
        """The words in any of the agent's languages, and which one. Raises EngineError."""
        if len(audio) < SHORTEST_BYTES:
            return HeardWords("")
        return await self._words(partial(wav_16k, audio))

    async def transcribe_wide(self, pcm: bytes) -> HeardWords:
        """The same of `pcm` (16-bit little-endian, 16 kHz mono). Raises EngineError."""
        if len(pcm) < SHORTEST_BYTES * BYTES_PER_POSITION:
            return HeardWords("")
        return await self._words(partial(wav_of, pcm))

    async def _words(self, make_wav: Callable[[], bytes]) -> HeardWords:
        with Boundary("openai, the transcription"):
            async with asyncio.timeout(TOTAL_SECONDS):
                wav = await pool.run(make_wav)
                is_open = len(self._allowed) > 1
                heard, requests = await self._heard(wav, "" if is_open else self._language), 1
                told = code_of(heard.language)
                # A short sound may be anything: then it is in the language that is spoken.
                if is_open and heard.text and heard.language and told not in self._allowed:
                    heard, told, requests = await self._heard(wav, self._language), "", 2
        return HeardWords(believed(heard), told if is_open else "", requests)

    async def _heard(self, wav: bytes, language: str) -> Transcription:
        """The server's transcription; with another request if it refuses the form of the first."""
        usual = "json" if self._model.startswith(JSON_ALONE) else FORMATS[0]
        known = self._habits.instead_of(FORMAT, usual)
        wish = _Wish(known, "" if self._habits.without(self._language_habit) else language)
        with provider_errors("the transcription"):
            while True:
                try:
                    heard = await self._asked(wav, wish)
                except openai.APIStatusError as error:
                    if _finds_nothing(error):
                        return Transcription("")
                    if not wish.change(error):
                        raise
                else:
                    break
        # Accepted: remember the changes for later requests.
        if wish.format != known:
            self._habits.use(FORMAT, wish.format)
        if language and not wish.language:
            self._habits.leave_out(self._language_habit)
        return heard

    @property
    def _language_habit(self) -> str:
        return f"language={self._language}"  # a server may know other languages

    async def _asked(self, wav: bytes, wish: "_Wish") -> Transcription:
        asked = client_for(self._credentials).audio.transcriptions.with_streaming_response
        request = asked.create(
            file=("utterance.wav", wav, "audio/wav"),
            model=self._model,
            language=wish.language or omit,
            response_format=cast(AudioResponseFormat, wish.format),
        )
        body = b""
        async with request as response:
            try:
                async for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > MAX_ANSWER_BYTES:
                        raise _unreadable(f"more than {MAX_ANSWER_BYTES} bytes")
            except (openai.APIError, httpx2.HTTPError):
                if not transcription.is_whole(body):  # of what is compressed, nothing is
                    raise  # otherwise the answer is complete
            content_type = response.headers.get("content-type", "")
        try:
            words = plain(body)
            if len(words) > MAX_ANSWER_BYTES:
                raise _unreadable(f"more than {MAX_ANSWER_BYTES} bytes, unpacked")
            return transcription.read(words, content_type)
        except (NotWords, NotReadable) as error:
            raise _unreadable(str(error)) from error


# Some servers refuse audio without speech, or too short, instead of returning "".
_NOTHING: Final = re.compile(
    r"too short|minimum audio|minimum length|minimum duration|no speech|no audible|no voice"
    r"|audio is empty|empty audio|silent audio|audio is silent|only silence|no words"
)


def _finds_nothing(error: openai.APIStatusError) -> bool:
    is_refusal = error.status_code in (400, 422)
    return is_refusal and bool(_NOTHING.search(all_said(error)[:READ_CHARACTERS].lower()))


@dataclass(slots=True)
class _Wish:
    """The form of the request, changed until the server accepts it."""

    format: str
    language: str
    tried: set[str] = field(default_factory=set)

    def change(self, error: openai.APIStatusError) -> bool:
        """Change the form according to the refusal; False if that is not clear."""
        if error.status_code not in refused_parameters.STATUSES:
            return False
        said = all_said(error)
        self.tried.add(self.format)
        if refused_parameters.names(said, [*FORMAT_WORDS]):
            self.format = refused_parameters.next_value(said, FORMATS, self.tried) or self.format
            return self.format not in self.tried
        if self.language and refused_parameters.names(said, ["language", "languages"]):
            self.language = ""
            return True
        return False


def _unreadable(detail: str) -> EngineError:
    said = short(detail)
    return EngineError(f"openai, the transcription: {said}", reason=EngineReason.UNREADABLE)


def wav_16k(audio: bytes) -> bytes:
    """`audio` (mu-law, 8 kHz mono) as a WAV file: PCM 16-bit, 16 kHz, mono."""
    samples = (mulaw_to_pcm16k(audio) * 32767.0).astype("<i2", casting="unsafe")
    return wav_of(samples.tobytes())


def wav_of(pcm: bytes) -> bytes:
    """`pcm` (16-bit, 16 kHz, mono) as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(np.dtype(np.int16).itemsize)
        wav.setframerate(STT_RATE)
        wav.writeframes(pcm)
    return file.getvalue()
