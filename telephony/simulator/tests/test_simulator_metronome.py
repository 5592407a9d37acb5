"""The beat of simulated calls, and the frames that they send with it."""

import asyncio

import pytest
from websockets.frames import Opcode
from websockets.server import ServerProtocol

from telephony.simulator.media_socket import text_frame
from telephony.simulator.metronome import Metronome
from testing.virtual_time import VirtualTime


async def beats(metronome: Metronome, wanted: int) -> list[float]:
    """How late each of `wanted` beats of one member was, in ms."""
    late: list[float] = []
    enough = asyncio.Event()

    def step(late_ms: float) -> None:
        late.append(late_ms)
        if len(late) == wanted:
            enough.set()

    beat = metronome.join(step)
    await enough.wait()
    beat.leave()
    return late


async def test_a_member_that_comes_late_is_called_until_it_has_caught_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    time = VirtualTime(monkeypatch)
    metronome = Metronome()
    began = time.now()
    asyncio.get_running_loop().call_later(0.05, time.passes, 0.15)

    late = await beats(metronome, 12)

    assert time.now() - began == pytest.approx(0.24)  # twelve beats, none left out
    assert late == pytest.approx([0, 0, 140, 120, 100, 80, 60, 40, 20, 0, 0, 0], abs=0.001)
    assert metronome.late_ms(100) == 140


async def test_members_may_come_and_go_at_any_time() -> None:
    metronome = Metronome()

    both = await asyncio.gather(beats(metronome, 2), beats(metronome, 4))
    again = await beats(metronome, 2)

    assert [len(late) for late in (*both, again)] == [2, 4, 2]


async def test_a_step_that_fails_does_not_stop_the_others() -> None:
    def fail(late_ms: float) -> None:
        raise ValueError

    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, about: told.append(about))
    metronome = Metronome()
    broken = metronome.join(fail)

    assert len(await beats(metronome, 3)) == 3
    broken.leave()
    assert told


def test_nothing_is_late_before_the_first_beat() -> None:
    assert Metronome().late_ms(99) == 0


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_a_text_frame_is_read_by_a_server(size: int) -> None:
    text = "x" * size
    server = ServerProtocol(max_size=None)
    server.receive_data(
        b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    request = server.events_received()[0]
    server.send_response(server.accept(request))  # type: ignore[arg-type]

    server.receive_data(text_frame(text))

    [frame] = server.events_received()
    assert (frame.opcode, frame.data) == (Opcode.TEXT, text.encode())  # type: ignore[union-attr]
