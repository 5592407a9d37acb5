"""Whole calls over real sockets, threads and database; no call waits for another's query."""

import asyncio
import threading

import pytest

from agents.engines.scripted.engines import DEFAULT_REPLY, ScriptedTextToSpeech
from agents.versions.publishing import publish
from telephony.admission.tickets import make_ticket
from telephony.process.capacity import capacity
from telephony.webhooks import consumers
from testing.calls.media_stream import Stream
from testing.calls.served import all_written, serving
from testing.engines import SILENCE, SPEECH, settle
from testing.guard import GUARD_SECONDS
from testing.phone_number import OTHER_CALL, PhoneNumber
from usage.models import Call, FlightRecord, Turn, UsageFact

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = {"scripted.stt_ms": 0, "scripted.llm_ms": 0, "scripted.token_ms": 0, "scripted.tts_ms": 0}


@pytest.fixture
def line(line: PhoneNumber) -> PhoneNumber:
    """Acorn's number, on engines that take no time."""
    publish(line.agent, settings={"engines": AT_ONCE})
    return line


async def greets(stream: Stream) -> None:
    await stream.until(lambda: stream.heard("mark"))
    await settle()
    stream.returns_marks()
    await settle()


async def asks(stream: Stream, *, frames: int = 10) -> None:
    """Speech and the silence after it, heard and answered."""
    before = len(stream.audio)
    for window in (SPEECH, SILENCE):
        for _ in range(frames):
            stream.speaks(window)
            await settle()
    await stream.until(lambda: len(stream.audio) > before)


def test_a_call_is_written_down_from_greeting_to_flight_record(line: PhoneNumber, shared, logged):
    ticket = make_ticket(line.answered())
    stream = Stream()

    async def scenario() -> None:
        task = serving(stream)
        stream.starts(ticket)
        await greets(stream)
        assert capacity.count == 1
        assert len(consumers.waiting) == 0
        await asks(stream)
        stream.stops()
        await task
        await all_written(shared)

    asyncio.run(scenario())
    assert capacity.count == 0
    call = Call.objects.get()
    assert (call.state, call.end_reason) == (Call.State.ENDED, "stop")
    turns = Turn.objects.order_by("number").values_list("role", "text", "interrupted")
    assert list(turns) == [
        ("agent", "Hello.", False),
        ("caller", "caller utterance 1", False),
        ("agent", DEFAULT_REPLY, True),
    ]
    fact = UsageFact.objects.get()
    assert fact.is_final
    assert (fact.stream_ms, fact.tts_characters) == (20 * 32, len("Hello." + DEFAULT_REPLY) - 1)
    assert fact.stt_ms > 0
    assert fact.llm_tokens_out > 0
    assert FlightRecord.objects.count() == 1
    told = str(logged)
    for secret in (ticket, call.ticket_id, line.key_text, "utterance 1", "+4930123456"):
        assert secret not in told


def test_a_german_caller_is_answered_in_german_and_turns_have_their_language(
    line: PhoneNumber, shared, monkeypatch
):
    said, speak = [], ScriptedTextToSpeech.speak

    def heard(self, text: str):
        said.append(text)
        return speak(self, text)

    monkeypatch.setattr(ScriptedTextToSpeech, "speak", heard)
    question = "Wann haben Sie morgen geöffnet?"
    script = {"scripted.transcripts": [question], "scripted.reply": "Um 9:30."}
    publish(line.agent, settings={"engines": AT_ONCE | script, "speech": {"languages": "de"}})
    ticket, stream = make_ticket(line.answered()), Stream()

    async def scenario() -> None:
        task = serving(stream)
        stream.starts(ticket)
        await greets(stream)
        await asks(stream)
        stream.stops()
        await task
        await all_written(shared)

    asyncio.run(scenario())
    turns = Turn.objects.order_by("number").values_list("role", "language")
    assert list(turns) == [("agent", "en"), ("caller", "de"), ("agent", "de")]
    assert "Um neun Uhr dreißig." in said


def test_a_second_socket_with_the_ticket_is_closed_and_the_first_talks_on(
    line: PhoneNumber, shared
):
    ticket = make_ticket(line.answered())
    first, second = Stream(), Stream()

    async def scenario() -> None:
        task = serving(first)
        first.starts(ticket)
        await greets(first)
        await all_written(shared)
        late = serving(second)
        second.starts(ticket)
        await late
        assert second.close_codes == [1008]
        await asks(first)
        first.stops()
        await task
        await all_written(shared)

    asyncio.run(scenario())
    assert Call.objects.get().end_reason == "stop"


def test_a_redemption_that_waits_for_the_database_holds_up_no_call(line, shared, monkeypatch):
    held_call, call = line.answered(CallSid=OTHER_CALL), line.answered()
    gate, waits = threading.Event(), threading.Event()
    redeem_ticket = consumers.calls.redeem_ticket

    def held(*, call_id: int, **ticket):
        if call_id == held_call.pk:
            waits.set()
            assert gate.wait(GUARD_SECONDS)
        return redeem_ticket(call_id=call_id, **ticket)

    monkeypatch.setattr(consumers.calls, "redeem_ticket", held)
    monkeypatch.setattr(consumers, "START_SECONDS", 0.2)  # a slow query is no silent socket
    slow, quick = Stream(), Stream()
    heard_while_held = 0

    async def scenario() -> None:
        nonlocal heard_while_held
        tasks = [serving(slow)]
        slow.starts(make_ticket(held_call), callSid=OTHER_CALL)
        assert await asyncio.to_thread(waits.wait, GUARD_SECONDS)
        tasks.append(serving(quick))
        quick.starts(make_ticket(call))
        await greets(quick)
        await asks(quick, frames=100)
        heard_while_held = len(shared.voice_activity.heard)
        quick.stops()
        await tasks[1]
        await all_written(shared)
        assert slow.messages == []
        assert slow.close_codes == []
        gate.set()
        await greets(slow)
        slow.stops()
        await tasks[0]
        await all_written(shared)

    asyncio.run(scenario())
    assert heard_while_held == 200 * len(SPEECH)
    assert set(Call.objects.values_list("end_reason", flat=True)) == {"stop"}


def test_a_recorder_that_waits_for_the_database_holds_up_no_call(line: PhoneNumber, shared):
    ticket = make_ticket(line.answered())
    gate = threading.Event()
    stream = Stream()

    async def scenario() -> None:
        shared.recorder.submit(gate.wait, GUARD_SECONDS)
        task = serving(stream)
        stream.starts(ticket)
        await greets(stream)
        await asks(stream, frames=100)
        heard = len(shared.voice_activity.heard)
        assert heard == 200 * len(SPEECH)
        gate.set()
        stream.stops()
        await task
        await all_written(shared)

    asyncio.run(scenario())
    assert Call.objects.get().end_reason == "stop"
    assert Turn.objects.count() == 3


def test_a_caller_who_leaves_while_the_ticket_is_redeemed_is_recorded_as_gone(
    line: PhoneNumber, shared, monkeypatch
):
    call = line.answered()
    gate, waits = threading.Event(), threading.Event()
    redeem_ticket = consumers.calls.redeem_ticket

    def held(**ticket):
        waits.set()
        assert gate.wait(GUARD_SECONDS)
        return redeem_ticket(**ticket)

    monkeypatch.setattr(consumers.calls, "redeem_ticket", held)
    stream = Stream()

    async def scenario() -> None:
        task = serving(stream)
        stream.starts(make_ticket(call))
        assert await asyncio.to_thread(waits.wait, GUARD_SECONDS)
        stream.disconnects()
        gate.set()
        await task
        await all_written(shared)

    asyncio.run(scenario())
    ended = Call.objects.get()
    assert (ended.state, ended.end_reason) == (Call.State.ENDED, "socket_closed")
    assert UsageFact.objects.get().is_final


def test_a_server_that_stops_leaves_every_call_ended_and_recorded(line: PhoneNumber, shared):
    ticket = make_ticket(line.answered())
    stream = Stream()

    async def scenario() -> None:
        task = serving(stream)
        stream.starts(ticket)
        await greets(stream)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await all_written(shared)

    asyncio.run(scenario())
    assert capacity.count == 0
    assert Call.objects.get().state == Call.State.ENDED
    assert UsageFact.objects.get().is_final
    assert FlightRecord.objects.count() == 1
