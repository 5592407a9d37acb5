"""uvicorn's HTTP protocol with limits on connections, time and headers.

uvicorn waits for a header without a timeout, of any size, on any number of connections: a thousand
incomplete headers would use up the descriptors of the process. `voicex.web.connections` has the
rules; here they are applied to uvicorn by overriding some of its private methods
(tests/fence/test_guarded_http.py fails when they change).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any, Final, cast
from urllib.parse import unquote

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from voicex.bounds.log_throttle import ThrottledWarning
from voicex.bounds.token_bucket import TokenBucket
from voicex.web.client_address import forwarded_address, limited_address
from voicex.web.connections import Connection, Connections, Kind
from voicex.web.fast_websocket import FastProtocol, quiet_logger
from voicex.web.request_limiter import ABORT

MAX_HEADER_BYTES: Final = 65_536
# Header lines of a request; a browser behind two proxies sends some 40. A short line costs as much
# as a long one.
MAX_HEADERS: Final = 128
# Requests of one connection that wait for the answer before. None of our clients sends any; one
# read of the network can hold 3,600.
MAX_PIPELINED: Final = 8
# Bytes of a chunked body that are not content (sizes, extensions, trailers), in addition to as many
# as it has content.
MAX_FRAMING_BYTES: Final = 65_536
# The share of sockets that are no calls. Each queries the database for its user, which competes
# with the tickets of calls. Pages whose socket is refused try again by themselves.
SOCKETS_A_SECOND: Final = 40.0
SOCKETS_AT_ONCE: Final = 200.0
_CLOSING: Final = b"connection: close\r\ncontent-length: 0\r\n\r\n"
NEXT_HEADER: Final = b"x-voicex-try-next"
TRY_NEXT: Final = b"HTTP/1.1 404 Not Found\r\n" + _CLOSING
FORBIDDEN: Final = b"HTTP/1.1 403 Forbidden\r\n" + _CLOSING
TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\n" + _CLOSING
UNAVAILABLE: Final = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n" + _CLOSING

_unreadable: Final = ThrottledWarning("request_unreadable")
_no_place: Final = ThrottledWarning("no_place_for_connection")


@dataclass(frozen=True, slots=True)
class Guard:
    """The shared state and configuration of all connections of a process.

    socket_kind: the kind of a socket by its path; None to refuse it. address_header: the proxy's
    header with the client's address (lower case); b"" without a proxy. leaves_calls: whether this
    process is stopping, so that sockets of calls are passed on to another process, if there is one.
    """

    connections: Connections
    socket_kind: Callable[[str], Kind | None]
    address_header: bytes = b""
    leaves_calls: Callable[[], bool] = lambda: False
    sockets: TokenBucket = field(
        default_factory=lambda: TokenBucket(rate=SOCKETS_A_SECOND, burst=SOCKETS_AT_ONCE)
    )


class TooMuch(Exception):
    """A limit of a request is exceeded; its connection ends."""


class GuardedHttp(HttpToolsProtocol):
    """For `uvicorn.Config(http=guarded(...))`."""

    def __init__(self, *args: Any, guard: Guard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = quiet_logger
        self._guard = guard
        self._connections = guard.connections
        self._place: Connection | None = None
        self._header_bytes: int | None = 0  # bytes of the current header; None outside of a header
        self._framing_bytes: int | None = None  # of the current body; None outside of a body
        self._is_header_too_large = False

    # --- the connection ----------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        """A client has connected."""
        super().connection_made(transport)
        address = "" if self._guard.address_header else limited_address((self.client or [""])[0])
        self._place = self._connections.open(transport, address, monotonic())
        if self._place is None:
            _no_place.warn(open=len(self._connections), address=address)
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has disconnected."""
        self._leave()
        super().connection_lost(exc)

    def _leave(self) -> None:
        if self._place is not None:
            self._connections.close(self._place)

    def data_received(self, data: bytes) -> None:
        """The network: a request, cut anywhere."""
        if self._place is None:
            return
        if self._header_bytes is not None:
            self._header_bytes += len(data)
        if self._framing_bytes is not None:
            self._framing_bytes += len(data)
        super().data_received(data)
        if self._header_bytes is not None and self._header_bytes > MAX_HEADER_BYTES:
            self._answer(TOO_LARGE)
        elif self._framing_bytes is not None and self._framing_bytes > MAX_FRAMING_BYTES:
            self.send_400_response("")

    def send_400_response(self, msg: str) -> None:
        """The data is not a valid request, or exceeds a limit."""
        _unreadable.warn()
        if self._is_header_too_large and not self._is_answering():
            self._answer(TOO_LARGE)
        elif self._is_answering():  # in the middle of an answer, or before it
            self.transport.close()
        elif not self.transport.is_closing():
            super().send_400_response(msg)

    def _is_answering(self) -> bool:
        """Whether a client would take data for the answer to an earlier request."""
        if self.cycle is None or self.cycle.response_complete:
            return bool(self.pipeline)
        is_of_this = self._framing_bytes is not None and not self.pipeline
        return self.cycle.response_started or not is_of_this

    def pause_writing(self) -> None:
        """The client reads more slowly than data is sent."""
        super().pause_writing()
        if self._place is not None:
            self._connections.stall(self._place, monotonic())

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        if self._place is not None:
            self._connections.flow(self._place)

    # --- the request -------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """The first byte of a request. Raises TooMuch."""
        if len(self.pipeline) >= MAX_PIPELINED:
            raise TooMuch
        super().on_message_begin()
        self.scope[ABORT] = self.transport.abort  # type: ignore[typeddict-unknown-key]
        self._header_bytes = self._header_bytes or 0
        if self._place is not None and self._place.kind is None:  # not a pipelined request
            self._connections.begin(self._place, monotonic())

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header line, or a trailer of a chunked body. Raises TooMuch.

        Trailers are dropped: a proxy that sets headers about the client does not check them.
        """
        if self._framing_bytes is not None:
            return
        if len(self.headers) >= MAX_HEADERS:
            self._is_header_too_large = True
            raise TooMuch
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The request's header is complete."""
        self._header_bytes = None
        self._framing_bytes = 0
        if self._place is not None:
            self._connections.expect_body(self._place, monotonic())
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        if self._framing_bytes is not None:
            self._framing_bytes -= 2 * len(body)  # it was counted with the data
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request's body is complete: it holds its place until it is answered."""
        self._framing_bytes = None
        super().on_message_complete()
        is_upgrade = self.parser.should_upgrade() and self._should_upgrade()
        if self._place is not None and not is_upgrade and not self.cycle.response_complete:
            self._connections.hold(self._place, Kind.REQUEST)

    def on_response_complete(self) -> None:
        """The request was answered."""
        if self._place is not None and not self.pipeline:
            self._connections.begin(self._place, monotonic())
        super().on_response_complete()

    def handle_websocket_upgrade(self) -> None:
        """The request is a WebSocket upgrade: accepted for a call, or within the share of
        others.
        """
        place = self._place
        if place is None or self.transport.is_closing():
            return
        kind = self._guard.socket_kind(unquote(self.url.partition(b"?")[0].decode("latin-1")))
        if kind is None:
            self._answer(FORBIDDEN)
            return
        if kind is Kind.CALL and self._guard.leaves_calls() and self._has_next():
            self._answer(TRY_NEXT)
            return
        address = forwarded_address(self.headers, self._guard.address_header)
        is_too_often = kind is Kind.SOCKET and not self._guard.sockets.takes(monotonic())
        if is_too_often or not self._connections.hold(place, kind, address):
            _no_place.warn(open=len(self._connections), kind=kind, address=address)
            self._answer(UNAVAILABLE)
            return
        super().handle_websocket_upgrade()
        socket = cast(FastProtocol, self.transport.get_protocol())
        socket.on_gone = partial(self._connections.close, place)
        # Break the reference cycle with the parser, as uvicorn does when a connection is lost: this
        # object is not told about that any more.
        self.parser = None  # type: ignore[assignment]  # so does uvicorn

    def _has_next(self) -> bool:
        """Whether our nginx can pass the request on to another process; it says so in a header."""
        return any(name == NEXT_HEADER and value for name, value in self.headers)

    def _answer(self, whole: bytes) -> None:
        self._header_bytes = None
        if not self.transport.is_closing():
            self.transport.write(whole)
            self.transport.close()


def guarded(guard: Guard) -> type[HttpToolsProtocol]:
    """The protocol for `uvicorn.Config(http=...)`."""
    return cast("type[HttpToolsProtocol]", partial(GuardedHttp, guard=guard))
