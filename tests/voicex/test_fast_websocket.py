"""The fast lane of our server's sockets: the same messages, with no task between."""

import asyncio
import gc
import itertools
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.utils import ClientDisconnected
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from testing.guard import GUARD_SECONDS
from testing.uvicorn_server import port_of, running
from voicex.web import fast_websocket
from voicex.web.fast_websocket import EXTENSION, MAX_FRAGMENTS, MAX_FRAMES_A_READ, FastProtocol

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

MASKED = 0x80
HELLO = bytes([0x81, MASKED | 5]) + bytes(4) + b"hello"
PIECES = (
    "short",
    "ä" * 300,  # a length in two bytes
    "x" * 70_000,  # a length in eight bytes
    b"\x00\xff",
    "",
)


@asynccontextmanager
async def served(application: Application) -> AsyncIterator[tuple[str, uvicorn.Server]]:
    """A server of `application` in this loop, and its address."""
    config = uvicorn.Config(
        application,
        port=0,
        ws=FastProtocol,
        ws_max_size=100_000,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
    )
    async with running(config) as server:
        yield f"ws://127.0.0.1:{port_of(server)}/", server


class Direct:
    """An application that takes over its socket and keeps what comes."""

    def __init__(self) -> None:
        self.messages: list[str | bytes] = []
        self.raised: BaseException | None = None
        self.ended = asyncio.Event()
        self.socket: Any = None
        self.writable_again = 0
        self.before_taking_over: Callable[[], Awaitable[Any]] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self.socket = scope["extensions"][EXTENSION]["socket"]
        if self.before_taking_over:
            await self.before_taking_over()
        try:
            await self.socket.deliver(self.take, self.on_writable)
        except Exception as error:
            self.raised = error
            await send({"type": "websocket.close", "code": 1011})
        self.ended.set()

    def take(self, message: str | bytes) -> None:
        self.messages.append(message)
        self.socket.write(message)

    def on_writable(self) -> None:
        self.writable_again += 1


async def ends(application: Direct) -> None:
    async with asyncio.timeout(GUARD_SECONDS):
        await application.ended.wait()


async def closed_by(client: ClientConnection) -> int:
    with suppress(ConnectionClosed):
        async with asyncio.timeout(GUARD_SECONDS):
            while True:
                await client.recv()
    assert client.close_code is not None
    return client.close_code


async def test_messages_come_whole_and_in_order_however_they_are_framed():
    application = Direct()
    async with served(application) as (url, _), connect(url, compression=None) as client:
        for piece in PIECES:
            await client.send(piece)
            await client.send(["in ", "three ", "parts"])
        expected = list(itertools.chain.from_iterable((p, "in three parts") for p in PIECES))
        assert [await client.recv() for _ in expected] == expected
        assert application.messages == expected


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 1000])
async def test_the_network_may_cut_anywhere(cut):
    application = Direct()
    frames = b"".join(
        Frame(Opcode.TEXT, text.encode()).serialize(mask=True)
        for text in ("one", "two" * 50, "", "three" * 200)
    )
    async with served(application) as (url, _), connect(url, compression=None) as client:
        for start in range(0, len(frames), cut):
            client.transport.write(frames[start : start + cut])
            await asyncio.sleep(0)
        texts = [await client.recv() for _ in range(4)]
    assert texts == ["one", "two" * 50, "", "three" * 200]


async def test_what_came_before_the_taking_over_is_delivered_first():
    application, may_begin = Direct(), asyncio.Event()
    application.before_taking_over = may_begin.wait
    async with served(application) as (url, _), connect(url, compression=None) as client:
        for text in ("first", "second", "third"):
            await client.send(text)
        assert await client.ping()  # answered, so they have arrived
        may_begin.set()
        await client.send("fourth")
        assert [await client.recv() for _ in range(4)] == ["first", "second", "third", "fourth"]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (bytes([0x81, 5]) + b"hello", 1002),  # a client must mask
        (bytes([0xC1]) + HELLO[1:], 1002),  # a flag that was not negotiated
        (bytes([0x01]) + HELLO[1:] + HELLO, 1002),  # a message within a message
        (bytes([0x81, MASKED | 1]) + bytes(4) + b"\xff", 1007),
        (bytes([0x81, MASKED | 127]) + (10**6).to_bytes(8) + bytes(4), 1009),
    ],
)
async def test_a_frame_against_the_protocol_closes_the_socket(frame, code):
    application = Direct()
    async with served(application) as (url, _), connect(url, compression=None) as client:
        client.transport.write(HELLO + frame)
        assert await closed_by(client) == code
        await ends(application)
    assert application.messages == ["hello"]


async def test_an_error_of_the_callback_is_raised_where_the_application_waits():
    class Failing(Direct):
        def take(self, message: str | bytes) -> None:
            super().take(message)
            raise ZeroDivisionError

    application = Failing()
    async with served(application) as (url, _), connect(url, compression=None) as client:
        client.transport.write(HELLO * 3)
        assert await closed_by(client) == 1011
    assert isinstance(application.raised, ZeroDivisionError)
    assert application.messages == ["hello"]


async def test_callbacks_run_in_the_context_of_the_application():
    call = ContextVar("call", default="none")

    class Named(Direct):
        async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
            call.set("mine")
            await super().__call__(scope, receive, send)

        def take(self, message: str | bytes) -> None:
            self.socket.write(call.get())

    async with served(Named()) as (url, _), connect(url, compression=None) as client:
        await client.send("whose?")
        assert await client.recv() == "mine"


async def test_a_client_that_reads_nothing_is_noticed_and_hears_the_rest_later():
    application = Direct()
    async with served(application) as (url, _), connect(url, compression=None) as client:
        await client.send("begin")
        await client.recv()
        client.transport.pause_reading()
        async with asyncio.timeout(GUARD_SECONDS):
            while application.socket.is_writable:
                application.socket.write("x" * 60_000)
                await asyncio.sleep(0)
        assert application.writable_again == 0
        client.transport.resume_reading()
        async with asyncio.timeout(GUARD_SECONDS):
            while not application.writable_again:
                await client.recv()
        assert application.socket.is_writable
        client.transport.abort()  # a farewell would wait for all the rest


async def test_nothing_can_be_written_when_the_client_has_left():
    application = Direct()
    async with served(application) as (url, _):
        async with connect(url, compression=None):
            pass
        await ends(application)
        with pytest.raises(ClientDisconnected):
            application.socket.write("too late")
    assert application.raised is None


async def test_a_server_that_stops_says_so_and_ends_the_delivery():
    application = Direct()
    async with served(application) as (url, server), connect(url, compression=None) as client:
        await client.send("hello")
        await client.recv()
        stopping = asyncio.create_task(server.shutdown())
        assert await closed_by(client) == 1012
        await ends(application)
        await stopping
    assert application.raised is None


async def test_pings_are_answered_beside_the_fast_lane():
    async with served(Direct()) as (url, _), connect(url, compression=None) as client:
        async with asyncio.timeout(GUARD_SECONDS):
            await (await client.ping())
        await client.send("and on")
        assert await client.recv() == "and on"


async def test_a_client_that_pings_and_reads_nothing_fills_no_memory():
    class Silent(Direct):
        def __init__(self) -> None:
            super().__init__()
            self.heard = {"begin": asyncio.Event(), "hello": asyncio.Event()}

        def take(self, message: str | bytes) -> None:
            self.heard[str(message)].set()

    application = Silent()
    async with served(application) as (url, _), connect(url, compression=None) as client:
        await client.send("begin")
        client.transport.pause_reading()
        async with asyncio.timeout(GUARD_SECONDS):
            await application.heard["begin"].wait()
            while application.socket.is_writable:
                application.socket.write("x" * 60_000)
                await asyncio.sleep(0)
            waiting = application.socket.transport.get_write_buffer_size()
            ping = Frame(Opcode.PING, b"p" * 125).serialize(mask=True)
            client.transport.write(ping * 500 + HELLO)
            await application.heard["hello"].wait()
        assert application.socket.transport.get_write_buffer_size() <= waiting
        client.transport.abort()


@pytest.mark.parametrize("kind", [Opcode.PING, Opcode.TEXT])
async def test_a_flood_of_empty_frames_is_cut_off(kind):
    application = Direct()
    async with served(application) as (url, _), connect(url, compression=None) as client:
        empty = Frame(kind, b"").serialize(mask=True)
        client.transport.write(HELLO + empty * (MAX_FRAMES_A_READ * 2))
        assert await closed_by(client) == 1008
        await ends(application)
    assert len(application.messages) <= MAX_FRAMES_A_READ + 1


async def test_a_message_of_endless_empty_parts_is_cut_off():
    application = Direct()
    begun = Frame(Opcode.TEXT, b"", fin=False).serialize(mask=True)
    part = Frame(Opcode.CONT, b"", fin=False).serialize(mask=True)
    async with served(application) as (url, _), connect(url, compression=None) as client:
        client.transport.write(HELLO + begun + part * MAX_FRAGMENTS)
        assert await closed_by(client) == 1009
        await ends(application)
    assert application.messages == ["hello"]


@pytest.mark.parametrize(
    "unit",
    [
        bytes([0x89, MASKED]) + bytes(4),  # a ping
        bytes([0x8A, MASKED]) + bytes(4),  # a pong
        bytes([0x01, MASKED])
        + bytes(4)
        + (bytes([0x00, MASKED]) + bytes(4)) * 98
        + bytes([0x80, MASKED])
        + bytes(4),
    ],
    ids=["ping", "pong", "parts"],
)
async def test_a_flood_of_frames_that_are_no_messages_is_cut_off_however_it_is_paced(unit):
    """No application counts them, and twenty sockets of pings kept the loop of all calls busy."""
    application = Direct()
    frames = len(unit) // 6
    async with served(application) as (url, _), connect(url, compression=None) as client:
        with suppress(RuntimeError):  # it is closed
            for _ in range(40):  # never as many as one read may bring
                client.transport.write(unit * (100 // frames))
                await asyncio.sleep(0.01)
        assert await closed_by(client) == 1008
    await ends(application)


async def test_a_call_whose_messages_a_proxy_splits_in_two_goes_on(monkeypatch):
    class Timed(Direct):
        """Its time passes with the messages, 50 a second."""

        def take(self, message: str | bytes) -> None:
            self.messages.append(message)
            if len(self.messages) % 50 == 0:
                self.socket.write(str(len(self.messages)))

    application = Timed()
    monkeypatch.setattr(fast_websocket, "monotonic", lambda: len(application.messages) / 50)
    halves = (Frame(Opcode.TEXT, b"he", fin=False), Frame(Opcode.CONT, b"llo"))
    second = b"".join(half.serialize(mask=True) for half in halves) * 50
    async with served(application) as (url, _), connect(url, compression=None) as client:
        async with asyncio.timeout(GUARD_SECONDS):
            for at in range(1, 61):
                client.transport.write(second)
                assert await client.recv() == str(at * 50)
    assert set(application.messages) == {"hello"}


async def test_an_application_that_does_not_ask_is_served_as_ever():
    async def echo(_scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            await send({**event, "type": "websocket.send"})

    async with served(echo) as (url, _), connect(url, compression=None) as client:
        for piece in PIECES:
            await client.send(piece)
            assert await client.recv() == piece


async def test_a_refused_socket_gets_403():
    async def refuse(_scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.close"})

    async with served(refuse) as (url, _):
        with pytest.raises(InvalidStatus) as refused:
            await connect(url)
    assert refused.value.response.status_code == 403


@pytest.fixture
def no_garbage_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def test_a_connection_that_is_over_is_gone_without_the_garbage_collector(
    no_garbage_collector,
):
    application = Direct()
    async with served(application) as (url, _):
        async with connect(url, compression=None) as client:
            await client.send("one")
            assert await client.recv() == "one"
        await ends(application)
        gone = weakref.ref(application.socket)
        application.socket = None
        async with asyncio.timeout(GUARD_SECONDS):
            while gone() is not None:  # noqa: ASYNC110  # uvicorn tells nobody
                await asyncio.sleep(0)
