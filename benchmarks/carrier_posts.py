"""Twilio's posts by a client so light that what it measures is the server.

Requests are whole bytes before the clock starts, connections are kept and have no delay
(uvloop sets TCP_NODELAY), and the clock stops as the answer's last byte arrives.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self, cast
from urllib.parse import urlencode, urlsplit

from telephony.simulator.webhooks import TOTAL_SECONDS
from telephony.twilio.signatures import sign

HEADERS_END: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. milliseconds: from the request's first byte to the answer's last."""

    status: int
    body: bytes
    milliseconds: float


class CarrierPosts:
    """Posts to one server, each on a connection of its own until it is answered. A context.

    Needs uvloop. auth_token: the account's, with which every request is signed.
    """

    def __init__(self, origin: str, *, auth_token: str) -> None:
        parts = urlsplit(origin)
        self._host, self._port = parts.hostname or "localhost", parts.port or 80
        self._auth_token = auth_token
        self._idle: list[_Connection] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._idle:
            connection.close()

    async def post(self, url: str, fields: Mapping[str, str]) -> Answer:
        """The answer to one signed form. Raises ConnectionError, or TimeoutError as Twilio does."""
        request = _request(url, fields, signature=sign(self._auth_token, url, dict(fields)))
        connection = await self._connection()
        async with asyncio.timeout(TOTAL_SECONDS):
            answer = await connection.ask(request)
        self._idle.append(connection)
        return answer

    async def _connection(self) -> "_Connection":
        """A kept one that was not closed since, else a new one."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, self._host, self._port)
        return connection


class _Connection(asyncio.Protocol):
    """One connection that is kept: one question at a time."""

    _transport: asyncio.Transport
    _answered: asyncio.Future[Answer]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has a base of its own

    @property
    def is_open(self) -> bool:
        return not self._transport.is_closing()

    async def ask(self, request: bytes) -> Answer:
        self._answered = asyncio.get_running_loop().create_future()
        self._received = b""
        self._asked_at = time.perf_counter()
        self._transport.write(request)
        return await self._answered

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(HEADERS_END)
        if end and len(body) >= _content_length(head):
            took = (time.perf_counter() - self._asked_at) * 1000
            self._answered.set_result(Answer(int(head.split(b" ", 2)[1]), body, took))

    def connection_lost(self, error: Exception | None) -> None:
        if hasattr(self, "_answered") and not self._answered.done():
            self._answered.set_exception(error or ConnectionError("the server hung up"))


def _request(url: str, fields: Mapping[str, str], *, signature: str) -> bytes:
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    body = urlencode(fields)
    return (
        f"POST {path} HTTP/1.1\r\n"
        f"Host: {parts.netloc}\r\n"
        "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"X-Twilio-Signature: {signature}\r\n"
        "User-Agent: TwilioProxy/1.1\r\n"
        "Accept: */*\r\n\r\n"
        f"{body}"
    ).encode()


def _content_length(head: bytes) -> int:
    """Bytes of the body; 0 where none is announced (204)."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
