"""When the loop stands still, the log and the operator learn what ran, and for whom."""

import asyncio
import contextlib
import sys
import threading
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from accounts.models import Organization
from agents.engines.base import EngineSetup
from agents.settings.config import AgentConfig
from telephony.process import stall_watch as module
from telephony.process.stall_watch import Owner, StallWatch, owner_of

CONFIG = AgentConfig(
    agent_id="a9", version=1, name="Ada", prompt="", facts=(), greeting="", tts="local"
)


@contextlib.contextmanager
def thread_in(work) -> Iterator[int]:
    """A thread that is inside `work` until the block ends: its id."""
    begun, done = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        done.wait()

    thread = threading.Thread(target=work, args=(wait,))
    thread.start()
    begun.wait()
    try:
        yield thread.ident
    finally:
        done.set()
        thread.join()


@pytest.fixture
def watch(monkeypatch) -> StallWatch:
    clock = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: clock[0])
    watch = StallWatch()
    watch.clock = clock
    return watch


def stalled(watch: StallWatch, loop_thread: int, frames: dict) -> list[dict]:
    """The loop of `loop_thread` is late by 700 ms; what was logged of it."""
    watch._loop_thread = loop_thread
    with capture_logs() as logged:
        watch.poll(lambda: frames, now=watch.clock[0] + 0.5)
        watch.clock[0] += 0.8
        watch.beat()
    return logged


def reads_facts(wait):
    setup = EngineSetup(CONFIG, org_id="o7")  # noqa: F841  found by the watch
    wait()


def test_a_stall_names_the_stack_the_organization_and_the_agent(watch):
    with thread_in(reads_facts) as loop_thread:
        [event] = stalled(watch, loop_thread, sys._current_frames())
    assert event["event"] == "loop_stood_still"
    assert (event["ms"], event["org"], event["agent"]) == (700, "o7", "a9")
    assert any("test_stall_watch.py" in line and "reads_facts" in line for line in event["stack"])
    assert [stall.ms for stall in watch.stalls] == [700]


def test_when_another_thread_held_the_interpreter_that_thread_is_named(watch):
    def idle_loop(wait):
        asyncio.run(asyncio.to_thread(wait))

    with thread_in(reads_facts) as worker, thread_in(idle_loop) as loop_thread:
        while not module._is_in(sys._current_frames()[loop_thread], module._LOOP_IDLE):
            threading.Event().wait(0.001)
        frames = sys._current_frames()
        # Both wait in an event, as threads of the pool do; the worker is busy in its own code.
        busy = frames[worker].f_back.f_back
        frames = {loop_thread: frames[loop_thread], worker: busy}
        [event] = stalled(watch, loop_thread, frames)
    assert event["org"] == "o7"


def test_a_loop_in_time_is_not_looked_at(watch):
    for _ in range(50):
        watch.clock[0] += 0.1
        watch.poll(dict, now=watch.clock[0])
        watch.beat()
    assert watch.stalls == []


def test_a_stall_that_ended_before_the_look_is_logged_without_a_stack(watch):
    watch.clock[0] += 0.5
    with capture_logs() as logged:
        watch.beat()
    assert [(each["ms"], each["stack"]) for each in logged] == [(400, [])]


def test_only_the_latest_stalls_are_kept(watch):
    for _ in range(module.KEPT + 5):
        watch.clock[0] += 1
        watch.beat()
    assert len(watch.stalls) == module.KEPT


def test_an_organization_that_is_not_loaded_costs_no_query(watch):
    org = Organization(public_id="o8")
    with thread_in(lambda wait, org=org: wait()) as thread:
        frame = sys._current_frames()[thread]
        assert owner_of(module._outwards(frame)) == Owner("o8", "")


def test_the_watch_ends_with_its_process():
    watch = StallWatch()
    watch.start()
    assert "stall-watch" in [thread.name for thread in threading.enumerate()]
    watch.close()
    assert "stall-watch" not in [thread.name for thread in threading.enumerate()]


def test_the_start_of_a_process_is_no_stall(watch):
    with capture_logs() as logged:
        watch.poll(dict, now=watch.clock[0] + 0.5)
        watch.clock[0] += 0.8
        watch.excuse()
        watch.clock[0] += 0.1
        watch.beat()
    assert logged == watch.stalls == []


def test_a_module_that_grows_while_it_is_read_is_read_to_its_end(monkeypatch):
    class Grows:
        pass

    def grow(_value: Grows) -> Owner:
        names["more"] = 1
        return Owner()

    monkeypatch.setitem(module._FINDERS, Grows, grow)
    names = {"sys": sys, "grows": Grows(), "setup": EngineSetup(CONFIG, org_id="o7")}
    exec("frame = sys._getframe()", names)
    frame = names.pop("frame")
    assert frame.f_locals is names
    assert owner_of([frame]) == Owner("o7", "a9")
