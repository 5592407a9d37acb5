"""The price of a frame and of a call, counted and not timed, so that a busy machine agrees."""

import asyncio
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
import uvicorn
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from benchmarks.frame import frames, reader
from benchmarks.settlement import steps
from testing.scene import NOW, Scene
from usage.billing import settlement
from usage.models import Call
from voicex.web.fast_websocket import EXTENSION, FastProtocol

FRAMES = 800  # 500 windows of voice activity

# decode, take, count, on_frame, session, apply, cascade, ear, listener, and the properties
# and constructors among them: 16.5 today. Each call costs some 0.1 us and a hundred callers
# send 5,000 frames a second; a change of more than three of them is worth a review.
MAX_PYTHON_CALLS_PER_FRAME = 20
# data_received, _bounds, _hand_over, _call and `empty` of the queue: 5 today.
MAX_PYTHON_CALLS_PER_READ = 6
# Objects that outlive their frame are a leak: an hour of a call has 180,000 frames.
MAX_BLOCKS_KEPT_PER_FRAME = 0.05
# Statements of a call of two turns, BEGIN and COMMIT included; each is a round trip. Settlement
# is that of a call alone: those that are due together share its statements. One each of the ticket
# and the end looks for outgoing webhooks.
STATEMENTS = {
    "webhook": 5,
    "ticket": 3,
    "turn": 1,
    "next turn": 1,
    "usage": 4,
    "end": 6,
    "settle": 11,
}


async def test_a_frame_takes_few_python_calls_and_leaves_nothing_behind():
    read, messages = reader(), frames(FRAMES)
    for message in messages[:100]:  # what is made once is made
        read(message)
    assert python_calls(read, messages) / FRAMES <= MAX_PYTHON_CALLS_PER_FRAME

    blocks = sys.getallocatedblocks()
    for message in messages:
        read(message)
    assert (sys.getallocatedblocks() - blocks) / FRAMES <= MAX_BLOCKS_KEPT_PER_FRAME


class Wire(asyncio.Transport):
    """The connection of a protocol that is fed by the test; it has no other end."""

    def is_closing(self) -> bool:
        return False

    def write(self, data: Any) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def close(self) -> None: ...


async def test_reading_a_frame_from_the_network_takes_hardly_any_python_calls():
    texts: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await scope["extensions"][EXTENSION]["socket"].deliver(texts.append, lambda: None)

    config = uvicorn.Config(application, log_config=None, ws_ping_interval=None)
    config.load()
    protocol = FastProtocol(config=config, server_state=ServerState(), app_state={})
    protocol.connection_made(Wire())
    protocol.data_received(
        b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await asyncio.sleep(0)  # the application takes over
    messages = frames(FRAMES)
    packets = [Frame(Opcode.TEXT, text.encode()).serialize(mask=True) for text in messages]
    called = python_calls(protocol.data_received, packets)
    assert texts == messages
    assert called / FRAMES <= MAX_PYTHON_CALLS_PER_READ
    protocol.connection_lost(None)
    await asyncio.wait(protocol.tasks)


def python_calls(work: Callable[[Any], Any], items: list[Any]) -> int:
    """How many Python functions are entered by `work` of all items."""
    called = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal called
        called += event == "call"

    sys.setprofile(count)
    try:
        for item in items:
            work(item)
    finally:
        sys.setprofile(None)
    return called


@pytest.mark.django_db(transaction=True)
def test_a_call_takes_few_statements_from_webhook_to_ledger():
    taken = {}
    for name, step in steps(Scene()):
        with CaptureQueriesContext(connection) as captured:
            step()
        taken[name] = len(captured)
    with CaptureQueriesContext(connection) as captured:
        assert settlement.settle(Call.objects.get().pk, now=NOW)
    taken["settle"] = len(captured) - 1  # one of them was the test's own
    assert taken == STATEMENTS
