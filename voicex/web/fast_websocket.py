"""uvicorn's WebSocket protocol with a fast path that delivers messages without queue or task.

With plain ASGI a message is put on a queue, reading is paused, a task is woken, and reading is
resumed: most of the time that a Python server spends on a 20 ms frame. An application that finds
`scope["extensions"]["voicex.web.fast_websocket"]["socket"]` may have that `FastSocket` call it
within the read event, and may write without waiting. Everything else (handshake, control frames,
fragments, invalid frames, close, keep-alive, shutdown) is left to uvicorn; other applications are
not affected.
"""

import logging
from collections.abc import Callable
from contextvars import copy_context
from time import monotonic
from typing import Any, Final, Protocol

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame
from websockets.speedups import apply_mask

from voicex.bounds.token_bucket import TokenBucket

EXTENSION: Final = "voicex.web.fast_websocket"

# First and second byte of a frame, RFC 6455, section 5.2.
_WHOLE_TEXT: Final = 0x81  # a message in one frame
_WHOLE_BINARY: Final = 0x82
_WHOLE: Final = (_WHOLE_TEXT, _WHOLE_BINARY)
_MASKED: Final = 0x80
_LENGTH: Final = 0x7F
_MASK_BYTES: Final = 4

# The frames accepted from one read of the network. 256 KB are some 900 frames of a telephone, but
# 40,000 empty ones, which would block all other calls for most of a second.
MAX_FRAMES_A_READ: Final = 2_048
MAX_FRAGMENTS: Final = 1_024  # of a message; empty ones pass the parser's limit of bytes
# Frames that are no whole message: pings, pongs, parts. An application counts messages alone, and
# each of these costs as much. Telephones and browsers send hardly any, but a proxy on the way may
# split messages (RFC 6455, section 5.4): this allows the 50 a second of a call, in four parts each.
OTHER_FRAMES_A_SECOND: Final = 200.0
OTHER_FRAMES_AT_ONCE: Final = MAX_FRAGMENTS + 200.0
_POLICY: Final = 1008
_TOO_BIG: Final = 1009
CLOSE_SECONDS: Final = 3.0  # seconds for the peer to close, too

# uvicorn logs several lines for each connection, with the path, and any client can cause them.
# Failures on our side are logged as errors.
quiet_logger: Final = logging.getLogger("voicex.web.connections")
quiet_logger.setLevel(logging.ERROR)


class FastSocket(Protocol):
    """The extension's interface: one socket, used on the event loop's thread."""

    @property
    def is_writable(self) -> bool:
        """False while the write buffer is full, because the peer reads too slowly."""
        ...

    async def deliver(
        self, on_message: Callable[[str | bytes], None], on_writable: Callable[[], None]
    ) -> None:
        """Call `on_message` for each message, in order, until the socket is gone.

        on_writable: called whenever `is_writable` becomes true again. Both run in the caller's
        context. Their errors are raised here, and end the delivery.
        """
        ...

    def write(self, message: str | bytes) -> None:
        """Send with the other writes of this iteration of the loop. OSError when it is closed."""
        ...


class FastProtocol(WebSocketsSansIOProtocol):
    """For `uvicorn.Config(ws=FastProtocol)`; itself the `FastSocket` of its connection.

    Frames are cut out of the stream here, so that uvicorn's parser always stands between
    two frames, where a simple one can pass it by.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = self.conn.logger = quiet_logger
        self.close_timeout = CLOSE_SECONDS
        self.on_gone: Callable[[], None] | None = None  # called once, when the connection is
        self._other_frames = TokenBucket(rate=OTHER_FRAMES_A_SECOND, burst=OTHER_FRAMES_AT_ONCE)
        self._begun = bytearray()  # a frame whose end has not come
        self._on_message: Callable[[str | bytes], None] | None = None
        self._on_writable: Callable[[], None] | None = None
        self._context = copy_context()
        self._error: Exception | None = None

    async def run_asgi(self) -> None:
        """Run the application, with the fast lane in its scope."""
        extensions = self.scope["extensions"]
        extensions[EXTENSION] = {"socket": self}
        try:
            await super().run_asgi()
        finally:
            # Else each would keep the other, with all that the connection has held.
            extensions.pop(EXTENSION, None)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        if self.on_gone is not None:
            self.on_gone()
        super().connection_lost(exc)

    # --- reading -----------------------------------------------------------------------------

    async def deliver(
        self, on_message: Callable[[str | bytes], None], on_writable: Callable[[], None]
    ) -> None:
        """Call `on_message` for each message; the queue brings what the fast lane can't carry."""
        self._on_message, self._on_writable = on_message, on_writable
        self._context = copy_context()
        try:
            while (event := await self.receive())["type"] == "websocket.receive":
                text = event.get("text")
                on_message(event["bytes"] if text is None else text)  # type: ignore[arg-type]
        finally:
            self._on_message = self._on_writable = None
        if self._error is not None:
            raise self._error

    def data_received(self, data: bytes) -> None:
        """The network: the request first, then frames, cut anywhere."""
        if not self.handshake_initiated:
            super().data_received(data)
            return
        begun = self._begun
        unread: bytes | bytearray = data
        if begun:
            begun += data
            unread = begun
        start = frames = 0
        while start < len(unread):
            payload_at, end = _bounds(unread, start, self.config.ws_max_size)
            if not 0 < end <= len(unread):
                break
            if not self._hand_over(unread, start, payload_at, end):
                if unread[start] not in _WHOLE and not self._other_frames.takes(monotonic()):
                    self._refuse(_POLICY, "Too many frames that are no messages")
                    break
                super().data_received(bytes(unread[start:end]))
                if self.transport.is_closing():
                    break
            start = end
            frames += 1
            if frames > MAX_FRAMES_A_READ:
                self._refuse(_POLICY, "Too many frames at once")
                break
        if unread is begun:
            del begun[:start]
        elif start < len(unread):
            begun += unread[start:]

    def _hand_over(self, unread: bytes | bytearray, start: int, payload_at: int, end: int) -> bool:
        """Give the message in this frame to the application, past the parser; False: no such."""
        callback = self._on_message
        kind = unread[start]
        # It may overtake neither a message in the queue nor a begun one (`frames`).
        if (
            callback is None
            or kind not in _WHOLE
            or not payload_at
            or self.frames
            or not self.queue.empty()
        ):
            return False
        payload = apply_mask(unread[payload_at:end], unread[payload_at - _MASK_BYTES : payload_at])
        if kind == _WHOLE_BINARY:
            self._call(callback, payload)
            return True
        try:
            text = payload.decode()
        except UnicodeDecodeError:  # the parser closes the socket, with the right code
            return False
        self._call(callback, text)
        return True

    def _call(self, callback: Callable[..., None], *arguments: str | bytes) -> None:
        """Any error is raised where `deliver` waits: this is no place of the application's."""
        try:
            self._context.run(callback, *arguments)
        except Exception as error:
            self._on_message = self._on_writable = None
            self._error = error
            self.queue.put_nowait({"type": "websocket.disconnect", "code": 1011})

    def handle_cont(self, event: Frame) -> None:
        """Another part of a message."""
        if len(self.frames) >= MAX_FRAGMENTS:
            self._refuse(_TOO_BIG, "Too many fragments")
        else:
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """Answer, unless the other side takes nothing: its pongs would pile up in memory.

        RFC 6455, section 5.5.3, lets us answer only the latest of several pings.
        """
        pong = self.conn.data_to_send()
        if self.is_writable:
            self.transport.write(b"".join(pong))

    def _refuse(self, code: int, reason: str) -> None:
        """Close the socket for what was sent; the application hears that it is gone."""
        self.conn.fail(code, reason)
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()

    # --- writing -----------------------------------------------------------------------------

    @property
    def is_writable(self) -> bool:
        """False while the write buffer is full, because the peer reads too slowly."""
        return self.writable.is_set()

    def write(self, message: str | bytes) -> None:
        """Send with the other writes of this iteration of the loop. OSError when it is closed."""
        if self.transport.is_closing():
            raise ClientDisconnected
        try:
            if isinstance(message, str):
                self.conn.send_text(message.encode())
            else:
                self.conn.send_binary(message)
        except InvalidState:
            raise ClientDisconnected from None
        self.transport.write(b"".join(self.conn.data_to_send()))

    def resume_writing(self) -> None:
        """The transport's buffer has drained."""
        super().resume_writing()
        if self._on_writable is not None:
            self._call(self._on_writable)


def _bounds(unread: bytes | bytearray, start: int, max_size: int) -> tuple[int, int]:
    """Where the payload of the frame at `start` begins, and where the frame ends.

    The end is 0 while the header is incomplete. A frame that the parser must refuse, unmasked
    or too long, has no payload (0) and ends where the data ends.
    """
    available = len(unread) - start
    if available < 2:
        return 0, 0
    second = unread[start + 1]
    length = second & _LENGTH
    extended = 2 if length == 126 else 8 if length == 127 else 0
    if available < 2 + extended:
        return 0, 0
    if extended == 2:  # as a telephone's frames have it: 50 a second
        length = unread[start + 2] << 8 | unread[start + 3]
    elif extended:
        length = int.from_bytes(unread[start + 2 : start + 2 + extended])
    if not second & _MASKED or length > max_size:
        return 0, len(unread)
    payload_at = start + 2 + extended + _MASK_BYTES
    return payload_at, payload_at + length
