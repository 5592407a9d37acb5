"""The base of every WebSocket of the service: limits, refusal, close codes, error boundary.

Channels' consumers switch to one process-wide database thread before each message; with fifty
messages a second from each caller, one slow query would stall all calls. So sockets are plain ASGI
applications here, and Channels only routes them.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, ClassVar, Final

import structlog

from voicex.bounds.log_throttle import ThrottledWarning
from voicex.errors import ProtocolError, TicketRefused

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[Any]]

GONE: Final = 0  # in place of a close code: the peer has left, nothing is sent
CLOSE_NORMAL: Final = 1000
CLOSE_GOING: Final = 1001
CLOSE_UNSUPPORTED: Final = 1003
CLOSE_POLICY: Final = 1008
CLOSE_INTERNAL: Final = 1011
CLOSE_TRY_LATER: Final = 1013
LONGEST_REASON: Final = 120  # the limit of a close frame; our reasons are ASCII

log = structlog.get_logger(__name__)


class SocketEnded(Exception):
    """Raised to close the socket with this code (or GONE) and reason."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class BinaryMessage(ProtocolError):
    """A binary message was received where only text is allowed."""


class GuardedSocket(ABC):
    """One socket, from connect to close. Each instance serves one, on the event loop's thread."""

    crash_event: ClassVar[str] = "socket_crashed"  # logged with an unexpected error

    @classmethod
    def as_asgi(cls, **of: Any) -> Any:  # for Django's `path`, which is typed for views
        """The ASGI application that serves each socket with a new instance.

        of: arguments of each instance.
        """

        async def application(scope: Any, receive: Receive, send: Send) -> None:
            await cls(**of)(scope, receive, send)

        return application

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve the socket until it ends. The broad except is the boundary of every socket."""
        await receive()  # websocket.connect
        try:
            await self.serve(scope, receive, send)
        except SocketEnded as ended:
            code, reason = ended.code, ended.reason
        except Exception as error:
            code, reason = self.report(error), ""
        else:
            return
        if code != GONE:
            await close_socket(send, code, reason)

    @abstractmethod
    async def serve(self, scope: Any, receive: Receive, send: Send) -> None:
        """Accept the connected socket and serve it.

        Returns when the socket is closed. Raises: SocketEnded, to close or refuse it.
        """

    def report(self, error: Exception) -> int:
        """Report an unexpected error; returns the close code."""
        log.error(self.crash_event, exc_info=error)
        return CLOSE_INTERNAL


class SocketLimit:
    """A limit on the sockets of one kind in a process. For one event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.count = 0

    @property
    def is_full(self) -> bool:
        """Whether the limit is reached."""
        return self.count >= self._most

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Count a socket while the block runs. Raises: SocketEnded, when the limit is reached."""
        if self.is_full:
            raise SocketEnded(CLOSE_POLICY)
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1


class PerUserLimit:
    """A limit on the sockets of each user in a process. For one event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[int] = Counter()

    @contextmanager
    def one_more(self, user_id: int) -> Iterator[None]:
        """Count a socket of this user while the block runs. Raises: SocketEnded, above the
        limit.
        """
        if self._open[user_id] >= self._most:
            raise SocketEnded(CLOSE_TRY_LATER)
        self._open[user_id] += 1
        try:
            yield
        finally:
            self._open[user_id] -= 1
            if not self._open[user_id]:
                del self._open[user_id]


@contextmanager
def refusals_logged(warning: ThrottledWarning) -> Iterator[None]:
    """Refuse the socket if authentication in the block fails, and log the reason with `warning`.

    Raises: SocketEnded, in place of the errors of a handshake. Unexpected errors pass through.
    """
    try:
        yield
    except (TimeoutError, ProtocolError, TicketRefused, SocketEnded) as error:
        raise _noted(_end_after(error), warning) from None


def _end_after(error: Exception) -> SocketEnded:
    if isinstance(error, SocketEnded):
        return SocketEnded(error.code, error.reason)
    if isinstance(error, TimeoutError):
        return SocketEnded(CLOSE_POLICY, "no_start")
    if isinstance(error, BinaryMessage):
        return SocketEnded(CLOSE_UNSUPPORTED, "binary_message")
    return SocketEnded(CLOSE_POLICY, str(error))


def _noted(ended: SocketEnded, warning: ThrottledWarning) -> SocketEnded:
    if ended.code != GONE:
        warning.warn(reason=ended.reason)
    return ended


async def accept(send: Send) -> None:
    """Complete the handshake. Raises: SocketEnded, when the peer has left."""
    try:
        await send({"type": "websocket.accept"})
    except OSError:
        raise SocketEnded(GONE) from None


async def receive_text(receive: Receive, *, in_bytes: bool = False) -> str:
    """The next message. in_bytes: a binary one may be text, too.

    Raises: BinaryMessage; SocketEnded, when the peer has left.
    """
    event = await receive()
    if event["type"] == "websocket.disconnect":
        raise SocketEnded(GONE)
    text = event.get("text")
    if text is not None:
        return str(text)
    if not in_bytes:
        raise BinaryMessage
    try:
        return bytes(event["bytes"]).decode()
    except UnicodeDecodeError:
        raise BinaryMessage from None


async def close_socket(send: Send, code: int, reason: str = "") -> None:
    """Close the socket, or refuse it if it was not accepted yet. No effect if the peer has left."""
    message: dict[str, Any] = {"type": "websocket.close", "code": code}
    if reason:
        message["reason"] = reason[:LONGEST_REASON]
    with suppress(OSError, RuntimeError):  # uvicorn reports in two ways that the peer closed first
        await send(message)
