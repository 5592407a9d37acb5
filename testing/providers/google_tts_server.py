"""A gRPC server that speaks Google Cloud's text-to-speech, plain and streaming.

In a test: `async with GoogleServer(Behaviour.at_once()) as server`, then `server.url`.
In a process of its own: `python -m testing.providers.google_tts_server --port 0` prints its URL.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Self

import grpc
from google.cloud import texttospeech_v1 as google

from agents.engines.scripted.engines import tone_mulaw
from agents.speech.audio import mulaw
from testing.odd_answers import google as odd_google
from testing.providers.behaviour import Behaviour, Gate, pause
from testing.services.process import serve_from_command_line
from testing.sound import audio
from testing.sound.wav_files import MULAW, wav

SERVICE = "google.cloud.texttospeech.v1.TextToSpeech"
CHUNK_BYTES = 1600  # 200 ms of mu-law
STATUS = {
    "400": grpc.StatusCode.INVALID_ARGUMENT,
    "401": grpc.StatusCode.UNAUTHENTICATED,
    "429": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "500": grpc.StatusCode.INTERNAL,
    "503": grpc.StatusCode.UNAVAILABLE,
}


@dataclass
class Asked:
    """One request: how it came, what it said, whether its whole answer was sent."""

    method: str  # "synthesize" or "stream"
    text: str
    voice: google.VoiceSelectionParams
    audio_config: Any
    is_answered: bool = False
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)


class GoogleServer:
    """Both methods, on `behaviour`. `gate` holds streams after their first piece."""

    def __init__(self, behaviour: Behaviour | None = None, *, port: int = 0) -> None:
        self.behaviour = behaviour or Behaviour()
        self.gate = Gate()
        self.refuses: set[str] = set()  # names of encodings
        self.requests: list[Asked] = []
        self._port = port
        self._server: grpc.aio.Server | None = None

    @property
    def url(self) -> str:
        """The endpoint; http means plaintext."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        self._server = grpc.aio.server()
        self._server.add_generic_rpc_handlers((self._handlers(),))
        self._port = self._server.add_insecure_port(f"127.0.0.1:{self._port}")
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        await self._server.stop(grace=None)

    def _handlers(self) -> grpc.GenericRpcHandler:
        plain = grpc.unary_unary_rpc_method_handler(
            self._synthesize,
            request_deserializer=google.SynthesizeSpeechRequest.deserialize,
            response_serializer=google.SynthesizeSpeechResponse.serialize,
        )
        stream = grpc.stream_stream_rpc_method_handler(
            self._stream,
            request_deserializer=google.StreamingSynthesizeRequest.deserialize,
            response_serializer=google.StreamingSynthesizeResponse.serialize,
        )
        return grpc.method_handlers_generic_handler(
            SERVICE, {"SynthesizeSpeech": plain, "StreamingSynthesize": stream}
        )

    async def _synthesize(
        self, request: google.SynthesizeSpeechRequest, context: grpc.aio.ServicerContext
    ) -> google.SynthesizeSpeechResponse:
        asked = Asked("synthesize", request.input.text, request.voice, request.audio_config)
        self.requests.append(asked)
        await self._fail_if_told(asked, context)
        await pause(self.behaviour.tts_ms)
        sound = b"" if self._fault == "empty" else self._render(asked)
        if odd := self._odd():
            sound = b"".join(odd(self._milliseconds(asked.text)))
        asked.is_answered = True
        return google.SynthesizeSpeechResponse(audio_content=sound)

    async def _stream(
        self,
        requests: AsyncIterator[google.StreamingSynthesizeRequest],
        context: grpc.aio.ServicerContext,
    ) -> AsyncIterator[google.StreamingSynthesizeResponse]:
        config = (await anext(requests)).streaming_config
        text = "".join([request.input.text async for request in requests])
        asked = Asked("stream", text, config.voice, config.streaming_audio_config)
        self.requests.append(asked)
        try:
            await self._fail_if_told(asked, context)
            if "Chirp3-HD" not in config.voice.name:
                await context.abort(STATUS["400"], "This voice does not stream")
            await pause(self.behaviour.tts_ms)
            sound = b"" if self._fault == "empty" else self._streamed(asked)
            pieces = audio.pieces(sound, CHUNK_BYTES)
            if odd := self._odd():
                pieces = odd(self._milliseconds(text))
            for index, piece in enumerate(pieces):
                if index:
                    await pause(self.behaviour.tts_chunk_ms)
                yield google.StreamingSynthesizeResponse(audio_content=piece)
                if index == 0 and self._fault == "cut":
                    await context.abort(STATUS["503"], "scripted cut")
                if index == 0:
                    await self.gate.passed()
            asked.is_answered = True
        except asyncio.CancelledError:
            asked.hung_up.set()
            raise

    def _odd(self) -> Callable[[int], list[bytes]] | None:
        """What the latest request gets in the place of a plain answer."""
        name = self.behaviour.odd_name("tts", len(self.requests))
        return odd_google.ANSWERS[name] if name else None

    @property
    def _fault(self) -> str:
        return self.behaviour.faults.get("tts", "")

    async def _fail_if_told(self, asked: Asked, context: grpc.aio.ServicerContext) -> None:
        if self._fault == "hang":
            await asyncio.Event().wait()
        encoding = google.AudioEncoding(asked.audio_config.audio_encoding).name
        if encoding in self.refuses:
            await context.abort(STATUS["400"], f"Unsupported audio encoding: {encoding}")
        if self._fault in STATUS:
            await context.abort(STATUS[self._fault], f"scripted {self._fault}")

    def _milliseconds(self, text: str) -> int:
        return len(text) * self.behaviour.ms_per_character

    def _streamed(self, asked: Asked) -> bytes:
        milliseconds = self._milliseconds(asked.text)
        if asked.audio_config.audio_encoding == google.AudioEncoding.PCM:
            return audio.pcm(milliseconds, asked.audio_config.sample_rate_hertz)
        return tone_mulaw(milliseconds)

    def _render(self, asked: Asked) -> bytes:
        milliseconds = self._milliseconds(asked.text)
        match asked.audio_config.audio_encoding:
            case google.AudioEncoding.MP3:
                return audio.mp3(milliseconds)
            case google.AudioEncoding.LINEAR16 if rate := asked.audio_config.sample_rate_hertz:
                return wav(audio.pcm(milliseconds, rate), rate=rate)
            case google.AudioEncoding.MULAW if asked.audio_config.sample_rate_hertz == 8000:
                return wav(tone_mulaw(milliseconds), MULAW, mulaw.RATE, bits=8)
        raise ValueError(f"The fake renders no {asked.audio_config.audio_encoding!r}")


if __name__ == "__main__":
    serve_from_command_line(GoogleServer)
