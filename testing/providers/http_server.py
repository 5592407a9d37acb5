"""A small HTTP/1.1 server (h11 on asyncio) that can break off, and detects a disconnect."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Self

import h11

ROUNDS: Final = 3  # of the loop, in which a connection that was accepted gets its task


@dataclass
class Request:
    """A client's request. `is_answered`: the whole answer was written."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes = b""
    is_answered: bool = False
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)  # before the answer's end

    @property
    def json(self) -> dict[str, Any]:
        """The body, parsed."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed


class BreakOff(Exception):
    """Raised by a handler: close the connection in the middle of the answer."""


class Answer:
    """One response: `begin`, any number of `send`, and the server ends it."""

    def __init__(self, connection: h11.Connection, writer: asyncio.StreamWriter) -> None:
        self._connection = connection
        self._writer = writer

    async def begin(self, content_type: str, status: int = 200, *, encoding: str = "") -> None:
        """Send the head; the body is chunked, so that its length is open."""
        headers = [("Content-Type", content_type), ("Transfer-Encoding", "chunked")]
        if encoding:
            headers.append(("Content-Encoding", encoding))
        await self._write(h11.Response(status_code=status, headers=headers))

    async def send(self, data: bytes) -> None:
        """Send a piece of the body, at once."""
        if data:
            await self._write(h11.Data(data=data))

    async def send_json(self, value: object, status: int = 200) -> None:
        """A whole JSON answer."""
        await self.begin("application/json", status)
        await self.send(json.dumps(value).encode())

    async def refuse(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """A refusal with headers of its own."""
        named = [*headers.items(), ("Transfer-Encoding", "chunked")]
        await self._write(h11.Response(status_code=status, headers=named))
        await self.send(body)

    async def refuse_for(self, seconds: int) -> None:
        """Say that this came too soon."""
        headers = [("Retry-After", str(seconds)), ("Content-Length", "0")]
        await self._write(h11.Response(status_code=429, headers=headers))

    async def nothing(self) -> None:
        """Say that it is done, without a body."""
        await self._write(h11.Response(status_code=204, headers=[]))

    async def redirect(self, location: str, *, status: int = 302) -> None:
        """Send the client elsewhere."""
        headers = [("Location", location), ("Transfer-Encoding", "chunked")]
        await self._write(h11.Response(status_code=status, headers=headers))

    async def write_raw(self, data: bytes) -> None:
        """Send bytes as they are, in the place of what HTTP would have."""
        self._writer.write(data)
        await self._writer.drain()

    async def end(self) -> None:
        """Send the end of the body."""
        await self._write(h11.EndOfMessage())

    async def _write(self, event: h11.Event) -> None:
        self._writer.write(self._connection.send(event) or b"")
        await self._writer.drain()


Handler = Callable[[Request, Answer], Awaitable[None]]


class HttpServer:
    """Serves `handler` on a loopback port while it is entered (`async with`)."""

    def __init__(
        self, handler: Handler, *, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self._handler = handler
        self._port = port
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[Any]] = set()
        self.requests: list[Request] = []
        self.is_asked = asyncio.Event()  # a first request has come
        self.connections = 0  # ever accepted

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self._port, ssl=self._tls
        )
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for _round in range(ROUNDS):  # who has just been accepted gets a task, which closes it
            await asyncio.sleep(0)
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self.connections += 1
        try:
            connection = h11.Connection(our_role=h11.SERVER)
            while request := await self._read(connection, reader, writer):
                self.requests.append(request)
                self.is_asked.set()
                if not await self._answer(request, connection, reader, writer):
                    break
                connection.start_next_cycle()
        except (ConnectionError, asyncio.CancelledError, h11.ProtocolError):
            pass  # the client has gone, or the fake is being stopped
        finally:
            self._open.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _read(
        self,
        connection: h11.Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> Request | None:
        """The next request of the connection, None when the client has no more."""
        request = None
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                if connection.they_are_waiting_for_100_continue:
                    carry_on = h11.InformationalResponse(status_code=100, headers=[])
                    writer.write(connection.send(carry_on) or b"")
                connection.receive_data(await reader.read(65536))
            elif isinstance(event, h11.Request):
                headers = {name.decode(): value.decode() for name, value in event.headers}
                request = Request(event.method.decode(), event.target.decode(), headers)
            elif isinstance(event, h11.Data):
                assert request is not None
                request.body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return request
            else:  # ConnectionClosed
                return None

    async def _answer(
        self,
        request: Request,
        connection: h11.Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        """Run the handler; False when the connection is over."""
        answer = Answer(connection, writer)
        handling = asyncio.create_task(self._handle(request, answer))
        listening = asyncio.create_task(_until_hung_up(connection, reader))
        try:
            await asyncio.wait((handling, listening), return_when=asyncio.FIRST_COMPLETED)
            if not handling.done():
                request.hung_up.set()
                return False
            handling.result()
        except BreakOff:
            return False
        finally:
            for task in (handling, listening):
                task.cancel()
            await asyncio.gather(handling, listening, return_exceptions=True)
        request.is_answered = True
        return connection.our_state is h11.DONE

    async def _handle(self, request: Request, answer: Answer) -> None:
        await self._handler(request, answer)
        await answer.end()


async def _until_hung_up(connection: h11.Connection, reader: asyncio.StreamReader) -> None:
    """Return when the client closes; what it sends before belongs to its next request."""
    while data := await reader.read(65536):
        connection.receive_data(data)
