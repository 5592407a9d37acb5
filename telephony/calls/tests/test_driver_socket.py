"""The socket of a running call: stalled, broken, and silenced at once when the caller speaks."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest

from agents.engines.events import SpeechStarted
from agents.settings.config import TurnTaking
from telephony.calls import driver, socket
from telephony.session.commands import Play
from telephony.twilio.transport import TwilioTransport
from testing.calls.harness import CallHarness, Records, running_call
from testing.engines import Gate, StubLanguageModel, StubSpeechToText, StubTextToSpeech, settle
from testing.guard import GUARD_SECONDS

LONG = b"\x11" * 8 * 4000  # 4 s: ten messages


def kinds(stream) -> list[str]:
    return [message["event"] for message in stream.messages]


# --- Barge-in --------------------------------------------------------------------------------


async def test_queued_audio_is_dropped_when_the_caller_interrupts():
    async with running_call(tts=StubTextToSpeech([LONG])) as (call, _):
        await call.stream.until(lambda: call.stream.heard("mark"))
        await settle()
        already = len(call.stream.sent)
        assert already == 20  # the whole greeting, where nothing stalls
        call.stream.stops()

    stalled = running_call(tts=StubTextToSpeech([gate := Gate(), LONG]))
    async with stalled as (call, _):
        await gate.reached()
        call.stream.stalls()
        gate.open()
        await call.stream.until(lambda: call.stream.messages)
        await call.caller_speaks()
        assert kinds(call.stream) == ["media"]  # it was with the socket already
        call.stream.flows()
        await settle()
        assert kinds(call.stream) == ["media", "clear"]
        call.stream.stops()


async def test_clear_overtakes_the_reply_and_the_next_reply_follows_it():
    async with running_call() as (call, _):
        await call.greeted()
        call.stream.stalls()
        call.stream.sent.clear()
        await call.caller_speaks()
        await call.caller_is_silent()
        await call.stream.until(lambda: call.stream.messages)
        await call.caller_speaks()  # over the answer, whose first message is still held
        await call.caller_is_silent(40)  # a caller who pauses is given longer
        call.stream.flows()
        await call.stream.until(lambda: len(call.stream.heard("media")) == 2)
        await settle()
        assert kinds(call.stream) == ["media", "clear", "media", "mark"]
        assert call.stream.heard("mark")[0]["mark"]["name"].startswith("r3:")
        call.stream.stops()


async def test_a_cancelled_reply_stops_costing_at_once():
    gate = Gate()
    tts = StubTextToSpeech([LONG, gate])
    async with running_call(tts=tts) as (call, _):
        await gate.reached()
        await call.caller_speaks()
        assert tts.closed == 1
        call.stream.stops()


async def test_a_late_mark_of_a_silenced_reply_proves_nothing():
    async with running_call(tts=StubTextToSpeech([LONG])) as (call, _):
        await call.stream.until(lambda: len(call.stream.heard("mark")) == 10)
        await call.caller_speaks()
        call.stream.returns_marks()
        await settle()
        call.stream.stops()
    [greeting] = call.records.turns()
    assert greeting["interrupted"]
    assert len(greeting["heard_text"]) < len(greeting["text"])


async def test_a_protected_agent_is_not_interrupted():
    uninterruptible = TurnTaking(interruptible=False)
    async with running_call(tts=StubTextToSpeech([LONG]), turn_taking=uninterruptible) as (call, _):
        await call.stream.until(lambda: len(call.stream.heard("mark")) == 10)
        await call.caller_speaks()
        call.stream.stops()
    assert "clear" not in kinds(call.stream)


# --- A socket that breaks ----------------------------------------------------------------------


async def test_a_line_that_breaks_while_the_agent_speaks_is_a_hang_up_and_no_crash():
    gate = Gate()
    async with running_call(tts=StubTextToSpeech([gate, LONG])) as (call, task):
        await gate.reached()
        call.stream.is_broken = True  # and nothing has been received that says so
        gate.open()
        await asyncio.wait([task], timeout=GUARD_SECONDS)
        assert task.done()
    assert task.exception() is None
    call.records.check_complete("socket_closed")


async def test_a_line_that_breaks_before_it_is_closed_is_no_crash():
    async with running_call() as (call, task):
        await call.greeted()
        call.stream.is_broken = True
        call.stream.stops()
    assert task.exception() is None
    call.records.check_complete("stop")


async def test_nothing_is_sent_after_the_disconnect():
    gate = Gate()
    async with running_call(tts=StubTextToSpeech([gate, LONG])) as (call, task):
        await gate.reached()
        gate.open()
        call.stream.disconnects()
    assert call.stream.messages == []
    assert call.stream.close_codes == []
    assert task.exception() is None


async def test_a_socket_that_takes_nothing_more_is_given_up(monkeypatch):
    monkeypatch.setattr(socket, "MAX_OUTGOING", 8)
    gate = Gate()
    async with running_call(tts=StubTextToSpeech([gate, LONG])) as (call, task):
        await gate.reached()
        call.stream.stalls()
        gate.open()
        await settle()
        call.stream.flows()
    assert task.exception() is None
    call.records.check_complete("socket_stalled")
    assert call.stream.close_codes == [1008]


async def test_a_peer_that_reads_nothing_does_not_keep_the_call(monkeypatch):
    monkeypatch.setattr(socket, "CLOSE_SECONDS", 0.01)
    async with running_call() as (call, task):
        await call.greeted()
        call.stream.stalls()
        call.stream.stops()
        await asyncio.wait([task], timeout=GUARD_SECONDS)
        assert task.done()
    call.records.check_complete("stop")


async def test_a_server_that_has_closed_the_socket_itself_is_no_crash():
    async with running_call() as (call, task):
        await call.greeted()
        call.stream.closes_by_itself()
        call.stream.stops()
    assert task.exception() is None
    call.records.check_complete("stop")


# --- The end, seen closely -------------------------------------------------------------------


async def test_a_pause_that_is_noticed_while_the_call_is_being_taken_down_begins_nothing():
    """The model takes its time to stop; until then frames that came before are still judged."""
    slow = Gate()

    class Slow(StubLanguageModel):
        async def reply(self, conversation):
            try:
                async for event in super().reply(conversation):
                    yield event
            finally:
                while not slow.is_open:
                    with suppress(asyncio.CancelledError):
                        await slow.passed()

    reported = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: reported.append(told))
    async with running_call(llm=Slow([Gate()])) as (call, _):
        await call.greeted()
        await call.caller_speaks()
        await call.caller_is_silent()
        await call.caller_speaks()  # the model's answer is cancelled, and is slow to end
        await slow.reached()
        call.stream.stops()
        await settle()
        for listener in list(call.voice_activity.open):
            listener.push(b"\xff" * 256 * 10)
        await settle()
        assert len(call.stt.audio) == 1
        slow.open()
    assert reported == []


@pytest.mark.parametrize(
    "parts",
    [
        {"stt": StubSpeechToText(*[[ZeroDivisionError("a bug")]] * 2)},
        {"llm": StubLanguageModel(*[[ZeroDivisionError("a bug")]] * 4)},
        {"llm": StubLanguageModel(*[[asyncio.CancelledError()]] * 4)},
    ],
    ids=["stt", "llm", "cancelled"],
)
async def test_an_engine_that_breaks_the_rules_is_excused_and_the_call_continues(parts):
    async with running_call(**parts) as (call, task):
        await call.greeted()
        before = len(call.stream.audio)
        await call.caller_speaks()
        await call.caller_is_silent()
        await call.stream.until(lambda: len(call.stream.audio) > before)
        call.stream.stops()
    assert task.exception() is None
    assert "Could you say" in call.records.turns()[-1]["text"]
    call.records.check_complete("stop")


async def test_the_greeting_is_begun_before_a_first_frame_comes():
    async with running_call() as (call, _):
        assert call.tts.spoken == [call.greeting]
        call.stream.stops()


async def test_records_are_written_before_the_socket_is_closed():
    """`<Connect action>` is asked when the socket closes, and reads the call's end."""

    class Slow(Records):
        async def written(self, *, seconds):
            assert [name for name, _, _ in self.jobs][-2:] == ["finalize", "announce"]
            waited.append((seconds, list(call.stream.close_codes)))
            return False  # a database that is away does not keep the socket open

    waited: list[tuple[float, list[int]]] = []
    async with running_call() as (call, _):
        call.records = Slow()
        call.stream.stops()
    assert waited == [(driver.RECORD_SECONDS, [])]
    assert call.stream.close_codes == [1000]


# --- Snapshots ---------------------------------------------------------------------------------


async def test_snapshots_rise_and_only_the_last_is_final(monkeypatch):
    monkeypatch.setattr(driver, "TICK_SECONDS", 0)
    monkeypatch.setattr(driver, "SNAPSHOT_SECONDS", 0)
    async with running_call() as (call, _):
        await call.greeted()
        call.stream.stops()
    usage = call.records.of("save_usage")
    assert len(usage) > 2
    assert [fact["sequence"] for fact in usage] == list(range(1, len(usage) + 1))
    assert [fact["is_final"] for fact in usage] == [False] * (len(usage) - 1) + [True]
    assert usage[-1]["tts_characters"] == len(call.greeting)


async def test_the_media_clock_counts_what_was_received():
    async with running_call() as (call, _):
        await call.caller_is_silent(windows=50)
        call.stream.stops()
    assert call.records.of("save_usage")[-1]["stream_ms"] == 50 * 32


@pytest.mark.parametrize("moment", [0, 3, 30])
async def test_the_flight_record_holds_what_happened(moment):
    async with running_call() as (call, _):
        await call.greeted()
        await call.caller_speaks(windows=moment)
        call.stream.stops()
    began = [event for event in call.records.events() if isinstance(event, SpeechStarted)]
    assert len(began) == (moment >= 2)


async def test_however_much_is_written_of_a_call_its_news_wait_once():
    async with running_call() as (call, _):
        await call.greeted()
        call.stream.stops()
    announced = [name for name, _, _ in call.records.jobs].count("announce")
    assert announced > 1
    assert call.records.newest_of["announce"] == [("news", 81)] * announced


async def test_audio_for_a_typing_caller_is_not_kept_for_a_recording(monkeypatch):
    monkeypatch.setattr(TwilioTransport, "has_audio", False)
    carrier = CallHarness().driver()
    carrier._apply(Play(b"\x10" * 8_000, "r1:1000"))
    assert len(carrier._mixer._sent) == 0


async def test_a_process_that_stood_still_reads_what_waited_before_it_takes_the_line_for_lost(
    monkeypatch,
):
    running = CallHarness().driver()
    ticks: list[object] = []
    monkeypatch.setattr(running, "_on_event", ticks.append)
    seen: list[int] = []  # ticks before each turn of the loop

    async def sleep(_seconds: float) -> None:
        seen.append(len(ticks))
        if len(seen) == 2:
            running._liveness.ticked_at -= 25  # as after SIGSTOP
        if len(seen) == 4:
            raise asyncio.CancelledError

    monkeypatch.setattr(driver.asyncio, "sleep", sleep)
    with suppress(asyncio.CancelledError):
        await running._watch_clock()
    assert seen == [0, 1, 1, 2]


async def test_a_socket_that_closes_as_the_call_is_left_does_not_end_it(monkeypatch):
    """A server that ends closes every socket, those of calls that another one continues too."""
    call = CallHarness()
    is_closed = asyncio.Event()

    async def carry(_on_message) -> None:
        await is_closed.wait()

    monkeypatch.setattr(call.socket, "carry", carry)
    running = call.driver()
    running._call = replace(running._call, is_resumable=True)
    task = asyncio.create_task(running.run())
    await settle()
    is_closed.set()  # both are known in the loop's next turn, this first
    running.move(is_urgent=True)
    await task
    assert call.records.of("finalize") == []
    assert [job for job, _, _ in call.records.jobs if job == "leave"] == ["leave"]
