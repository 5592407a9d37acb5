"""One call that is put through, comes back and goes from process to process, in every order."""

import pytest
from django.utils import timezone

from telephony.calls.streams.live_call import LiveCall
from telephony.process.runtime import Runtime
from telephony.webhooks import consumers
from testing.calls.media_stream import Stream
from testing.engines import SILENCE, SPEECH, settle
from testing.phone_number import PhoneNumber
from tests.whole_calls import test_transfers
from tests.whole_calls.test_transfers import Element, asked, carried, verb
from usage.billing.settlement import settle as settle_call
from usage.models import Call, FlightRecord, LiveState, Transfer, Turn, UsageFact

pytestmark = pytest.mark.django_db(transaction=True)

line = test_transfers.line


@pytest.fixture
def streams(monkeypatch) -> list[LiveCall]:
    """Each stream of the call, as its driver got it."""
    found: list[LiveCall] = []
    run_call = consumers.run_call

    async def noted(call: LiveCall, *args, **kwargs) -> None:
        found.append(call)
        await run_call(call, *args, **kwargs)

    monkeypatch.setattr(consumers, "run_call", noted)
    return found


class Caller:
    """One call, of which each stream is in another process, as far as the processes can know."""

    def __init__(self, line: PhoneNumber, shared: Runtime) -> None:
        self.line = line
        self.shared = shared
        self.connect: Element = verb(line.rings())
        self.dial: Element | None = None
        self.is_greeted = True  # by the stream that is about to begin
        self.sent_ms = 0  # sound on all streams

    async def _begins(self, stream: Stream) -> None:
        while not self.shared.live._calls:
            await settle()
        if self.is_greeted:
            await stream.until(lambda: bool(stream.heard("mark")))
            await settle()
            stream.returns_marks()
            await settle()
        for _ in range(10):
            self._sends(stream, SILENCE)
            await settle()

    def _sends(self, stream: Stream, window: bytes) -> None:
        stream.speaks(window)
        self.sent_ms += len(window) // 8

    def is_moved(self) -> None:
        """Its process leaves it, and the next one takes it over."""

        async def moved(stream: Stream) -> None:
            await self._begins(stream)
            self.shared.live.move_at_once()
            await self._ends(stream)

        carried(self.shared, self.connect, moved)
        self.connect = asked(self.line, self.connect.get("action"))
        self.is_greeted = False

    def is_put_through(self) -> None:
        """The caller asks for somebody, and is dialled."""

        async def put_through(stream: Stream) -> None:
            await self._begins(stream)
            for window in (SPEECH, SILENCE):
                for _ in range(10):
                    self._sends(stream, window)
                    await settle()
            await self._ends(stream)

        carried(self.shared, self.connect, put_through)
        self.dial = asked(self.line, self.connect.get("action"))
        assert self.dial.tag == "Dial"

    def comes_back(self) -> None:
        """Nobody answers."""
        assert self.dial is not None
        self.connect = asked(self.line, self.dial.get("action"), DialCallStatus="busy")
        self.is_greeted = True

    async def _ends(self, stream: Stream) -> None:
        while not stream.close_codes:
            await settle()
            stream.returns_marks()


def test_a_call_that_is_moved_and_put_through_again_and_again_is_one_call(line, shared, streams):
    caller = Caller(line, shared)
    caller.is_moved()
    caller.is_put_through()
    first_record = bytes(FlightRecord.objects.get().events)
    kept = LiveState.objects.get()
    assert (bytes(kept.state), kept.used) == (b"", "{}")  # while no process carries it
    said: list[int] = []  # turns, whenever the caller came back
    for _ in range(2):
        said.append(Turn.objects.count())
        caller.comes_back()
        caller.is_moved()
        caller.is_moved()
        caller.is_put_through()
    answered = {"DialCallStatus": "completed", "DialCallDuration": "75", "DialBridged": "true"}
    assert caller.dial is not None
    assert asked(line, caller.dial.get("action"), **answered).tag == "Hangup"

    call = Call.objects.get()
    assert (call.generation, call.end_reason) == (5, "transferred")
    assert [each.result for each in Transfer.objects.all()] == ["busy", "busy", "answered"]
    # Each stream knows how many transfers were before it, and where its clock began.
    assert [each.earlier.transfers for each in streams] == [0, 0, 1, 1, 1, 2, 2, 2]
    from_ms = [each.earlier.from_ms for each in streams]
    assert from_ms[2:5] == from_ms[2:3] * 3
    assert from_ms[5:] == from_ms[5:6] * 3
    assert 0 < from_ms[2] < from_ms[5]
    for back in streams[2:]:
        assert back.setup.config.greeting != streams[0].setup.config.greeting

    turns = list(Turn.objects.order_by("number"))
    assert [turn.number for turn in turns] == list(range(1, len(turns) + 1))
    # Before the caller comes back, or after: on one clock, which ever process wrote it.
    for count, back_ms in zip(said, (from_ms[2], from_ms[5]), strict=True):
        assert max(turn.ended_ms for turn in turns[:count]) <= back_ms
        assert min(turn.started_ms for turn in turns[count:]) >= back_ms
    assert sum(turn.role == "tool" for turn in turns) == 3
    assert bytes(FlightRecord.objects.get().events) == first_record
    fact = UsageFact.objects.get(call=call)
    assert (fact.is_final, fact.stream_ms) == (True, caller.sent_ms)
    assert not LiveState.objects.exists()
    assert settle_call(call.pk, now=timezone.now())
