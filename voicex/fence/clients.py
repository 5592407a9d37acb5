"""httpx clients whose transport enforces the fence: allowed addresses, and limits on responses."""

import asyncio
import itertools
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Final

import httpcore2
import httpx2

from voicex.errors import EndpointRefused
from voicex.fence.addresses import check_url
from voicex.fence.charsets import clean_headers
from voicex.fence.connections import AsyncConnections, Connections
from voicex.fence.streams import AsyncSteadyStream, SteadyStream

MAX_CONNECTIONS: Final = 100  # connections; an organization may need three for each call
KEEP_ALIVE_SECONDS: Final = 120.0


BURST: Final = 1_000  # pieces of an answer that may come at once
PIECES_A_SECOND: Final = 500  # a stream of tokens has hundreds of chunks
PIECES_A_TURN: Final = 50  # time of the event loop: a millisecond
ERROR_BYTES: Final = 16_384  # an error response is parsed as a whole, for its message
STREAMS: Final = ("application/octet-stream", "text/event-stream")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of one response: bytes of its body, and seconds from the request to its end.

    stream_bytes: the limit where the request accepts a stream of bytes or events, which is
    processed as it arrives; other responses may have to be held in memory as a whole.
    may_be_encoded: whether a compressed response is allowed, for users that do not decompress it.
    """

    answer_bytes: int = 1024 * 1024
    stream_bytes: int = 4 * 1024 * 1024  # 80 s of a voice at 24 kHz, 8,000 tokens of a model
    seconds: float = 60.0
    may_be_encoded: bool = False

    def bytes_for(self, request: httpx2.Request) -> int:
        """The maximum size of the response to `request`."""
        accepted = request.headers.get("Accept", "")
        is_stream = any(kind in accepted for kind in STREAMS)
        return self.stream_bytes if is_stream else self.answer_bytes


def async_client(
    *,
    allow_private: bool,
    timeout: httpx2.Timeout,
    bounds: Bounds | None = None,
    certificates: ssl.SSLContext | None = None,
    kind: type[httpx2.AsyncClient] = httpx2.AsyncClient,
) -> httpx2.AsyncClient:
    """A client for an event loop, with keep-alive. timeout: of each step, in addition to `bounds`.

    certificates: trusted ones; by default the system's. kind: the class of the client; its
    transport is always the fence's.
    """
    transport = _AsyncFence(bounds or Bounds(), certificates or _certificates(), allow_private)
    return kind(transport=transport, timeout=timeout, trust_env=False, follow_redirects=False)


def client(
    *,
    allow_private: bool,
    timeout: httpx2.Timeout,
    bounds: Bounds | None = None,
    certificates: ssl.SSLContext | None = None,
) -> httpx2.Client:
    """A client for a thread, without keep-alive. Arguments as in `async_client`."""
    transport = _Fence(bounds or Bounds(), certificates or _certificates(), allow_private)
    return httpx2.Client(
        transport=transport, timeout=timeout, trust_env=False, follow_redirects=False
    )


@cache
def _certificates() -> ssl.SSLContext:
    """The trusted certificates, cached: reading them takes 35 ms."""
    return httpx2.create_ssl_context()


# The base classes of httpx translate requests and errors for httpcore and send them through
# `_pool`, which is replaced here. If httpx renamed that attribute, no request could be sent at all.


class _AsyncFence(httpx2.AsyncHTTPTransport):
    def __init__(self, bounds: Bounds, certificates: ssl.SSLContext, allow_private: bool) -> None:
        self._bounds = bounds
        self._allow_private = allow_private
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=certificates,
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
            network_backend=AsyncConnections(allow_private=allow_private),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        _prepare(request, allow_private=self._allow_private)
        ends_at = asyncio.get_running_loop().time() + self._bounds.seconds
        try:
            async with asyncio.timeout_at(ends_at):
                response = await super().handle_async_request(request)
        except TimeoutError as error:
            raise EndpointRefused("too_slow") from error
        if _is_encoded(response) and not self._bounds.may_be_encoded:
            await response.aclose()
            raise EndpointRefused("encoded")
        _begin_body(response)
        assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101  # for the types
        allowance = _allowance_for(response, request, self._bounds)
        return _with_body(response, _AsyncBody(response.stream, allowance, ends_at))


class _Fence(httpx2.HTTPTransport):
    def __init__(self, bounds: Bounds, certificates: ssl.SSLContext, allow_private: bool) -> None:
        self._bounds = bounds
        self._allow_private = allow_private
        self._pool = httpcore2.ConnectionPool(
            ssl_context=certificates,
            max_keepalive_connections=0,
            network_backend=Connections(allow_private=allow_private, seconds=bounds.seconds),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        _prepare(request, allow_private=self._allow_private)
        response = super().handle_request(request)
        if _is_encoded(response) and not self._bounds.may_be_encoded:
            response.close()
            raise EndpointRefused("encoded")
        _begin_body(response)
        assert isinstance(response.stream, httpx2.SyncByteStream)  # noqa: S101  # for the types
        allowance = _allowance_for(response, request, self._bounds)
        return _with_body(response, _Body(response.stream, allowance))


class _Allowance:
    """The remaining allowance of a response: bytes, and chunks, each of which costs time whatever
    its size.
    """

    def __init__(self, most_bytes: int, *, cuts: bool = False) -> None:
        self.is_over = False  # the response was cut: stop reading
        self._cuts = cuts
        self._bytes = most_bytes
        self._pieces = float(BURST)
        self._counted_at = monotonic()

    def take(self, part: bytes) -> bytes:
        """Count a received chunk; returns the part of it to use. Raises EndpointRefused above a
        limit.
        """
        now = monotonic()
        self._pieces += (now - self._counted_at) * PIECES_A_SECOND - 1
        self._pieces = min(self._pieces, BURST)
        self._counted_at = now
        self._bytes -= len(part)
        if self._bytes < 0 and self._cuts:
            self.is_over = True
            return part[: self._bytes]
        if self._bytes < 0 or self._pieces < 0:
            raise EndpointRefused("too_large")
        return part


def _allowance_for(
    response: httpx2.Response, request: httpx2.Request, bounds: Bounds
) -> _Allowance:
    most = bounds.bytes_for(request)
    if response.status_code < 300:
        return _Allowance(most)
    return _Allowance(min(most, ERROR_BYTES), cuts=True)


class _AsyncBody(httpx2.AsyncByteStream):
    def __init__(
        self, stream: httpx2.AsyncByteStream, allowance: _Allowance, ends_at: float
    ) -> None:
        self._stream = stream
        self._allowance = allowance
        self._ends_at = ends_at

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = aiter(self._stream)
        for count in itertools.count(1):
            try:
                async with asyncio.timeout_at(self._ends_at):
                    part = await anext(parts)
                    if count % PIECES_A_TURN == 0:
                        await asyncio.sleep(0)  # one read may bring many chunks
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise EndpointRefused("too_slow") from error
            yield self._allowance.take(part)
            if self._allowance.is_over:
                return

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Body(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream, allowance: _Allowance) -> None:
        self._stream = stream
        self._allowance = allowance

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            yield self._allowance.take(part)
            if self._allowance.is_over:
                return

    def close(self) -> None:
        self._stream.close()


def _prepare(request: httpx2.Request, *, allow_private: bool) -> None:
    check_url(request.url, allow_private=allow_private)
    request.headers["Accept-Encoding"] = "identity"  # no decompression bombs


def _begin_body(response: httpx2.Response) -> None:
    stream = response.extensions["network_stream"]
    assert isinstance(stream, AsyncSteadyStream | SteadyStream)  # noqa: S101  # made by us
    stream.head.body_begins()


def _is_encoded(response: httpx2.Response) -> bool:
    return response.headers.get("Content-Encoding", "identity").strip().lower() != "identity"


def _with_body(
    response: httpx2.Response, body: httpx2.AsyncByteStream | httpx2.SyncByteStream
) -> httpx2.Response:
    headers = httpx2.Headers(response.headers)
    headers.update(clean_headers(headers))
    return httpx2.Response(
        response.status_code,
        headers=headers,
        stream=body,
        extensions=response.extensions,
    )
