"""When a process takes no new calls."""

import asyncio

import pytest

from telephony.process.capacity import Capacity, resident_megabytes
from telephony.process.loop_watch import SAMPLES, LoopWatch


@pytest.fixture
def capacity(settings) -> Capacity:
    settings.MAX_CALLS_PER_PROCESS, settings.MAX_MEMORY_MB = 2, 0
    settings.MAX_LOOP_LAG_MS = 20
    return Capacity()


def test_calls_are_taken_up_to_the_ceiling(capacity):
    capacity.enter()
    assert capacity.no_room() is None
    capacity.enter()
    assert capacity.no_room() == "busy"
    capacity.leave()
    assert capacity.no_room() is None


def test_calls_that_are_about_to_come_have_their_place(capacity):
    capacity.enter()
    assert capacity.no_room(expected=1) == "busy"


@pytest.mark.parametrize(
    ("late_ms", "reason"), [(19, None), (21, "overloaded"), (300, "overloaded")]
)
def test_a_loop_that_runs_late_takes_no_more(capacity, late_ms, reason):
    capacity.enter()
    for _ in range(SAMPLES):
        capacity.loop_watch.record(late_ms / 1000)
    assert capacity.no_room() == reason


def test_one_slow_moment_is_no_overload(capacity):
    capacity.enter()
    for late in [0.01] * 5 + [2.0] + [0.01] * 5:
        capacity.loop_watch.record(late)
    assert capacity.no_room() is None


def test_a_process_without_calls_takes_one_whatever_its_loop_did(capacity):
    capacity.loop_watch.record(5.0)
    assert capacity.no_room() is None


def test_memory_has_a_ceiling_when_one_is_set(capacity, settings):
    settings.MAX_MEMORY_MB = 1
    assert resident_megabytes() > 1
    assert capacity.no_room() == "overloaded"
    settings.MAX_MEMORY_MB = 10_000_000
    assert capacity.no_room() is None


async def test_a_blocked_loop_is_noticed(monkeypatch):
    monkeypatch.setattr("telephony.process.loop_watch.PERIOD_SECONDS", 0.001)
    ticks = iter([0.0, 0.301, 0.301, 0.302])
    monkeypatch.setattr("telephony.process.loop_watch.monotonic", lambda: next(ticks, 1.0))
    watch = LoopWatch()
    task = asyncio.create_task(watch.run(lambda: None))
    for _ in range(1000):
        await asyncio.sleep(0.0001)
        if watch.lag_seconds:
            break
    task.cancel()
    assert watch.lag_seconds == pytest.approx(0.3, abs=0.01)
