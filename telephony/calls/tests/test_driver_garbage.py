"""Messages that are not as documented: the call continues as long as it can."""

import json

import pytest

from agents.engines.events import SpeechStarted
from telephony.admission.message_budget import LIMITS, MessageBudget
from telephony.session.events import MarkPlayed
from testing.calls.harness import CallHarness, running_call
from testing.calls.media_stream import STREAM_SID, start
from testing.engines import settle
from voicex.errors import ProtocolError

MOST_BROKEN = int(LIMITS[ProtocolError].burst)


def message(event: str, rest: str) -> str:
    """JSON of our stream that ends as `rest` says, well or not."""
    return f'{{"event":"{event}","streamSid":"{STREAM_SID}"{rest}'


def media(payload: object, **changed: object) -> str:
    fields = {"event": "media", "streamSid": STREAM_SID, "sequenceNumber": "9"} | changed
    return json.dumps({**fields, "media": {"payload": payload}})


BROKEN = {
    "not JSON": "hello",
    "nothing": "",
    "a NUL": "\0",
    "half a message": '{"event":"media","streamSid":"',
    "half a message, wrong before that": '{"event":"mark","mark":7',
    "a list": "[]",
    "a number": "1e999",
    "no event": "{}",
    "an event that is no text": '{"event":["media"]}',
    "a lone surrogate": message("mark", ',"mark":{"name":"\\ud800"}}'),
    "half a surrogate pair, raw": '{"event":"mark\ud800"}',
    "more than 64 KB": media("A" * 65_536),
    "no payload": message("media", ',"media":{}}'),
    "a payload that is no text": media(7),
    "no base64": media("!!!!"),
    "a sequence number that is none": media("", sequenceNumber=[9]),
    "a sequence number of 60 KB": media("", sequenceNumber="9" * 60_000),
    "deep nesting": message("media", ',"x":' + "[" * 30_000),
    "deep nesting of an unknown event": '{"event":"weather","x":' + '{"a":' * 10_000,
}

STRANGE = {
    "an unknown event": message("weather", "}"),
    "another stream": media("/////w==", streamSid="MZ" + "0" * 32),
    "another stream's end": '{"event":"stop","streamSid":"MZ00"}',
    "a second greeting": '{"event":"connected","protocol":"Call","version":"1.0.0"}',
    "a pause that was dialled": json.dumps(
        {"event": "dtmf", "streamSid": STREAM_SID, "dtmf": {"digit": "w"}}
    ),
    "our own voice": json.dumps(
        {
            "event": "media",
            "streamSid": STREAM_SID,
            "media": {"payload": "/////w==", "track": "outbound"},
        }
    ),
    "a second start": json.dumps(start("81.x.y")),
}


async def goes_on(call: CallHarness) -> None:
    """The caller is heard and answered."""
    audio = len(call.stream.audio)
    await call.caller_speaks()
    await call.caller_is_silent()
    await call.stream.until(lambda: len(call.stream.audio) > audio)


def ended(logged) -> dict:
    [event] = [event for event in logged if event["event"] == "call_ended"]
    return event


BINARY = [b"\xff" * 160, b"", b"hello"]


@pytest.mark.parametrize(
    "data", [*BROKEN.values(), *BINARY], ids=[*BROKEN, "sound", "empty", "letters"]
)
async def test_a_broken_message_is_counted_and_the_call_continues(data, logged):
    async with running_call() as (call, task):
        await call.greeted()
        if isinstance(data, bytes):
            call.stream.sends_bytes(data)
        else:
            call.stream.sends_text(data)
        await goes_on(call)
        call.stream.stops()
    assert task.exception() is None
    call.records.check_complete("stop")
    assert (ended(logged)["broken_messages"], ended(logged)["strange_messages"]) == (1, 0)


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
async def test_a_message_that_is_not_for_this_stream_is_counted_and_passed_over(text, logged):
    async with running_call() as (call, task):
        await call.greeted()
        call.stream.sends_text(text)
        await goes_on(call)
        call.stream.stops()
    assert task.exception() is None
    call.records.check_complete("stop")
    assert (ended(logged)["broken_messages"], ended(logged)["strange_messages"]) == (0, 1)
    assert call.records.of("save_usage")[-1]["stream_ms"] == 20 * 32


async def test_persistent_garbage_closes_the_stream(logged):
    async with running_call() as (call, _):
        for _ in range(MOST_BROKEN):
            call.stream.sends_text("garbage")
        await goes_on(call)
        call.stream.sends_text("garbage")
    assert call.stream.close_codes == [1008]
    call.records.check_complete("persistent_garbage")
    assert ended(logged)["broken_messages"] == MOST_BROKEN + 1
    assert [event["event"] for event in logged].count("broken_message") == 1


def test_broken_messages_that_come_now_and_then_end_no_long_call():
    budget = MessageBudget()
    assert all(budget.takes(ProtocolError, 20.0 * minute) for minute in range(500))


def test_a_line_that_sends_our_own_voice_back_is_no_flood():
    budget = MessageBudget()
    assert all(budget.takes(type(None), frame / 50) for frame in range(3_000))


async def test_a_message_in_a_binary_frame_is_read(logged):
    async with running_call() as (call, _):
        await call.greeted()
        call.stream.sends_bytes(message("stop", "}").encode())
    call.records.check_complete("stop")
    assert ended(logged)["broken_messages"] == 0


async def test_keys_in_binary_frames_are_no_frames_of_sound():
    key = message("dtmf", ',"dtmf":{"digit":"5"}}').encode()
    async with running_call() as (call, _):
        await call.greeted()
        for _ in range(100):
            call.stream.sends_bytes(key)
    assert call.stream.close_codes == [1008]
    call.records.check_complete("too_many_messages")


async def test_sound_in_binary_frames_closes_the_stream():
    async with running_call() as (call, _):
        await call.greeted()
        for _ in range(MOST_BROKEN + 1):
            call.stream.sends_bytes(b"\xff" * 160)
    assert call.stream.close_codes == [1003]
    call.records.check_complete("binary_message")


@pytest.mark.parametrize(
    ("numbers", "lost"),
    [
        ("2 3 4 5", 0),
        ("2 3 6 7", 2),
        ("2 3 3 3 4", 0),
        ("2 4 3 5", 1),  # what came late was counted when it was missing
        ("2 5 2 3 6", 2),
        ("2 x ４ 3", 1),  # the full-width 4 is a number, x is none
        ("2 -7 3", 0),
        ("7 8", 0),  # who comes late to the sequence misses nothing
    ],
)
async def test_lost_messages_are_counted_once(numbers, lost, logged):
    async with running_call() as (call, _):
        for number in numbers.split():
            call.stream.sends_text(media("", sequenceNumber=number))
        await settle()
        call.stream.stops()
    assert ended(logged)["lost_frames"] == lost


async def test_an_implausible_gap_in_the_sequence_is_not_counted_as_loss(logged):
    async with running_call() as (call, task):
        for number in ("2", "9" * 20, 10**400, 3):
            call.stream.sends_text(media("", sequenceNumber=number))
        await settle()
        call.stream.stops()
    assert ended(logged)["lost_frames"] == 0
    assert task.exception() is None


async def test_frames_of_any_length_are_heard(logged):
    async with running_call() as (call, _):
        for payload in ("", "/w==", "/" * 60_000):
            call.stream.sends_text(media(payload))
        await settle()
        call.stream.stops()
    assert len(call.voice_activity.heard) == 1 + 45_000
    assert ended(logged)["media_ms"] == 45_000 // 8


async def test_keypad_input_is_a_turn_and_counted_as_nothing_else():
    async with running_call() as (call, _):
        await call.greeted()
        for digit in "555#":
            call.stream.sends_event("dtmf", dtmf={"track": "inbound_track", "digit": digit})
        await call.stream.until(lambda: len(call.stream.heard("mark")) == 2)
        call.stream.stops()
    assert [turn["text"] for turn in call.records.turns() if turn["role"] == "caller"] == ["555"]
    assert call.llm.asked[0][-1].text == "555"


async def test_marks_that_we_never_gave_change_nothing():
    async with running_call() as (call, _):
        await call.stream.until(lambda: call.stream.heard("mark"))
        for name in ("", "r1", ":", "r1:", "r1:x", "r1:-5", "r1:999999", "r7:320", "r1:٣"):
            call.stream.sends_event("mark", mark={"name": name})
        await settle()
        await call.caller_speaks()
        call.stream.stops()
    assert call.stream.messages[-1]["event"] == "clear"  # the greeting was not taken for heard
    events = call.records.events()
    assert sum(isinstance(event, MarkPlayed) for event in events) == 9
    assert any(isinstance(event, SpeechStarted) for event in events)


async def test_the_callers_words_do_not_reach_the_log(logged):
    async with running_call() as (call, _):
        await call.greeted()
        await goes_on(call)
        call.stream.sends_text('{"event": "secret words of mine"')
        await settle()
        call.stream.stops()
    assert "words" not in json.dumps([str(event) for event in logged])


async def test_a_peer_that_sends_faster_than_speech_is_cut_off():
    async with running_call() as (call, _):
        await call.greeted()
        for _ in range(11):
            call.stream.speaks(bytes(6 * 8_000))  # six seconds in one message
    assert call.stream.close_codes == [1008]
    call.records.check_complete("audio_too_fast")


async def test_a_caller_who_waited_for_the_engines_may_catch_up():
    async with running_call() as (call, _):
        await call.greeted()
        for _ in range(5):
            call.stream.speaks(bytes([0xFF]) * (6 * 8_000))
        await goes_on(call)
        call.stream.stops()
