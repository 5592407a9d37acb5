"""The media socket when the server does not read, and when the phone itself is late."""

import asyncio
import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any, cast

import pytest

from telephony.simulator import stream as stream_module
from telephony.simulator import wire
from telephony.simulator.caller import QUIET_PATIENCE_MS, Caller, CallerBehaviour
from telephony.simulator.clock import Clock
from telephony.simulator.media_socket import MediaSocket
from telephony.simulator.metronome import Metronome
from telephony.simulator.report.history import StreamLog
from telephony.simulator.sound.loudness import FRAME_BYTES, FRAME_MS
from telephony.simulator.sound.utterance import Utterance, utterance
from telephony.simulator.stream import MediaStream
from testing.virtual_time import VirtualTime


class StuckSocket:
    """A socket whose peer stops reading for a while at one frame."""

    def __init__(self, time: VirtualTime, *, stuck_at: int, seconds: float) -> None:
        self._time = time
        self.sent: list[dict[str, Any]] = []
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.close_code = 1006
        self._stuck_at = stuck_at
        self._seconds = seconds
        self._stuck_since: float | None = None

    def listen(self, on_message: Callable[[str | bytes], None]) -> None:
        pass

    def send(self, text: str) -> None:
        self.sent.append(json.loads(text))
        if len(self.sent) == self._stuck_at:
            self._stuck_since = self._time.now()

    @property
    def blocked_seconds(self) -> float:
        if self._stuck_since is None:
            return 0.0
        seconds = self._time.now() - self._stuck_since
        return seconds if seconds < self._seconds else 0.0

    def abort(self) -> None:
        pass


async def on_the_line(
    socket: StuckSocket, *, ms: int, says: tuple[Utterance, ...] = ()
) -> StreamLog:
    """A call of `ms`; the caller says `says` when the agent was quiet for 5 s."""
    outbox = wire.MessageWriter(stream_sid="MZ1", call_sid="CA1", account_sid="AC1")
    stream = MediaStream(
        cast("MediaSocket", socket), outbox=outbox, clock=Clock(), metronome=Metronome()
    )
    return await stream.run(
        {},
        lambda now: Caller(says, manner=CallerBehaviour(drop_after_ms=ms), now_ms=now),
    )


async def test_audio_is_lost_when_the_server_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "MAX_BLOCKED_SECONDS", 0.1)
    socket = StuckSocket(VirtualTime(monkeypatch), stuck_at=6, seconds=0.29)

    log = await on_the_line(socket, ms=600)

    assert [error.code for error in log.errors] == [31930]
    numbers = [int(message["sequenceNumber"]) for message in socket.sent[1:]]
    jumps = [later - earlier for earlier, later in pairwise(numbers)]
    assert max(jumps) == 15  # 14 frames are lost while it is stuck, and the next one comes
    timestamps = [int(m["media"]["timestamp"]) for m in socket.sent if m["event"] == "media"]
    assert timestamps[-1] == pytest.approx(log.ended_ms - log.started_ms, abs=30)


async def test_a_short_stall_is_made_up_for_without_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    socket = StuckSocket(VirtualTime(monkeypatch), stuck_at=6, seconds=0.2)

    log = await on_the_line(socket, ms=500)

    assert log.errors == []
    numbers = [int(message["sequenceNumber"]) for message in socket.sent[1:]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) * 20 == pytest.approx(log.ended_ms - log.started_ms, abs=30)


async def test_words_end_when_they_were_sent_and_not_when_they_were_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Of ten audible frames a few are sent in time, the others 300 ms later at once.
    words = utterance("words", bytes([0x80]) * 10 * FRAME_BYTES)
    frames_before = QUIET_PATIENCE_MS // FRAME_MS
    socket = StuckSocket(VirtualTime(monkeypatch), stuck_at=frames_before + 5, seconds=0.3)

    log = await on_the_line(socket, ms=QUIET_PATIENCE_MS + 1_000, says=(words,))

    [said] = log.said
    assert said.first_voiced_ms - log.started_ms == pytest.approx(QUIET_PATIENCE_MS, abs=50)
    assert said.last_voiced_ms - said.first_voiced_ms == pytest.approx(330, abs=50)
