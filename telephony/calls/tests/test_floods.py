"""Messages that come faster than a telephone sends them end the call; keys of a person do not."""

import json
from typing import Any

import pytest

from testing.calls.harness import running_call
from testing.calls.media_stream import STREAM_SID
from testing.engines import settle


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
