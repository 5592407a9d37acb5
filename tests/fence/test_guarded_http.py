"""uvicorn's connections under our rules, in a real server. Fails when uvicorn's insides change."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from testing.guard import GUARD_SECONDS
from testing.uvicorn_server import port_of, running
from voicex.web.connections import REQUEST_SECONDS, Connections, Kind
from voicex.web.fast_websocket import FastProtocol
from voicex.web.guarded_http import MAX_HEADER_BYTES, SOCKETS_AT_ONCE, Guard, GuardedHttp, guarded

LATER = 1e12  # long after any deadline
UPGRADE = (
    b"GET %s HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
GET = b"GET /page HTTP/1.1\r\nHost: here\r\n\r\n"


@dataclass
class Site:
    """A server with a few places; an application that answers when it may."""

    connections: Connections
    guard: Guard
    port: int = 0
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)
    scope: Any = None  # of the latest request, once its body is there
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"])
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            while (await receive())["type"] != "websocket.disconnect":
                pass
            return
        while (await receive()).get("more_body"):
            pass
        self.scope = scope
        await self.may_answer.wait()
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    async def opens(self) -> "Client":
        """A client that has connected, and has its place."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writers.append(writer)
        for _ in range(10):  # the server's turns: it accepts, and takes the connection
            await asyncio.sleep(0)
        return Client(reader, writer)


@dataclass
class Client:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def sends(self, data: bytes) -> None:
        self.writer.write(data)

    async def reads_to_the_end(self) -> bytes:
        async with asyncio.timeout(GUARD_SECONDS):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    async def status(self) -> int:
        async with asyncio.timeout(GUARD_SECONDS):
            head = await self.reader.readuntil(b"\r\n\r\n")
            await self.reader.readexactly(2)
            return int(head.split()[1])


def kind_of(path: str) -> Kind | None:
    return {"/call": Kind.CALL, "/news": Kind.SOCKET}.get(path)


@asynccontextmanager
async def served(*, most: int, address_header: bytes = b"") -> AsyncIterator[Site]:
    connections = Connections(most=most)
    site = Site(connections, Guard(connections, kind_of, address_header))
    config = uvicorn.Config(
        site,
        port=0,
        http=guarded(site.guard),
        ws=FastProtocol,
        lifespan="off",
        log_config=None,
    )
    async with running(config) as server:
        site.port = port_of(server)
        try:
            yield site
        finally:
            site.may_answer.set()
            for writer in site.writers:
                writer.close()


async def until(is_so: Any) -> None:
    async with asyncio.timeout(GUARD_SECONDS):
        while not is_so():  # noqa: ASYNC110  # uvicorn tells nobody
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    "begun", [b"", b"GET /pa", b"POST /x HTTP/1.1\r\nContent-Length: 9\r\n\r\n"]
)
async def test_a_request_that_is_not_complete_makes_room_for_one_that_is(begun):
    async with served(most=8) as site:
        site.may_answer.set()
        idle = [await site.opens() for _ in range(8)]
        for client in idle:
            client.sends(begun)
        caller = await site.opens()
        caller.sends(GET)
        assert await caller.status() == 200
        assert await idle[0].reads_to_the_end() == b""
        assert site.connections.evicted == 1


async def test_a_request_that_is_being_served_does_not_make_room():
    async with served(most=8) as site:
        caller = await site.opens()
        caller.sends(GET)
        await until(lambda: site.asked)
        strangers = [await site.opens() for _ in range(30)]
        site.may_answer.set()
        assert await caller.status() == 200
        assert len(strangers) == 30
        # Answered, it has nothing more to say than they have.
        await until(lambda: site.connections.holding(Kind.REQUEST) == 0)
        assert len(site.connections) <= 8


async def test_a_client_that_finds_no_place_is_closed_at_once():
    async with served(most=4) as site:
        callers = [await site.opens() for _ in range(4)]
        for caller in callers:
            caller.sends(GET)
        await until(lambda: site.connections.holding(Kind.REQUEST) == 4)
        late = await site.opens()
        assert await late.reads_to_the_end() == b""
        site.may_answer.set()
        assert [await caller.status() for caller in callers] == [200] * 4


@pytest.mark.parametrize("begun", [b"", b"G", b"GET / HTTP/1.1\r\nHost: he"])
async def test_a_header_that_never_ends_is_cut_off(begun):
    async with served(most=8) as site:
        client = await site.opens()
        client.sends(begun)
        await until(lambda: len(site.connections) == 1)
        site.connections.sweep(asyncio.get_running_loop().time() + REQUEST_SECONDS + 1)
        assert await client.reads_to_the_end() == b""


async def test_the_time_of_a_header_begins_with_its_first_byte_and_not_with_each(monkeypatch):
    now = 0.0
    monkeypatch.setattr("voicex.web.guarded_http.monotonic", lambda: now)
    async with served(most=8) as site:
        client = await site.opens()
        for byte in b"GET / HTTP/1.1\r\n":
            now += 1.0
            client.sends(bytes([byte]))
            for _ in range(5):
                await asyncio.sleep(0)
        site.connections.sweep(1.0 + REQUEST_SECONDS)
        assert await client.reads_to_the_end() == b""


async def test_a_second_request_of_a_connection_has_its_own_time(monkeypatch):
    now = 0.0
    monkeypatch.setattr("voicex.web.guarded_http.monotonic", lambda: now)
    async with served(most=8) as site:
        site.may_answer.set()
        client = await site.opens()
        for _ in range(3):
            client.sends(GET)
            assert await client.status() == 200
            now += REQUEST_SECONDS - 1
            site.connections.sweep(now)
        client.sends(GET + b"GET /half")
        assert await client.status() == 200
        await until(lambda: site.connections.holding(Kind.REQUEST) == 0)
        site.connections.sweep(now + REQUEST_SECONDS)
        assert await client.reads_to_the_end() == b""


async def test_an_endless_header_is_refused():
    async with served(most=8) as site:
        client = await site.opens()
        client.sends(b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * MAX_HEADER_BYTES)
        assert b" 431 " in await client.reads_to_the_end()
        assert site.asked == []


async def test_what_is_no_request_gets_400_and_leaves():
    async with served(most=8) as site:
        client = await site.opens()
        client.sends(b"\x16\x03\x01\x02\x00\x01\x00")
        assert b" 400 " in await client.reads_to_the_end()
        await until(lambda: len(site.connections) == 0)


async def test_a_socket_without_a_right_is_refused_before_the_application_hears_of_it():
    async with served(most=80) as site:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{site.port}/elsewhere")
        assert refused.value.response.status_code == 403
        assert site.asked == []
        await until(lambda: len(site.connections) == 0)


async def test_sockets_have_their_share_and_a_call_finds_room_beside_them():
    async with served(most=16) as site:
        url = f"ws://127.0.0.1:{site.port}"
        async with connect(f"{url}/news"), connect(f"{url}/news"):
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"{url}/news")
            assert refused.value.response.status_code == 503
            for _ in range(40):
                await site.opens()
            async with connect(f"{url}/call") as call:
                for _ in range(40):
                    await site.opens()
                await (await call.ping())
                assert site.connections.holding(Kind.CALL) == 1
        await until(lambda: site.connections.holding(Kind.SOCKET) == 0)
        assert site.connections.holding(Kind.CALL) == 0


async def test_behind_a_proxy_the_address_is_the_one_that_it_names():
    async with served(most=8_000, address_header=b"x-real-ip") as site:
        site.connections.most_of_one = 1
        url = f"ws://127.0.0.1:{site.port}/news"
        async with connect(url, additional_headers={"X-Real-IP": "192.0.2.1"}):
            with pytest.raises(InvalidStatus):
                await connect(url, additional_headers={"X-Real-IP": "192.0.2.1"})
            async with connect(url, additional_headers={"X-Real-IP": "192.0.2.2"}):
                pass


async def test_sockets_that_are_no_calls_come_only_so_often_and_calls_at_any_rate():
    async with served(most=8_000) as site:
        url = f"ws://127.0.0.1:{site.port}"
        site.guard.sockets.takes(monotonic() + 1e6)  # no more come by the passing of time
        answers = []
        for _ in range(int(SOCKETS_AT_ONCE) + 1):
            client = await site.opens()
            client.sends(UPGRADE % b"/news")
            async with asyncio.timeout(GUARD_SECONDS):
                answers.append((await client.reader.readuntil(b"\r\n"))[9:12])
        assert answers == [b"101"] * int(SOCKETS_AT_ONCE - 1) + [b"503"] * 2
        async with connect(f"{url}/call"):
            pass


@pytest.fixture
def no_garbage_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def test_what_asked_for_a_socket_is_gone_when_the_socket_is_open(no_garbage_collector):
    def waiting_for_requests() -> list[object]:
        return [each for each in gc.get_objects() if type(each) is GuardedHttp]

    async with served(most=8) as site:
        before = len(waiting_for_requests())
        async with connect(f"ws://127.0.0.1:{site.port}/call"):
            await until(lambda: len(waiting_for_requests()) == before)
