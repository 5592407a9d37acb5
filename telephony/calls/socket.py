"""The socket of one call: messages in by a callback, messages out without waiting.

`FastCallSocket` uses our server's fast lane (`voicex.web.fast_websocket`); `AsgiCallSocket` is
for any other server, and for tests. What the network does not take waits here, where a clear can
still take it back.
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

CLOSE_SECONDS: Final = 2.0  # for the last messages; a client that takes nothing more is left
MAX_OUTGOING: Final = 4_000  # messages, 13 minutes of speech; a socket that far behind is dead


class CallSocket(ABC):
    """An accepted socket. For the event loop's thread."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._is_connected = True
        self._outgoing: deque[Message] = deque()

    @abstractmethod
    async def carry(self, on_message: Callable[[Message], None]) -> None:
        """Pass on each message, and send, until the other side is gone. Once."""

    @abstractmethod
    def _flush(self) -> None:
        """Something waits in `_outgoing`, or the network takes more."""

    def send(self, messages: Iterable[Message]) -> bool:
        """Send as soon as the network takes it; False, and nothing done, when too much waits."""
        if len(self._outgoing) >= MAX_OUTGOING:
            return False
        self._outgoing.extend(messages)
        self._flush()
        return True

    def take_back(self, is_unwanted: Callable[[Message], bool]) -> None:
        """Forget those of the waiting messages that are unwanted now."""
        if self._outgoing:
            self._outgoing = deque(m for m in self._outgoing if not is_unwanted(m))

    async def close(self, code: int, last: Iterable[Message]) -> None:
        """Send what waits, then `last`, and close; nothing if the other side is gone."""
        if not self._is_connected:
            return
        # The other side was first (uvicorn says that in two ways), or it takes nothing more: then
        # the server ends the connection, and nothing waits for that.
        with suppress(OSError, RuntimeError):
            async with asyncio.timeout(CLOSE_SECONDS):
                for message in (*self._outgoing, *last):
                    await self._send(_sending(message))
                await self._send({"type": "websocket.close", "code": code})


class AsgiCallSocket(CallSocket):
    """By ASGI's own `receive` and `send`."""

    def __init__(self, receive: Receive, send: Send) -> None:
        super().__init__(send)
        self._receive = receive
        self._has_outgoing = asyncio.Event()

    async def carry(self, on_message: Callable[[Message], None]) -> None:
        """Pass on each message, and send, until the other side is gone. Once."""
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
        """Ends when the line breaks: with uvicorn, before any event says so."""
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
    """By our server's fast lane: no task is woken between the network and the callback."""

    def __init__(self, direct: FastSocket, send: Send) -> None:
        super().__init__(send)
        self._direct = direct

    async def carry(self, on_message: Callable[[Message], None]) -> None:
        """Pass on each message, and send, until the other side is gone. Once."""
        await self._direct.deliver(on_message, self._flush)
        self._is_connected = False

    def _flush(self) -> None:
        with suppress(OSError):  # it is gone, and `carry` is about to return
            while self._outgoing and self._direct.is_writable:
                self._direct.write(self._outgoing.popleft())


def call_socket(scope: Mapping[str, Any], receive: Receive, send: Send) -> CallSocket:
    """The quickest socket that the server of this connection offers."""
    offered = scope.get("extensions", {}).get(EXTENSION)
    if offered is None:
        return AsgiCallSocket(receive, send)
    return FastCallSocket(offered["socket"], send)


def _sending(message: Message) -> dict[str, Any]:
    kind = "text" if isinstance(message, str) else "bytes"
    return {"type": "websocket.send", kind: message}
