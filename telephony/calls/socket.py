"""The socket of one call: calls back for each message, and sends without waiting.

`FastCallSocket` uses our server's fast path (`voicex.web.fast_websocket`); `AsgiCallSocket` is for
other servers and tests. Messages that the network does not accept yet are queued here, where a
clear can still remove them.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

from telephony.calls.transport import Message
from voicex.sockets import Receive, Send
from voicex.web.fast_websocket import EXTENSION, FastSocket

CLOSE_SECONDS: Final = 2.0  # seconds for the last messages to be sent
MAX_OUTGOING: Final = 4_000  # messages: 13 minutes of speech; a peer that far behind is dead


class CallSocket(ABC):
    """An accepted socket. For the event loop's thread."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._is_connected = True
        self._outgoing: deque[Message] = deque()

    @abstractmethod
    async def carry(self, on_message: Callable[[Message], None]) -> None:
        """Receive and send messages until the peer has left. To be called once."""

    @abstractmethod
    def _flush(self) -> None:
        """Called when `_outgoing` has messages, or the network accepts more."""

    def send(self, messages: Iterable[Message]) -> bool:
        """Queue a message; False, and nothing is sent, when the queue is full."""
        if len(self._outgoing) >= MAX_OUTGOING:
            return False
        self._outgoing.extend(messages)
        self._flush()
        return True

    def take_back(self, is_unwanted: Callable[[Message], bool]) -> None:
        """Remove queued messages that are no longer wanted."""
        if self._outgoing:
            self._outgoing = deque(m for m in self._outgoing if not is_unwanted(m))

    async def close(self, code: int, last: Iterable[Message]) -> None:
        """Send queued messages, then `last`, and close. No effect if the peer has left."""
        if not self._is_connected:
            return
        # The peer closed first (uvicorn reports that in two ways), or it reads nothing more: the
        # server then ends the connection.
        with suppress(OSError, RuntimeError):
            async with asyncio.timeout(CLOSE_SECONDS):
                for message in (*self._outgoing, *last):
                    await self._send(_sending(message))
                await self._send({"type": "websocket.close", "code": code})


class AsgiCallSocket(CallSocket):
    """A call's socket by ASGI's `receive` and `send`."""

    def __init__(self, receive: Receive, send: Send) -> None:
        super().__init__(send)
        self._receive = receive
        self._has_outgoing = asyncio.Event()

    async def carry(self, on_message: Callable[[Message], None]) -> None:
        """Receive and send messages until the peer has left. To be called once."""
        async with asyncio.TaskGroup() as tasks:
            both = {
                tasks.create_task(self._read(on_message), name="read"),
                tasks.create_task(self._write(), name="write"),
            }
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in both:
                task.cancel()

    async def _read(self, on_message: Callable[[Message], None]) -> None:
        while (event := await self._receive())["type"] != "websocket.disconnect":
            text = event.get("text")
            on_message(event["bytes"] if text is None else text)
        self._is_connected = False

    async def _write(self) -> None:
        """Send messages until the connection breaks, which uvicorn raises here before its
        disconnect event.
        """
        while self._is_connected:
            try:
                while self._outgoing:
                    await self._send(_sending(self._outgoing.popleft()))
            except OSError:
                self._is_connected = False
                return
            self._has_outgoing.clear()
            await self._has_outgoing.wait()

    def _flush(self) -> None:
        self._has_outgoing.set()


class FastCallSocket(CallSocket):
    """A call's socket by our server's fast path: no task switch between network and callback."""

    def __init__(self, direct: FastSocket, send: Send) -> None:
        super().__init__(send)
        self._direct = direct

    async def carry(self, on_message: Callable[[Message], None]) -> None:
        """Receive and send messages until the peer has left. To be called once."""
        await self._direct.deliver(on_message, self._flush)
        self._is_connected = False

    def _flush(self) -> None:
        with suppress(OSError):  # the connection is closed, and `carry` is about to return
            while self._outgoing and self._direct.is_writable:
                self._direct.write(self._outgoing.popleft())


def call_socket(scope: Mapping[str, Any], receive: Receive, send: Send) -> CallSocket:
    """The fastest kind of socket that the server of this connection supports."""
    offered = scope.get("extensions", {}).get(EXTENSION)
    if offered is None:
        return AsgiCallSocket(receive, send)
    return FastCallSocket(offered["socket"], send)


def _sending(message: Message) -> dict[str, Any]:
    kind = "text" if isinstance(message, str) else "bytes"
    return {"type": "websocket.send", kind: message}
