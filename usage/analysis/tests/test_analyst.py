"""The thread that analyses calls beside the worker's own."""

import threading
import time

import pytest

from usage import tasks
from usage.analysis.analyst import Analyst


class Work:
    """Batches that last until they are released."""

    def __init__(self) -> None:
        self.hints: list[int] = []
        self.has_begun = threading.Semaphore(0)
        self.released = threading.Event()
        self.fault: Exception | None = None
        self.batches = 1

    def __call__(self, hint: int) -> bool:
        self.hints.append(hint)
        self.has_begun.release()
        assert self.released.wait(5)
        if self.fault is not None:
            raise self.fault
        return len(self.hints) < self.batches


@pytest.fixture
def work():
    return Work()


@pytest.fixture
def running(work):
    made = Analyst(work)
    yield made
    work.released.set()
    made.stop()


def begun(work) -> bool:
    return work.has_begun.acquire(timeout=5)


def ended() -> bool:
    ends_at = time.monotonic() + 5
    while time.monotonic() < ends_at:
        if not any(thread.name == "analyses" for thread in threading.enumerate()):
            return True
        time.sleep(0.01)
    return False


def test_a_model_that_hangs_holds_no_task(work, running, monkeypatch):
    monkeypatch.setattr(tasks, "analyst", running)
    tasks.analyse_calls(7)
    assert begun(work)
    tasks.analyse_calls(8)  # returns although the first one is not done
    assert work.hints == [7]
    work.released.set()
    assert begun(work)
    assert work.hints == [7, 8]


def test_it_works_until_nothing_is_due_and_ends(work, running):
    work.batches = 3
    work.released.set()
    running.wake(7)
    assert ended()
    assert work.hints == [7, 0, 0]
    running.wake(9)
    assert ended()
    assert work.hints[3:] == [9]


def test_a_fault_ends_neither_the_thread_nor_what_comes_later(work, running):
    work.fault = ValueError("odd")
    running.wake(1)
    assert begun(work)
    running.wake(2)
    work.released.set()
    assert begun(work)
    assert ended()
    assert work.hints == [1, 2]


def test_who_stops_begins_no_further_batch(work, running):
    work.batches = 100
    running.wake(1)
    assert begun(work)
    stopping = threading.Thread(target=running.stop)
    stopping.start()
    while not running._is_stopping:
        time.sleep(0.001)
    running.wake(2)  # is not taken
    work.released.set()
    stopping.join(5)
    assert ended()
    assert work.hints == [1]
