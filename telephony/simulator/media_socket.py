"""Twilio's end of a media socket: the WebSocket protocol of `websockets` without its tasks.

A hundred callers send five thousand messages a second. `send` is a plain call that writes
at once; what comes in is delivered by calls too. Raises and reports what Twilio would.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final, cast

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from telephony.simulator.codes import CarrierError

OPEN_SECONDS: Final = 5.0
CLOSE_SECONDS: Final = 5.0
USER_AGENT: Final = "TwilioMediaStreams/1.0"


class MediaSocket(asyncio.Protocol):
    """An open socket, or one on its way there: see `open_socket`."""

    def __init__(self, protocol: ClientProtocol) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self._protocol = protocol
        self._transport: asyncio.Transport
        self._on_message: Callable[[str | bytes], None] | None = None
        self._waiting: list[str | bytes] = []  # came before `listen`
        self._parts: list[Frame] = []
        self._blocked_at: float | None = None
        self._giving_up: asyncio.TimerHandle | None = None

    def listen(self, on_message: Callable[[str | bytes], None]) -> None:
        """Call `on_message` with each message, also with those that came before."""
        self._on_message = on_message
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            on_message(message)

    def send(self, text: str) -> None:
        """Send a text message; nothing happens on a socket that is closing."""
        if self._protocol.state is State.OPEN:
            self._transport.write(text_frame(text))

    def close(self) -> None:
        """Begin the closing handshake; `closed` is done at its end, or after 5 s."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(CloseCode.NORMAL_CLOSURE)
            self._flush()

    def abort(self) -> None:
        """The line breaks: no handshake, and what was not sent is lost."""
        self._transport.abort()

    @property
    def blocked_seconds(self) -> float:
        """For how long the server has read nothing, with all buffers between us full."""
        return 0.0 if self._blocked_at is None else monotonic() - self._blocked_at

    @property
    def close_code(self) -> int | None:
        """None while it is open; 1006 when it ended without a word."""
        return self._protocol.close_code

    @property
    def close_reason(self) -> str | None:
        """What the server said about it; None while it is open."""
        return self._protocol.close_reason

    # --- asyncio.Protocol ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected; the handshake is begun by `open_socket`."""
        self._transport = cast("asyncio.Transport", transport)

    def shake_hands(self, headers: Mapping[str, str]) -> None:
        """Ask for the upgrade; `opened` is done, or fails, with the answer."""
        request = self._protocol.connect()
        request.headers["User-Agent"] = USER_AGENT
        request.headers.update(headers)
        self._protocol.send_request(request)
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Bytes from the server."""
        self._protocol.receive_data(data)
        self._take_events()
        self._flush()

    def eof_received(self) -> None:
        """The server has closed its side."""
        self._protocol.receive_eof()
        self._take_events()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Over, in whatever way."""
        self._protocol.receive_eof()
        self._take_events()
        if self._giving_up is not None:
            self._giving_up.cancel()
        self.closed.set_result(None)

    def pause_writing(self) -> None:
        """The buffers are full."""
        self._blocked_at = monotonic()

    def resume_writing(self) -> None:
        """The server reads again."""
        self._blocked_at = None

    # ---------------------------------------------------------------------------------------

    def _take_events(self) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._take_frame(event)
        if self.opened.done():
            return
        if self._protocol.handshake_exc is not None:
            self.opened.set_exception(self._protocol.handshake_exc)
        elif self._protocol.state is not State.CONNECTING:
            self.opened.set_result(None)

    def _take_frame(self, frame: Frame) -> None:
        if frame.opcode in {Opcode.PING, Opcode.PONG, Opcode.CLOSE}:
            return  # answered by the protocol
        self._parts.append(frame)
        if not frame.fin:
            return
        parts, self._parts = self._parts, []
        data = b"".join(part.data for part in parts)
        message: str | bytes = data
        if parts[0].opcode is Opcode.TEXT:
            try:
                message = data.decode()
            except UnicodeDecodeError:
                self._protocol.fail(CloseCode.INVALID_DATA)
                return
        if self._on_message is None:
            self._waiting.append(message)
        else:
            self._on_message(message)

    def _flush(self) -> None:
        """Write what the protocol has to say, and see that the line ends if that was all."""
        self._write()
        if self._giving_up is None and self._protocol.close_expected():
            loop = asyncio.get_running_loop()
            self._giving_up = loop.call_later(CLOSE_SECONDS, self._transport.abort)

    def _write(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:  # the protocol's sign for "no more"
                self._transport.close()


def text_frame(text: str) -> bytes:
    """`text` as a client's WebSocket frame.

    The mask is zero, which changes nothing and so costs nothing: random ones are there for
    scripts in browsers (RFC 6455, 10.3), and five thousand frames a second leave this process.
    """
    data = text.encode()
    size = len(data)
    if size < 126:
        return b"\x81%c\0\0\0\0%b" % (0x80 | size, data)
    if size < 1 << 16:
        return b"\x81\xfe%b\0\0\0\0%b" % (size.to_bytes(2, "big"), data)
    return b"\x81\xff%b\0\0\0\0%b" % (size.to_bytes(8, "big"), data)


async def open_socket(url: str, headers: Mapping[str, str]) -> MediaSocket:
    """An open media socket, without compression. Raises CarrierError with Twilio's code."""
    try:
        uri = parse_uri(url)
        async with asyncio.timeout(OPEN_SECONDS):
            _, socket = await asyncio.get_running_loop().create_connection(
                lambda: MediaSocket(ClientProtocol(uri, max_size=None)),
                uri.host,
                uri.port,
                ssl=ssl.create_default_context() if uri.secure else None,
            )
            try:
                socket.shake_hands(headers)
                await socket.opened
            except BaseException:
                socket.abort()
                raise
    except TimeoutError as error:
        raise CarrierError(31901, f"{url} did not answer within {OPEN_SECONDS:.0f} s") from error
    except InvalidStatus as error:
        raise CarrierError(
            31920, f"{url} answered the upgrade with HTTP {error.response.status_code}"
        ) from error
    except InvalidHandshake as error:
        raise CarrierError(31920, f"{url} did not upgrade: {error}") from error
    except WebSocketException as error:
        raise CarrierError(31924, f"{url} broke the WebSocket protocol: {error}") from error
    except ssl.SSLError as error:
        raise CarrierError(31910, f"TLS with {url} failed: {error.reason}") from error
    except OSError as error:
        raise CarrierError(31902, f"{url} cannot be reached: {error.strerror or error}") from error
    return socket
