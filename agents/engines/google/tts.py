"""Text to speech by Google Cloud, over gRPC.

Chirp 3 HD voices stream mu-law while they speak. The others render a sentence at once,
as mu-law where they can; MP3 is for voices that have nothing else. For a line that can play
more, PCM is asked for in the place of mu-law.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from functools import lru_cache
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlsplit

import grpc
import structlog
from google.api_core.client_options import ClientOptions
from google.auth.crypt.rsa import RSASigner
from google.cloud import texttospeech_v1 as google
from google.cloud.texttospeech_v1.services.text_to_speech.transports import (
    TextToSpeechGrpcAsyncIOTransport,
    TextToSpeechGrpcTransport,
)
from google.oauth2 import service_account

from agents.engines import options
from agents.engines.access import Credentials
from agents.engines.base import EngineSetup, TextToSpeech
from agents.engines.boundary import guarded
from agents.engines.google import account as google_account
from agents.engines.google.errors import provider_errors
from agents.engines.google.ways import Way, is_of_a_way, refused_ways
from agents.engines.loop_cache import LoopCache
from agents.engines.sound import mp3
from agents.engines.sound.reader import PCM_RATE, Asked, speech_only, telephone_sound
from agents.settings.config import AgentConfig
from agents.speech.audio import mulaw
from agents.speech.audio.first_bytes import SoundKind
from voicex.errors import ConfigurationError, EngineReason, EngineRefused

log = structlog.get_logger(__name__)

ENGINE: Final = "google"
GOOGLES_TOKENS: Final = "https://oauth2.googleapis.com/token"
SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
# Seconds for a whole sentence; the first byte has other limits.
SECONDS: Final = 10.0
STREAMING_VOICES: Final = "Chirp3-HD"  # Google: "streaming is for Chirp 3: HD voices only"
ENCODINGS: Final = ("mulaw", "mp3")
KINDS: Final = {"mulaw": SoundKind.MULAW, "mp3": SoundKind.MP3}
MAX_CLIENTS: Final = 256  # credentials in use at once
CONNECT_SECONDS: Final = 2.0
VERIFY_SECONDS: Final = 5.0
OPEN: Final = (grpc.ChannelConnectivity.READY, grpc.ChannelConnectivity.SHUTDOWN)


def make_tts(setup: EngineSetup) -> TextToSpeech:
    """The engine for one call. Raises ConfigurationError.

    Agent options: `google.audio_encoding` ("mulaw" or "mp3"), `google.streaming`
    (true or false; by default as the voice's name says), `google.speaking_rate`.
    """
    return GoogleTextToSpeech(setup)


async def connect(credentials: Credentials) -> None:
    """Open the channel before a call needs it; cheap to repeat.

    Channels close themselves after half an idle hour. Raises EngineRefused.
    """
    if not _has_access(credentials):
        return
    client = await _client_for(credentials)
    channel = cast(TextToSpeechGrpcAsyncIOTransport, client.transport).grpc_channel
    with suppress(TimeoutError):  # then a call will wait, or meet the error
        async with asyncio.timeout(CONNECT_SECONDS):
            while (state := channel.get_state(try_to_connect=True)) not in OPEN:
                await channel.wait_for_state_change(state)


def verify(credentials: Credentials) -> None:
    """Verify the credentials by listing the voices, which is free.

    Blocks for VERIFY_SECONDS at most. Raises EngineRefused for credentials that do not work,
    another EngineError when Google could not be asked.
    """
    with provider_errors():
        if _is_plaintext(credentials.of(ENGINE).endpoint):
            channel = grpc.insecure_channel(urlsplit(credentials.of(ENGINE).endpoint).netloc)
            client = google.TextToSpeechClient(transport=TextToSpeechGrpcTransport(channel=channel))
        else:
            client = google.TextToSpeechClient(
                credentials=_service_account(credentials.of(ENGINE).key),
                client_options=_options(credentials.of(ENGINE).endpoint),
            )
        with client:
            client.list_voices(language_code="en-US", retry=None, timeout=VERIFY_SECONDS)


async def aclose() -> None:
    """Close the running loop's channels and decoders."""
    for client in _clients.take_all():
        await client.transport.close()  # type: ignore[no-untyped-call]
    await mp3.aclose()


class GoogleTextToSpeech:
    """One request for each sentence; closing the audio cancels it."""

    def __init__(self, setup: EngineSetup) -> None:
        _check_access(setup.credentials)
        config = setup.config
        self._credentials = setup.credentials
        self._voice = voice_of(config)
        self._encoding = options.text(config, "google.audio_encoding", "mulaw")
        if self._encoding not in ENCODINGS:
            raise ConfigurationError(
                f"google.audio_encoding is {self._encoding!r}; choose one of: mulaw, mp3"
            )
        is_chirp = STREAMING_VOICES in self._voice.name
        # Google streams no MP3.
        self._is_streaming = self._encoding == "mulaw" and options.flag(
            config, "google.streaming", is_chirp
        )
        self._rate = options.number(config, "google.speaking_rate", 1.0)

    @property
    def cache_key(self) -> str:
        """The parameters beside the text that determine the audio."""
        voice = self._voice
        return f"google|{voice.language_code}|{voice.name}|{self._encoding}|{self._rate:g}"

    def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        """Audio of `text`: mu-law, 8 kHz mono. Raises EngineError."""
        return self._spoken(text, in_both=False)

    def speak_wide(self, text: str) -> AsyncGenerator[bytes, None]:
        """As `speak`, with what the voice has above the telephone's band (`BothBands`)."""
        return self._spoken(text, in_both=True)

    async def _spoken(self, text: str, *, in_both: bool) -> AsyncGenerator[bytes, None]:
        sound = guarded(self._sound(text, in_both=in_both), "google, the voice")
        async with aclosing(speech_only(sound, text, engine="google")) as speech:
            async for chunk in speech:
                yield chunk

    async def _sound(self, text: str, *, in_both: bool) -> AsyncGenerator[bytes, None]:
        """What Google sends, made mu-law; asked again in another way where a voice has not this."""
        kind = KINDS[self._encoding]
        wide = SoundKind.PCM if in_both and kind is SoundKind.MULAW else kind
        ways = [
            Way(wide, self._is_streaming),
            Way(kind, self._is_streaming),
            Way(kind, is_streamed=False),
            Way(SoundKind.MP3, is_streamed=False),
        ]
        voice = self._credentials.of(ENGINE), self._voice.name
        for way in (left := refused_ways.ways_left(voice, ways)):
            is_begun = False
            try:
                async with aclosing(self._asked(text, way, in_both=in_both)) as sound:
                    async for chunk in sound:
                        is_begun = True
                        yield chunk
            except EngineRefused as error:
                if is_begun or way is left[-1] or not is_of_a_way(error):
                    raise
                log.warning("google_takes_no", encoding=way.kind, is_streamed=way.is_streamed)
                continue
            refused_ways.remember(voice, left[: left.index(way)])
            return

    async def _asked(self, text: str, way: Way, *, in_both: bool) -> AsyncGenerator[bytes, None]:
        """One request's sound: a WAV file around it, or another encoding, is read."""
        rate = PCM_RATE if way.kind is SoundKind.PCM else 0
        asked = Asked(way.kind, rate, self._credentials.ffmpeg_binary, in_both=in_both)
        ask = self._streamed if way.is_streamed else self._rendered
        received = ask(text, way.kind)
        with provider_errors():
            async with (
                aclosing(received),
                aclosing(telephone_sound(received, content_type="", asked=asked)) as sound,
            ):
                async for chunk in sound:
                    yield chunk

    async def _streamed(self, text: str, kind: SoundKind) -> AsyncGenerator[bytes, None]:
        """mu-law or PCM as the voice speaks."""
        encoding, rate = ("PCM", PCM_RATE) if kind is SoundKind.PCM else ("MULAW", mulaw.RATE)
        config = google.StreamingSynthesizeConfig(
            voice=self._voice,
            streaming_audio_config=google.StreamingAudioConfig(
                audio_encoding=encoding, sample_rate_hertz=rate, speaking_rate=self._rate
            ),
        )

        async def requests() -> AsyncIterator[google.StreamingSynthesizeRequest]:
            yield google.StreamingSynthesizeRequest(streaming_config=config)
            yield google.StreamingSynthesizeRequest(input=google.StreamingSynthesisInput(text=text))

        client = await _client_for(self._credentials)
        call = cast(
            grpc.aio.StreamStreamCall,  # what the SDK types as an iterable alone
            await client.streaming_synthesize(requests(), retry=None, timeout=SECONDS),
        )
        try:
            async for response in call:
                yield response.audio_content
        finally:
            call.cancel()  # no effect on one that has ended

    async def _rendered(self, text: str, kind: SoundKind) -> AsyncGenerator[bytes, None]:
        """The whole sentence in one piece; Google puts mu-law and PCM into a WAV file here."""
        if kind is SoundKind.MULAW:
            config = google.AudioConfig(audio_encoding="MULAW", sample_rate_hertz=mulaw.RATE)
        elif kind is SoundKind.PCM:
            config = google.AudioConfig(audio_encoding="LINEAR16", sample_rate_hertz=PCM_RATE)
        else:
            config = google.AudioConfig(audio_encoding="MP3")
        config.speaking_rate = self._rate
        client = await _client_for(self._credentials)
        response = await client.synthesize_speech(
            input=google.SynthesisInput(text=text),
            voice=self._voice,
            audio_config=config,
            retry=None,
            timeout=SECONDS,
        )
        yield response.audio_content


def voice_of(config: AgentConfig) -> google.VoiceSelectionParams:
    """The agent's voice; without one, English gets a streaming voice, else Google chooses."""
    name = config.voice
    if not name and config.language.split("-")[0] == "en":
        locale = config.language if "-" in config.language else "en-US"
        name = f"{locale}-{STREAMING_VOICES}-Kore"
    # Most voices are named after their language ("en-GB-Chirp3-HD-Kore"); Google wants both.
    named_language = re.match(r"[a-z]{2,3}-[A-Z0-9]{2,3}(?=-)", name)
    language = named_language.group() if named_language else config.language
    return google.VoiceSelectionParams(language_code=language, name=name)


def _has_access(credentials: Credentials) -> bool:
    return bool(credentials.of(ENGINE).key) or _is_plaintext(credentials.of(ENGINE).endpoint)


def _check_access(credentials: Credentials) -> None:
    if not _has_access(credentials):
        raise ConfigurationError(
            "The engine 'google' has no credentials. Set GOOGLE_APPLICATION_CREDENTIALS to "
            "the path of a service account's JSON file, or store its text for the organization"
        )


async def _client_for(credentials: Credentials) -> google.TextToSpeechAsyncClient:
    """The running loop's client for these credentials. Raises EngineRefused."""
    access = credentials.of(ENGINE).endpoint, credentials.of(ENGINE).key
    if access not in _clients and not _is_plaintext(credentials.of(ENGINE).endpoint):
        await asyncio.to_thread(_service_account, credentials.of(ENGINE).key)
    return _clients.get(access)


def _make_client(access: tuple[str, str]) -> google.TextToSpeechAsyncClient:
    endpoint, credentials = access
    if _is_plaintext(endpoint):
        channel = grpc.aio.insecure_channel(urlsplit(endpoint).netloc)
        transport = TextToSpeechGrpcAsyncIOTransport(channel=channel)
        return google.TextToSpeechAsyncClient(transport=transport)
    return google.TextToSpeechAsyncClient(
        credentials=_service_account(credentials),
        client_options=_options(endpoint),
    )


def _options(endpoint: str) -> ClientOptions:
    return ClientOptions(api_endpoint=urlsplit(endpoint).netloc or None)


_clients: Final = LoopCache(_make_client, limit=MAX_CLIENTS)


def _is_plaintext(endpoint: str) -> bool:
    """Whether `endpoint` is a test server: no TLS, and so no credentials either."""
    return endpoint.startswith("http://")


@lru_cache(maxsize=MAX_CLIENTS)
def _service_account(text: str) -> service_account.Credentials:
    """Credentials from JSON text, or from the file at that path. Raises EngineRefused."""
    is_text = text.lstrip().startswith("{")
    try:
        account = google_account.read(text if is_text else _content(Path(text)))
    except (OSError, ValueError) as error:
        detail = error if isinstance(error, google_account.UnusableAccount) else "no such file"
        raise EngineRefused(
            "The google credentials are not the JSON of a service account, nor the path of "
            f"such a file: {detail}",
            reason=EngineReason.KEY_UNUSABLE,
        ) from error
    # A client's account may not choose whom the SDK asks.
    return service_account.Credentials(  # type: ignore[no-untyped-call]
        RSASigner(account.key, account.key_id),  # type: ignore[no-untyped-call]
        account.email,
        GOOGLES_TOKENS if is_text else account.token_uri,
        project_id=account.project_id or None,
        scopes=[SCOPE],
        universe_domain=google_account.UNIVERSE if is_text else account.universe_domain,
    )


def _content(path: Path) -> str:
    with path.open() as file:
        return file.read(google_account.MAX_BYTES + 1)
