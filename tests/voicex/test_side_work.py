"""Work that waits for strangers, on threads beside a worker's own."""

import threading
import time

import pytest
from celery import signals

from telephony import tasks as telephony_tasks
from usage import tasks
from voicex.processes.side_work import SideWork


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
    made = SideWork(work, name="side-work")
    yield made
    work.released.set()
    made.stop()


def begun(work) -> bool:
    return work.has_begun.acquire(timeout=5)


def ended() -> bool:
    ends_at = time.monotonic() + 5
    while time.monotonic() < ends_at:
        if not any(thread.name == "side-work" for thread in threading.enumerate()):
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize(
    ("module", "side_work", "task"),
    [
        (tasks, "analyses", "analyse_calls"),
        (telephony_tasks, "questions_to_carriers", "reconcile_calls"),
        (telephony_tasks, "hang_ups_at_carriers", "hang_up_calls"),
    ],
)
def test_who_hangs_holds_no_task(work, running, monkeypatch, module, side_work, task):
    monkeypatch.setattr(module, side_work, running)
    getattr(module, task)(7)
    assert begun(work)
    getattr(module, task)(8)  # returns although the first one is not done
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


def test_runs_of_saved_tests_hold_no_task(work, running, monkeypatch):
    monkeypatch.setattr(tasks, "saved_test_runs", running)
    tasks.run_saved_tests()
    assert begun(work)
    assert not work.released.is_set()


def test_it_ends_with_the_process_of_a_worker(work):
    work.batches = 100
    made = SideWork(work, name="side-work").ends_with_worker()
    # Of this one alone: the signal itself would stop what others in this process work on.
    ways = (signals.worker_process_shutdown, signals.worker_shutdown)
    assert [way.disconnect(made._on_shutdown) for way in ways] == [True, True]
    made.wake(1)
    assert begun(work)
    stopping = threading.Thread(target=made._on_shutdown)
    stopping.start()
    while not made._is_stopping:
        time.sleep(0.001)
    work.released.set()
    stopping.join(5)
    assert ended()
    assert work.hints == [1]
