"""Whatever messages and statuses come over gRPC: sound, or one kind of error, and no task left.

Each draw is a sentence of the voice over loopback: messages that are cut, damaged or none at all,
sound of any kind cut anywhere, every status of gRPC at any place, streams that never end, and
callers who hang up in the middle. `make test` draws some hundred, `--fuzz-amount 10` a thousand.
"""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from itertools import pairwise

import grpc
import pytest
from google.cloud import texttospeech_v1 as google
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from agents.engines.access import Access, Credentials
from agents.engines.google import tts as google_tts
from agents.engines.scripted.engines import tone_mulaw
from testing.engines import settle
from testing.odd_answers.google import ANSWERS
from testing.providers.google_tts_server import SERVICE
from testing.providers.threaded import in_a_thread
from testing.setups import setup
from voicex.errors import EngineError

pytestmark = pytest.mark.slow

DRAWS = 60  # of each kind, in a run of all tests
SENTENCE = "We are open until six today."
MS = 400
SOUND = tone_mulaw(MS)
CHIRP, PLAIN = "en-US-Chirp3-HD-Kore", "en-GB-Wavenet-A"
LONGEST_SECONDS = 0.3  # in place of ten
RESPONSES = {"stream": google.StreamingSynthesizeResponse, "plain": google.SynthesizeSpeechResponse}
STATUSES = [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK]


@dataclass(frozen=True)
class Torn:
    """messages: as they are sent, whatever they mean; status: None for an end in order, "never" for
    none. is_whole: all of SOUND is in them. leaves_after: chunks after which the caller hangs up.
    """

    messages: tuple[bytes, ...]
    status: grpc.StatusCode | str | None
    details: str
    is_whole: bool
    leaves_after: int | None


@st.composite
def torn(draw: st.DrawFn, kind: str, sounds: list[bytes]) -> Torn:
    """One answer of the endpoint `kind`."""
    sound = draw(st.sampled_from(sounds))
    places = sorted({0, len(sound), *draw(st.lists(st.integers(0, len(sound)), max_size=4))})
    pieces = [sound[a:b] for a, b in pairwise(places)] or [b""]
    if kind == "plain":
        pieces = [sound]
    messages = [RESPONSES[kind].serialize(RESPONSES[kind](audio_content=p)) for p in pieces]
    is_damaged = draw(st.booleans())
    if is_damaged:
        at = draw(st.integers(0, len(messages) - 1))
        message = bytearray(messages[at])
        for place, byte in draw(st.lists(st.tuples(st.integers(0, 9_999), st.integers(0, 255)))):
            if message:
                message[place % len(message)] = byte
        messages[at] = bytes(message[: draw(st.integers(0, len(message)))])
        if draw(st.booleans()):
            messages.insert(at, draw(st.binary(max_size=40)))
    status = draw(st.sampled_from([None, None, None, "never", *STATUSES]))
    if status is not None:
        messages = messages[: draw(st.integers(0, len(messages)))]
    leaves_after = draw(st.sampled_from([None, None, None, 0, 1, 2]))
    is_whole = sound == SOUND and not is_damaged and status is None and leaves_after is None
    details = draw(st.text(st.characters(codec="utf-8"), max_size=30))
    return Torn(tuple(messages), status, details, is_whole, leaves_after)


class TornGoogle:
    """Sends what was drawn, as bytes."""

    def __init__(self) -> None:
        self.answer: Torn | None = None
        self._port = 0
        self._server: grpc.aio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> "TornGoogle":
        self._server = grpc.aio.server()
        handlers = {
            "SynthesizeSpeech": grpc.unary_unary_rpc_method_handler(self._plain),
            "StreamingSynthesize": grpc.stream_stream_rpc_method_handler(self._stream),
        }
        generic = grpc.method_handlers_generic_handler(SERVICE, handlers)
        self._server.add_generic_rpc_handlers((generic,))
        self._port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop(grace=None)

    async def _plain(self, request: bytes, context: grpc.aio.ServicerContext) -> bytes:
        messages = self.answer.messages
        if not messages or self.answer.status is not None:
            await self._end(context)
        return messages[0] if messages else b""

    async def _stream(self, requests, context: grpc.aio.ServicerContext):
        async for _ in requests:
            pass
        for message in self.answer.messages:
            yield message
        await self._end(context)

    async def _end(self, context: grpc.aio.ServicerContext) -> None:
        if self.answer.status == "never":
            await asyncio.Event().wait()
        elif self.answer.status is not None:
            await context.abort(self.answer.status, self.answer.details)


async def spoken(server: TornGoogle, voice: str) -> bytes:
    """What the caller hears. Raises EngineError, and nothing else."""
    credentials = Credentials({"google": Access(endpoint=server.url)})
    tts = google_tts.make_tts(setup(credentials, voice=voice))
    heard = []
    async with aclosing(tts.speak(SENTENCE)) as speech:
        while len(heard) != server.answer.leaves_after:
            try:
                heard.append(await anext(speech))
            except StopAsyncIteration:
                break
    return b"".join(heard)


async def asked(server: TornGoogle, voice: str, answer: Torn) -> None:
    before = asyncio.all_tasks()
    server.answer = answer
    sound, error = b"", None
    try:
        sound = await spoken(server, voice)
    except EngineError as failed:
        error = failed
    if answer.is_whole:
        assert (sound, error) == (SOUND, None)
    assert sound or error or answer.leaves_after == 0, "neither sound nor a reason"
    async with asyncio.timeout(5):
        while left := asyncio.all_tasks() - before:
            await settle()
            await asyncio.wait(left, timeout=0.01)


@pytest.mark.parametrize(("kind", "voice"), [("stream", CHIRP), ("plain", PLAIN)])
@pytest.mark.parametrize("sounds", [[SOUND], sorted({b"".join(a(MS)) for a in ANSWERS.values()})])
def test_whatever_comes_is_sound_or_an_error(request, monkeypatch, kind, voice, sounds):
    monkeypatch.setattr(google_tts, "SECONDS", LONGEST_SECONDS)
    option = request.config.option

    @seed(int(option.fuzz_seed, 16))
    @settings(
        max_examples=max(1, round(DRAWS * option.fuzz_amount)),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(torn(kind, sounds))
    def draws(answer):
        runner.run(asked(server, voice, answer))

    with in_a_thread(TornGoogle()) as server, asyncio.Runner() as runner:
        try:
            draws()
        finally:
            runner.run(google_tts.aclose())
