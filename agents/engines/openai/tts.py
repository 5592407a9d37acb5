"""A voice by OpenAI's speech, or a compatible server's, audio as it is made."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

import openai
from openai import omit

from agents.engines import options
from agents.engines.base import EngineSetup, TextToSpeech
from agents.engines.boundary import guarded
from agents.engines.chat import refused_parameters
from agents.engines.openai import client
from agents.engines.openai.client import client_for, connect, warm
from agents.engines.openai.errors import all_said, provider_errors, said_of, short
from agents.engines.openai.long_texts import (
    MOST_CUTS,
    SHORTEST,
    is_of_length,
    limit_in,
    parts_of,
)
from agents.engines.openai.plain_bytes import NotReadable, PlainBytes
from agents.engines.openai.server_address import OPENAI_URL
from agents.engines.openai.server_habits import server_habits
from agents.engines.sound import mp3
from agents.engines.sound.reader import PCM_RATE, PIECE, Asked, speech_only, telephone_sound
from agents.speech.audio.first_bytes import SoundKind
from voicex.errors import ConfigurationError, EngineError, EngineReason, EngineRefused

__all__ = ["OpenAITextToSpeech", "aclose", "connect", "make_tts", "warm"]

DEFAULT_MODEL: Final = "gpt-4o-mini-tts"
DEFAULT_VOICE: Final = "alloy"  # the one name that every compatible server knows
DEFAULT_FORMAT: Final = "pcm"
FORMATS: Final = ("pcm", "wav", "mp3", "mulaw")  # formats that an agent or a setting may choose
# Formats to try after a refusal, the fastest to decode first. Without mu-law, which has no header
# with the rate.
INSTEAD: Final = ("pcm", "wav", "mp3", "flac", "opus", "ogg", "aac")
KINDS: Final = {
    "pcm": SoundKind.PCM,
    "wav": SoundKind.WAV,
    "mp3": SoundKind.MP3,
    "mulaw": SoundKind.MULAW,
    "flac": SoundKind.FLAC,
    "opus": SoundKind.OGG,
    "ogg": SoundKind.OGG,
    "aac": SoundKind.AAC,
}
FORMAT, INSTRUCTIONS, INPUT = "response_format", "instructions", "input"
FORMAT_WORDS: Final = (FORMAT, "format", "formats", "audio_format", "output_format", "encoding")
# Headers with the sample rate of raw audio, used by some servers.
RATE_HEADERS: Final = (
    "x-sample-rate", "x-audio-sample-rate", "sample-rate", "x-samplerate", "x-audio-rate",
    "audio-sample-rate", "x-pcm-sample-rate",
)  # fmt: skip
MOST_FORMATS: Final = 4  # attempts, while a caller waits


def make_tts(setup: EngineSetup) -> TextToSpeech:
    """The engine for one call. Raises ConfigurationError.

    Agent options: `openai.tts_model`, `openai.tts_format` (one of FORMATS; a server that has it
    not is asked for what it has), `openai.tts_sample_rate` (of PCM, in hertz),
    `openai.tts_instructions` (how to speak). The voice is the agent's.
    """
    return OpenAITextToSpeech(setup)


async def aclose() -> None:
    """Close the running loop's connections and decoders."""
    await client.aclose()
    await mp3.aclose()


class OpenAITextToSpeech:
    """One streamed request for each sentence; closing the audio closes its connection."""

    def __init__(self, setup: EngineSetup) -> None:
        client.check_access(setup.credentials)
        config, credentials = setup.config, setup.credentials
        self._credentials = credentials
        model = credentials.default("openai.tts_model") or DEFAULT_MODEL
        self._model = options.text(config, "openai.tts_model", model)
        self._voice = config.voice or DEFAULT_VOICE
        self._format = options.text(
            config, "openai.tts_format", credentials.default("openai.tts_format") or DEFAULT_FORMAT
        )
        if self._format not in FORMATS:
            raise ConfigurationError(
                f"The openai voice's format is {self._format!r}; choose one of: "
                + ", ".join(FORMATS)
            )
        # 0: as the answer says, else OpenAI's.
        self._rate = int(options.number(config, "openai.tts_sample_rate", 0))
        self._instructions = options.text(config, "openai.tts_instructions", "")
        self._habits = server_habits.of("tts", credentials.of(client.ENGINE), self._model)

    @property
    def cache_key(self) -> str:
        """The parameters beside the text that determine the audio."""
        server = self._credentials.of(client.ENGINE).endpoint or OPENAI_URL
        return "|".join(
            (
                "openai",
                server,
                self._model,
                self._voice,
                self._format,
                str(self._rate or PCM_RATE),
                self._instructions,
            )
        )

    @property
    def _format_habit(self) -> str:
        """By its value: who asks the server for another format may be served."""
        return f"{FORMAT}={self._format}"

    def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        """Audio of `text` as it comes: mu-law, 8 kHz mono. Raises EngineError."""
        return self._spoken(text, in_both=False)

    def speak_wide(self, text: str) -> AsyncGenerator[bytes, None]:
        """As `speak`, with what the server sends above the telephone's band (`BothBands`)."""
        return self._spoken(text, in_both=True)

    async def _spoken(self, text: str, *, in_both: bool) -> AsyncGenerator[bytes, None]:
        sound = guarded(self._received(text, in_both=in_both), "openai, the voice")
        async with aclosing(speech_only(sound, text, engine="openai")) as speech:
            async for chunk in speech:
                yield chunk

    async def _received(self, text: str, *, in_both: bool) -> AsyncGenerator[bytes, None]:
        """What the server sends; asked again, in another way, when it refuses how it was asked."""
        with provider_errors("the voice"):
            for part in parts_of(text, int(self._habits.instead_of(INPUT, "0"))):
                async with aclosing(self._received_of(part, in_both=in_both)) as sound:
                    async for chunk in sound:
                        yield chunk

    async def _received_of(
        self, text: str, *, in_both: bool, cuts: int = MOST_CUTS
    ) -> AsyncGenerator[bytes, None]:
        """A part of a sentence, or all of it. cuts: how often it may be cut, if it is too long."""
        wish = _Wish(
            self._habits.instead_of(self._format_habit, self._format),
            "" if self._habits.without(INSTRUCTIONS) else self._instructions,
        )
        while True:
            try:
                async with aclosing(self._asked(text, wish, in_both=in_both)) as sound:
                    async for chunk in sound:
                        yield chunk
                return
            except openai.APIStatusError as error:
                if wish.change(error):
                    continue
                said = all_said(error)
                if not cuts or not is_of_length(error.status_code, said, text):
                    raise _refusal(error) from None
                break
        longest = limit_in(said, text) or max(SHORTEST, len(text) // 2)
        for part in parts_of(text, longest):
            sound = self._received_of(part, in_both=in_both, cuts=cuts - 1)
            async with aclosing(sound):
                async for chunk in sound:
                    yield chunk
        known = int(self._habits.instead_of(INPUT, "0"))
        if not known or longest < known:  # a part may have been too long, too
            self._habits.use(INPUT, str(longest))

    async def _asked(
        self, text: str, wish: "_Wish", *, in_both: bool
    ) -> AsyncGenerator[bytes, None]:
        request = client_for(self._credentials).audio.speech.with_streaming_response.create(
            model=self._model,
            voice=self._voice,
            input=text,
            response_format=wish.format,  # type: ignore[arg-type]  # servers have more than OpenAI
            instructions=wish.instructions or omit,
        )
        async with request as response:
            self._remember(wish)
            content_type = response.headers.get("content-type", "")
            rate = next(filter(None, map(response.headers.get, RATE_HEADERS)), "")
            if rate and "rate" not in content_type:
                content_type += f";rate={rate}"
            binary = self._credentials.ffmpeg_binary
            asked = Asked(KINDS[wish.format], self._rate, binary, in_both=in_both)
            async with (
                aclosing(_unpacked(response.iter_bytes())) as body,
                aclosing(telephone_sound(body, content_type=content_type, asked=asked)) as sound,
            ):
                async for chunk in sound:
                    yield chunk

    def _remember(self, wish: "_Wish") -> None:
        """Accepted: remember the changes for later requests."""
        if wish.format != self._habits.instead_of(self._format_habit, self._format):
            self._habits.use(self._format_habit, wish.format)
        if self._instructions and not wish.instructions:
            self._habits.leave_out(INSTRUCTIONS)


async def _unpacked(received: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Sound that was compressed once more, without saying so, a little at once: what is unpacked
    may be hundreds of times as long as what came. Raises EngineError.
    """
    reader = PlainBytes(is_text=False)
    try:
        async for chunk in received:
            plain = reader.push(chunk)
            for at in range(0, len(plain), PIECE):
                if at:
                    await asyncio.sleep(0)  # other calls are due
                yield plain[at : at + PIECE]
        if rest := reader.flush():
            yield rest
    except NotReadable as error:
        detail = f"openai, the voice: {error}"
        raise EngineError(detail, reason=EngineReason.UNREADABLE) from error


@dataclass(slots=True)
class _Wish:
    """The form of the request, changed until the server accepts it."""

    format: str
    instructions: str
    tried: set[str] = field(default_factory=set)

    def change(self, error: openai.APIStatusError) -> bool:
        """Change the form according to the refusal; False if that is not clear."""
        if error.status_code not in refused_parameters.STATUSES:
            return False
        said = all_said(error)
        if self.instructions and refused_parameters.names(said, [INSTRUCTIONS]):
            self.instructions = ""
            return True
        self.tried.add(self.format)
        if len(self.tried) >= MOST_FORMATS or not refused_parameters.names(
            said, [*FORMAT_WORDS, self.format]
        ):
            return False
        self.format = refused_parameters.next_value(said, INSTEAD, self.tried)
        return bool(self.format)


def _refusal(error: openai.APIStatusError) -> Exception:
    """The error for a refusal, with a separate one for an unknown voice."""
    is_refused = error.status_code in refused_parameters.STATUSES | {404}
    if is_refused and refused_parameters.names(all_said(error), ["voice", "voices", "voice_id"]):
        detail = f"openai, the voice: {error.status_code} {short(said_of(error))}"
        return EngineRefused(detail, reason=EngineReason.VOICE_UNKNOWN)
    return error
