"""A draining server stays for what Twilio asks after the last stream."""

import asyncio
from time import monotonic

import pytest
import uvicorn

from telephony.process.capacity import Capacity
from telephony.session.resuming.departure import PATIENCE_MS
from voicex import server
from voicex.server import FAREWELL_SECONDS, DrainingServer
from voicex.web.connections import Connections
from voicex.web.lifecycle import How


@pytest.fixture
def capacity(monkeypatch: pytest.MonkeyPatch) -> Capacity:
    capacity = Capacity()
    monkeypatch.setattr(server, "capacity", capacity)
    return capacity


@pytest.fixture
def draining(monkeypatch: pytest.MonkeyPatch) -> DrainingServer:
    config = uvicorn.Config("voicex.asgi:application", log_config=None)
    draining = DrainingServer(config, Connections(most=8))
    monkeypatch.setattr(draining, "_drained_by", monotonic() + 60)
    return draining


def _is_stopping(draining: DrainingServer) -> bool:
    return asyncio.run(draining.on_tick(1))


def test_waits_while_a_call_is_live(draining: DrainingServer, capacity: Capacity) -> None:
    capacity.enter()
    assert not _is_stopping(draining)


def test_waits_for_what_comes_after_the_stream(
    draining: DrainingServer, capacity: Capacity
) -> None:
    capacity.enter()
    capacity.leave()
    assert not _is_stopping(draining)


def test_goes_when_the_last_caller_has_long_left(
    draining: DrainingServer, capacity: Capacity
) -> None:
    capacity.left_at = monotonic() - FAREWELL_SECONDS
    assert _is_stopping(draining)


def test_says_goodbye_once_to_those_who_are_still_on_the_line(
    draining: DrainingServer, capacity: Capacity, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[How] = []
    monkeypatch.setattr(server.lifecycle, "leave_calls", left.append)
    capacity.enter()
    draining._steps = [(monotonic() + 30, How.OR_IN_WORDS)]
    assert not _is_stopping(draining)
    assert left == []
    draining._steps = [(monotonic(), How.OR_IN_WORDS)]
    for _ in range(2):
        assert not _is_stopping(draining)
    assert left == [How.OR_IN_WORDS]


def test_steps_that_are_late_are_all_taken_in_their_order(
    draining: DrainingServer, capacity: Capacity, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[How] = []
    monkeypatch.setattr(server.lifecycle, "leave_calls", left.append)
    capacity.enter()
    now = monotonic()
    draining._steps = [(now, How.TO_OTHERS), (now, How.OR_IN_WORDS), (now + 30, How.AT_ONCE)]
    assert not _is_stopping(draining)
    assert left == [How.TO_OTHERS, How.OR_IN_WORDS]
    assert draining._steps == [(now + 30, How.AT_ONCE)]


@pytest.mark.parametrize("drain", [0, 1, 4, 10, 16, 60, 3_600])
def test_calls_are_left_in_pauses_before_they_are_left_at_once(drain: int, settings) -> None:
    settings.DRAIN_SECONDS = drain
    left, hows = zip(*server.steps_of_a_drain(), strict=True)
    assert list(left) == sorted(left, reverse=True)
    assert left[0] <= drain
    first = How.UNNOTICED if drain >= 15 else How.TO_OTHERS  # where there is time to choose
    assert hows == (first, How.OR_IN_WORDS, How.AT_ONCE, How.TO_WHOEVER_COMES)


def test_with_the_default_time_they_have_ten_seconds_for_a_good_moment(settings) -> None:
    assert settings.DRAIN_SECONDS == 15
    asked, in_any_pause, at_once, _ = (left for left, _ in server.steps_of_a_drain())
    assert asked - at_once == 10
    assert in_any_pause == server.GOODBYE_SECONDS
    assert asked - in_any_pause == PATIENCE_MS / 1000


def test_leaves_calls_to_whoever_comes_before_it_ends(
    draining: DrainingServer, capacity: Capacity, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[How] = []
    monkeypatch.setattr(server.lifecycle, "leave_calls", left.append)
    capacity.enter()
    draining._steps = [(monotonic(), How.TO_WHOEVER_COMES)]
    assert not _is_stopping(draining)
    assert left == [How.TO_WHOEVER_COMES]
    draining.should_exit = True  # as a second signal sets it
    assert _is_stopping(draining)
    assert left == [How.TO_WHOEVER_COMES] * 2


def test_stops_in_the_end_even_with_live_calls(
    draining: DrainingServer, capacity: Capacity, monkeypatch: pytest.MonkeyPatch
) -> None:
    capacity.enter()
    monkeypatch.setattr(draining, "_drained_by", monotonic())
    assert _is_stopping(draining)
