"""Every socket of the service is served, refused and closed in one way."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from voicex import asgi
from voicex.bounds.log_throttle import ThrottledWarning
from voicex.errors import ProtocolError, TicketRefused
from voicex.sockets import (
    CLOSE_INTERNAL,
    CLOSE_POLICY,
    CLOSE_TRY_LATER,
    CLOSE_UNSUPPORTED,
    GONE,
    LONGEST_REASON,
    BinaryMessage,
    GuardedSocket,
    PerUserLimit,
    SocketEnded,
    SocketLimit,
    accept,
    receive_text,
    refusals_logged,
)


class Served(GuardedSocket):
    """A socket whose serving does what the test says."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work

    async def serve(self, scope: Any, receive: Any, send: Any) -> None:
        self._work()


def raising(error: Exception) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


async def sent_by(socket: GuardedSocket) -> list[dict[str, Any]]:
    """What is sent while the socket is served."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await socket({}, receive, send)
    return sent


async def test_a_socket_that_is_ended_is_closed_with_the_code_and_the_reason():
    sent = await sent_by(Served(raising(SocketEnded(CLOSE_POLICY, "r" * 200))))
    reason = "r" * LONGEST_REASON
    assert sent == [{"type": "websocket.close", "code": CLOSE_POLICY, "reason": reason}]


@pytest.mark.parametrize("work", [raising(SocketEnded(GONE)), lambda: None], ids=["gone", "served"])
async def test_nothing_is_sent_when_the_other_side_has_left_or_all_is_done(work):
    assert await sent_by(Served(work)) == []


async def test_an_error_of_ours_is_logged_and_ends_its_own_socket_alone():
    with capture_logs() as logs:
        sent = await sent_by(Served(raising(ZeroDivisionError())))
    assert sent == [{"type": "websocket.close", "code": CLOSE_INTERNAL}]
    assert [line["event"] for line in logs] == ["socket_crashed"]


async def test_each_socket_is_served_by_an_instance_of_its_own():
    served: list[int] = []

    class Counted(GuardedSocket):
        async def serve(self, scope: Any, receive: Any, send: Any) -> None:
            served.append(id(self))

    kept = Counted.as_asgi()
    for _ in range(2):
        await sent_by(kept)  # type: ignore[arg-type]
    assert len(served) == 2


def test_above_its_limit_a_socket_is_ended_and_room_comes_back():
    limit = SocketLimit(1)
    with limit.one_more():
        assert (limit.is_full, limit.count) == (True, 1)
        with pytest.raises(SocketEnded) as ended, limit.one_more():
            pass
    assert (ended.value.code, limit.count) == (CLOSE_POLICY, 0)


def test_a_user_with_too_many_leaves_room_for_others():
    limit = PerUserLimit(1)
    with limit.one_more(7), limit.one_more(8):
        with pytest.raises(SocketEnded) as ended, limit.one_more(7):
            pass
        assert ended.value.code == CLOSE_TRY_LATER
    with limit.one_more(7):
        pass


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (TimeoutError(), CLOSE_POLICY, "no_start"),
        (BinaryMessage(), CLOSE_UNSUPPORTED, "binary_message"),
        (ProtocolError("Too long"), CLOSE_POLICY, "Too long"),
        (TicketRefused(), CLOSE_POLICY, str(TicketRefused())),
        (SocketEnded(CLOSE_TRY_LATER, "draining"), CLOSE_TRY_LATER, "draining"),
    ],
)
def test_a_failed_handshake_ends_the_socket_and_is_counted(error, code, reason):
    with capture_logs() as logs, pytest.raises(SocketEnded) as ended, refusals_logged(warning()):
        raise error
    assert (ended.value.code, ended.value.reason) == (code, reason)
    assert [line["reason"] for line in logs] == [reason]


def test_a_side_that_leaves_is_not_counted_and_an_error_of_ours_passes():
    with capture_logs() as logs:
        with pytest.raises(SocketEnded), refusals_logged(warning()):
            raise SocketEnded(GONE)
        with pytest.raises(ZeroDivisionError), refusals_logged(warning()):
            raise ZeroDivisionError
    assert logs == []


def warning() -> ThrottledWarning:
    return ThrottledWarning("refused")


async def test_a_side_that_leaves_during_the_handshake_ends_its_socket():
    async def gone(_: Any) -> None:
        raise OSError

    async def left() -> dict[str, str]:
        return {"type": "websocket.disconnect"}

    async def binary() -> dict[str, Any]:
        return {"type": "websocket.receive", "bytes": b"x"}

    for step in (accept(gone), receive_text(left)):
        with pytest.raises(SocketEnded) as ended:
            await step
        assert ended.value.code == GONE
    with pytest.raises(BinaryMessage):
        await receive_text(binary)
    assert await receive_text(binary, in_bytes=True) == "x"


def test_every_routed_socket_is_a_guarded_one():
    routed = [route.callback for route in asgi.socket_routes]
    ours = [each for each in routed if each is not asgi.refuse_socket]
    assert len(ours) == 4
    as_asgi = GuardedSocket.as_asgi.__func__.__code__
    assert {each.__code__ for each in ours} <= set(filter(inspect.iscode, as_asgi.co_consts))
