"""Messages by kind: what a telephone can mean, and no more."""

import asyncio
import json
from typing import Any

import pytest

from dashboard.live.consumer import NewsConsumer
from telephony.admission.message_budget import LIMITS, MessageBudget
from telephony.session.events import CallerTyped, DigitPressed, FrameHeard, MarkPlayed
from testing.calls.harness import running_call
from testing.calls.media_stream import STREAM_SID, Stream
from testing.engines import settle
from voicex.bounds.token_bucket import TokenBucket
from voicex.sockets import SocketEnded

HOUR = 3_600


def test_a_bucket_gives_its_burst_and_then_its_rate():
    bucket = TokenBucket(rate=10, burst=20)
    assert sum(bucket.takes(0.0) for _ in range(100)) == 20
    assert sum(bucket.takes(1.0) for _ in range(100)) == 10
    assert sum(bucket.takes(1_000.0) for _ in range(100)) == 20  # no more is saved up
    assert not bucket.takes(999.0)  # a clock that goes back gives nothing


def test_what_is_beyond_a_bucket_waits_its_turn_unless_that_is_late():
    bucket = TokenBucket(rate=2, burst=1)
    waits = [bucket.wait(0.0, at_most=1.0) for _ in range(5)]
    assert waits == [0.0, 0.5, 1.0, None, None]
    assert bucket.wait(1.0, at_most=1.0) == 0.5  # those that were refused are not counted


def test_an_hour_of_an_ordinary_call_is_within_every_limit():
    budget = MessageBudget()
    for second in range(HOUR):
        kinds = [FrameHeard] * 50 + [MarkPlayed] * 5 + [DigitPressed] * 4 + [type(None)]
        if second % 5 == 0:
            kinds.append(CallerTyped)
        assert all(budget.takes(kind, float(second)) for kind in kinds)


def test_a_minute_that_was_missed_may_be_caught_up_with_and_every_mark_come_back_at_once():
    budget = MessageBudget()
    assert all(budget.takes(FrameHeard, 60.0) for _ in range(60 * 50))
    assert all(budget.takes(MarkPlayed, 60.0) for _ in range(60_000 // 200))


def test_frames_that_are_taken_by_the_second_come_as_often_as_one_by_one():
    budget = MessageBudget()
    limit = LIMITS[FrameHeard]
    assert sum(budget.takes_frame(0.0) for _ in range(63_000)) == limit.burst
    assert all(budget.takes_frame(float(second)) for second in range(1, HOUR) for _ in range(50))
    flood = sum(budget.takes_frame(HOUR + 10.0) for _ in range(63_000))
    assert 0 < flood <= limit.burst


@pytest.mark.parametrize("kind", LIMITS)
def test_no_kind_comes_without_a_limit(kind):
    budget = MessageBudget()
    assert sum(budget.takes(kind, 0.0) for _ in range(63_000)) <= 3_600


def media(payload: str) -> dict[str, Any]:
    return {"event": "media", "media": {"track": "inbound", "payload": payload}}


FLOODS = {
    "keys": {"event": "dtmf", "dtmf": {"digit": "1"}},
    "number keys": {"event": "dtmf", "dtmf": {"digit": "#"}},
    "empty audio": media(""),
    "one byte of audio": media("/w=="),
    "marks": {"event": "mark", "mark": {"name": "r1:1"}},
    "marks of nobody": {"event": "mark", "mark": {"name": "x"}},
    "unknown events": {"event": "weather"},
    "another stream": {"event": "dtmf", "streamSid": "MZ00", "dtmf": {"digit": "1"}},
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
async def test_a_flood_of_one_kind_ends_the_call_with_a_reason_and_one_line(flood, logged):
    text = json.dumps({"streamSid": STREAM_SID, **flood})
    async with running_call() as (call, task):
        await call.greeted()
        for _ in range(5_000):
            call.stream.sends_text(text)
    assert task.exception() is None
    assert call.stream.close_codes == [1008]
    call.records.check_complete("too_many_messages")
    assert [e["reason"] for e in logged if e["event"] == "stream_refused"] == ["too_many_messages"]


async def test_what_is_read_after_the_end_is_not_even_decoded(monkeypatch):
    async with running_call() as (call, _):
        await call.greeted()
        driver = call.driver()
        driver.give_up(1008, "too_many_messages")
        monkeypatch.setattr(driver._transport, "read", pytest.fail)
        for _ in range(10):
            driver._on_message('{"event":"dtmf"}')
        driver._engine.close()
        call.stream.stops()


async def test_keys_pressed_as_fast_as_a_person_can_are_a_number():
    async with running_call() as (call, _):
        await call.greeted()
        for digit in "41555501324155550132#":
            call.stream.sends_event("dtmf", dtmf={"digit": digit})
        await settle()
        call.stream.stops()
    turns = [turn["text"] for turn in call.records.of("save_turn") if turn["role"] == "caller"]
    assert turns[0] == "41555501324155550132"
    call.records.check_complete("stop")


async def test_a_page_that_talks_without_end_is_left_alone():
    """News go to pages; nothing that a page says is waited for."""
    stream = Stream()
    for _ in range(1_000):
        stream.sends_text("x")
    with pytest.raises(SocketEnded) as over:
        async with asyncio.timeout(10):
            await NewsConsumer()._wait_for_end(stream.receive)
    assert over.value.code == 1008
