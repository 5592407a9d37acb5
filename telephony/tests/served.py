"""Media sockets served in process by the real consumer, on threads and a database."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.utils import timezone

from telephony import runtime
from telephony.consumers import MediaStreamConsumer
from telephony.runtime import Runtime
from telephony.security import make_stream_path
from telephony.tests.stream import Stream
from tests.fakes.engines import PlainVoiceActivity
from tests.guard import GUARD_SECONDS
from usage.models import Call


@contextmanager
def media_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """What all calls of a process share, with voice activity that obeys the test."""
    shared = Runtime(PlainVoiceActivity())

    async def started() -> Runtime:
        return shared

    monkeypatch.setattr(runtime, "start", started)
    yield shared
    shared.recorder.close()
    shared.setup_threads.shutdown()


def stream_path(call_id: int) -> str:
    """The path that the TwiML of this call would have now."""
    return make_stream_path(Call(pk=call_id, opened_at=timezone.now()))


def serving(stream: Stream, *, path: str | None = None) -> "asyncio.Task[None]":
    """The task that serves `stream`, from its connect on.

    path: by default that of the call whose ticket the stream brings, or else of some call.
    """
    stream.inbox.put_nowait({"type": "websocket.connect"})

    async def serve() -> None:
        scope = {"type": "websocket", "path": path or stream_path(stream.call_id)}
        await MediaStreamConsumer.as_asgi()(scope, stream.receive, stream.send)

    return asyncio.create_task(serve())


async def all_written(shared: Runtime) -> None:
    """Wait for the recorder: SQLite in memory lets one thread at a time at a table."""
    assert await shared.recorder.written(seconds=GUARD_SECONDS)
