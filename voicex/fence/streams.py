"""Network streams for httpcore that read in small pieces and limit the head of a response.

Parsing takes thousands of times as long as reading, and the event loop runs nothing else meanwhile:
a server could block a process with endless response headers.
"""

import ssl
from time import monotonic
from typing import Any, Final

import httpcore2

from voicex.errors import EndpointRefused

READ_BYTES: Final = 4_096  # some 200 answers of one line, the most expensive to parse: 10 ms
HEAD_BYTES: Final = 65_536


class _Head:
    """The bytes that may still be read before the body of the response."""

    def __init__(self) -> None:
        self._left: int | None = HEAD_BYTES

    def request_was_sent(self) -> None:
        self._left = HEAD_BYTES

    def body_begins(self) -> None:
        self._left = None  # the body has a limit of its own

    def came(self, data: bytes) -> bytes:
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise EndpointRefused("too_large")
        return data


class AsyncSteadyStream(httpcore2.AsyncNetworkStream):
    """A connection of an event loop."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream
        self.head = _Head()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Read at most READ_BYTES. Raises EndpointRefused when the response head is too long."""
        return self.head.came(await self._stream.read(min(max_bytes, READ_BYTES), timeout))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Delegates to the wrapped stream."""
        self.head.request_was_sent()
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Delegates to the wrapped stream."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        """Delegates to the wrapped stream."""
        secure = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        return AsyncSteadyStream(secure)

    def get_extra_info(self, info: str) -> Any:
        """Delegates to the wrapped stream."""
        return self._stream.get_extra_info(info)


class SteadyStream(httpcore2.NetworkStream):
    """A connection of a thread, whose reads and writes all end at one moment."""

    def __init__(self, stream: httpcore2.NetworkStream, ends_at: float) -> None:
        self._stream = stream
        self._ends_at = ends_at
        self.head = _Head()

    def _within(self, timeout: float | None) -> float:
        left = self._ends_at - monotonic()
        if left <= 0:
            raise EndpointRefused("too_slow")
        return left if timeout is None else min(left, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read at most READ_BYTES. Raises EndpointRefused when the response head is too long."""
        within = self._within(timeout)
        return self.head.came(self._stream.read(min(max_bytes, READ_BYTES), within))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Delegates to the wrapped stream."""
        self.head.request_was_sent()
        self._stream.write(buffer, self._within(timeout))

    def close(self) -> None:
        """Delegates to the wrapped stream."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """Delegates to the wrapped stream; the deadline stays."""
        secure = self._stream.start_tls(ssl_context, server_hostname, self._within(timeout))
        return SteadyStream(secure, self._ends_at)

    def get_extra_info(self, info: str) -> Any:
        """Delegates to the wrapped stream."""
        return self._stream.get_extra_info(info)
