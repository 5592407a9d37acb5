"""Media sockets served in process by the real consumer, on threads and a database."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from django.utils import timezone

from agents.engines import registry
from telephony.admission.tickets import make_stream_path
from telephony.process.runtime import STATE, Runtime
from telephony.webhooks.consumers import MediaStreamConsumer
from testing.calls.media_stream import FastLane, Stream
from testing.engines import SILENCE, SPEECH, PlainVoiceActivity, settle
from testing.guard import GUARD_SECONDS
from usage.models import Call
from voicex.web.fast_websocket import EXTENSION

_served: list[Runtime] = []  # the newest last


@contextmanager
def media_process() -> Iterator[Runtime]:
    """The shared objects of a process's calls, with voice activity that the test controls.

    Sockets that are served during the block use it.
    """
    shared = Runtime(cast(Any, PlainVoiceActivity()))
    _served.append(shared)
    try:
        yield shared
    finally:
        _served.remove(shared)
        shared.recorder.close()
        shared.setup_threads.shutdown()


def state() -> dict[str, Any]:
    """The server's state of an ASGI scope, as its start-up sets it."""
    return {STATE: _served[-1]}


@contextmanager
def process_without_engines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """A `media_process` in which creating an engine fails the test."""

    def touched(*_: object) -> None:
        raise AssertionError("an engine was made")

    for name in ("speech_to_text", "language_model", "text_to_speech", "warm"):
        monkeypatch.setattr(registry, name, touched)
    with media_process() as shared:
        yield shared


def stream_path(call_id: int, *, carrier: str = "twilio") -> str:
    """The stream path that the webhook's response for this call would have now."""
    return make_stream_path(Call(pk=call_id, carrier=carrier, opened_at=timezone.now()))


def serving(
    stream: Stream, *, path: str | None = None, carrier: str = "twilio", is_fast: bool = False
) -> "asyncio.Task[None]":
    """Start a task that serves `stream` from its connect message on.

    path: by default that of the call whose ticket the stream has, or else of any call.
    is_fast: by the fast path of our own server.
    """
    stream.inbox.put_nowait({"type": "websocket.connect"})

    async def serve() -> None:
        path_of_call = path or stream_path(stream.call_id, carrier=carrier)
        offered = {EXTENSION: {"socket": FastLane(stream)}} if is_fast else {}
        scope = {
            "type": "websocket",
            "path": path_of_call,
            "state": state(),
            "extensions": offered,
        }
        await MediaStreamConsumer.as_asgi(carrier=carrier)(scope, stream.receive, stream.send)

    return asyncio.create_task(serve())


async def greeted_and_answered(stream: Stream) -> None:
    """Let the caller hear the whole greeting, speak, pause, and hear the answer begin."""
    await stream.until(lambda: bool(stream.heard("mark")))
    await settle()
    stream.returns_marks()
    await settle()
    before = len(stream.audio)
    for window in (SPEECH, SILENCE):
        for _ in range(10):
            stream.speaks(window)
            await settle()
    await stream.until(lambda: len(stream.audio) > before)


async def all_written(shared: Runtime) -> None:
    """Wait for the recorder: SQLite in memory lets only one thread at a time use a table."""
    assert await shared.recorder.written(seconds=GUARD_SECONDS)
