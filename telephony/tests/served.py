"""Media sockets served in process by the real consumer, on threads and a database."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from telephony import runtime
from telephony.consumers import MediaStreamConsumer
from telephony.runtime import Runtime
from telephony.tests.stream import Stream
from tests.fakes.engines import PlainVoiceActivity
from tests.guard import GUARD_SECONDS

SCOPE = {"type": "websocket", "path": "/api/twilio/stream"}


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


def serving(stream: Stream) -> "asyncio.Task[None]":
    """The task that serves `stream`, from its connect on."""
    stream.inbox.put_nowait({"type": "websocket.connect"})
    served = MediaStreamConsumer.as_asgi()(SCOPE, stream.receive, stream.send)
    return asyncio.create_task(served)


async def all_written(shared: Runtime) -> None:
    """Wait for the recorder: SQLite in memory lets one thread at a time at a table."""
    assert await shared.recorder.written(seconds=GUARD_SECONDS)
