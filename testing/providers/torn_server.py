"""A server that plays bytes as they were drawn, whatever HTTP makes of them.

`answers` draws how a body is sent: framed in one of the ways of HTTP/1.1 or against all of them,
cut anywhere, with pauses, and ended early. What of the body was surely sent whole is known, so that
a test can ask for it.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Self

from hypothesis import strategies as st

MS_BETWEEN: Final = st.sampled_from((0, 0, 0, 1, 30, 400))  # of the loop's clock
ROUNDS: Final = 5  # of the loop, in which what was sent arrives and what is due is done
CLOSE, RESET, STAY = "close", "reset", "stay"
_FRAMINGS: Final = st.sampled_from(
    (
        "length",
        "length",
        "chunked",
        "chunked",
        "closed",
        "too_long",
        "too_short",
        "bad_chunk",
        "both",
    )
)
_AS_ANNOUNCED: Final = frozenset({"length", "chunked", "closed", "too_short"})
_STATUSES: Final = st.sampled_from(
    (b"200 OK",) * 8 + (b"200", b"206 Some", b"500 x", b"400 x", b"429 x")
)
# Lines of a head that may do harm; with one of them nothing is promised.
_ODD_LINES: Final = (
    b"Content-Encoding: gzip", b"Content-Encoding: none-such", b"Transfer-Encoding: gzip",
    b"Content-Length: -1", b"Content-Length: 1, 2", b"no colon", b": no name", b"X: \xff\xfe",
    b"X: " + b"x" * 70_000, b"Location: http://127.0.0.1:9/", b"Content-Type: \xe4/;=",
    b"Connection: close", b"Connection: upgrade\r\nUpgrade: h2c",
)  # fmt: skip


@dataclass(frozen=True)
class TornAnswer:
    """writes: a pause in milliseconds and what is sent after it; ending: what becomes of the
    connection; whole: what a client surely gets of the body, if HTTP is read as it is written;
    is_complete: it is all of the body, and ends as it was announced.
    """

    writes: tuple[tuple[int, bytes], ...]
    ending: str
    whole: bytes
    is_complete: bool


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    """`data` in pieces that end at those places."""
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(edges)]


@st.composite
def answers(draw: st.DrawFn, bodies: st.SearchStrategy[bytes], content_type: str) -> TornAnswer:
    """One way to send one of the `bodies`."""
    body, framing, status = draw(bodies), draw(_FRAMINGS), draw(_STATUSES)
    pieces = cut(body, draw(st.lists(st.integers(0, 4_000), max_size=6)))
    lines = [f"Content-Type: {content_type}".encode()]
    odd = draw(st.lists(st.sampled_from(_ODD_LINES), max_size=2)) if draw(st.booleans()) else []
    sent, whole = pieces, body
    match framing:
        case "length":
            lines.append(b"Content-Length: %d" % len(body))
        case "too_long":
            lines.append(b"Content-Length: %d" % (len(body) + draw(st.integers(1, 999))))
        case "too_short":
            length = draw(st.integers(0, len(body)))
            lines.append(b"Content-Length: %d" % length)
            whole = body[:length]
        case "chunked" | "bad_chunk" | "both":
            lines.append(b"Transfer-Encoding: chunked")
            if framing == "both":
                lines.append(b"Content-Length: %d" % len(body))
            broken = draw(st.integers(0, len(pieces))) if framing == "bad_chunk" else -1
            sent = [_chunk(piece, is_broken=at == broken) for at, piece in enumerate(pieces)]
            sent.append(b"0\r\n\r\n" if broken < len(pieces) else b"zz\r\n")
            if framing == "bad_chunk":
                whole = b"".join(pieces[:broken])
    head = b"HTTP/1.1 " + status + b"\r\n" + b"\r\n".join([*lines, *odd]) + b"\r\n\r\n"
    ending = draw(st.sampled_from((CLOSE, CLOSE, CLOSE, RESET, STAY)))
    kept = draw(st.integers(0, len(sent))) if draw(st.booleans()) else len(sent)
    if kept < len(sent):  # ended early
        whole = whole[: sum(map(len, pieces[:kept]))]
        ending = CLOSE if ending == STAY else ending
    if odd or ending == RESET or not status.startswith(b"200 ") or framing == "both":
        whole = b""
    if framing not in ("length", "chunked") and ending == STAY:
        ending = CLOSE
    writes = tuple(
        (draw(MS_BETWEEN), data) for part in [head, *sent[:kept]] for data in _in_two(draw, part)
    )
    is_complete = kept == len(sent) and framing in _AS_ANNOUNCED and whole == body
    return TornAnswer(writes, ending, whole, is_complete)


def _chunk(piece: bytes, *, is_broken: bool) -> bytes:
    size = b"zz" if is_broken else b"%x" % len(piece)
    return size + b"\r\n" + piece + b"\r\n" if piece else b""


def _in_two(draw: st.DrawFn, data: bytes) -> list[bytes]:
    at = draw(st.sampled_from((0, 1, len(data) // 2)))
    return [part for part in (data[:at], data[at:]) if part]


class PassingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes as on any other, and at once where a server pauses."""

    ahead = 0.0  # seconds that have passed so

    def time(self) -> float:
        """Seconds, of the real clock and of all pauses."""
        return super().time() + self.ahead


class TornServer:
    """Plays `answer` to every request while it is entered (`async with`), on a PassingLoop."""

    def __init__(self) -> None:
        self.answer = TornAnswer((), CLOSE, b"", is_complete=False)
        self.asked = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def url(self) -> str:
        """The base URL for the SDK."""
        return f"http://127.0.0.1:{self._port}/v1"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self.stop()
        await self._server.wait_closed()

    async def stop(self) -> None:
        """End whatever is being played."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while await _request(reader):
                self.asked += 1
                for pause_ms, data in self.answer.writes:
                    await _pass(pause_ms)
                    writer.write(data)
                    await writer.drain()
                if self.answer.ending != STAY:
                    break
            if self.answer.ending == RESET:
                linger = struct.pack("ii", 1, 0)  # closing then sends a reset
                connection = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has had enough, or the test
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def _pass(milliseconds: int) -> None:
    """Let time pass, and whoever waits for it notice."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, PassingLoop)
    loop.ahead += milliseconds / 1000
    for _ in range(ROUNDS):
        await asyncio.sleep(0)


async def _request(reader: asyncio.StreamReader) -> bool:
    """Read one request to its end; False when there is no more."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return False
    headers = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:] if line)
    if length := headers.get(b"content-length"):
        await reader.readexactly(int(length))
    else:  # chunked
        while await reader.readuntil(b"\r\n") != b"0\r\n":
            pass
        await reader.readuntil(b"\r\n")
    return True
