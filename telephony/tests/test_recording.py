"""The thread that writes what calls leave behind."""

import threading

import pytest
from django.db import OperationalError

from telephony import recording
from telephony.recording import CallRecorder


@pytest.fixture
def recorder(monkeypatch):
    monkeypatch.setattr(recording, "RETRY_SECONDS", 0.001)
    recorder = CallRecorder()
    yield recorder
    recorder.close()


def test_jobs_run_in_the_order_in_which_they_came():
    written = []
    recorder = CallRecorder()
    for number in range(100):
        recorder.submit(written.append, number)
    recorder.close()
    assert written == list(range(100))


def test_a_caller_does_not_wait_for_a_slow_write(recorder):
    gate, begun = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        gate.wait(5)

    recorder.submit(slow)
    assert begun.wait(5)
    recorder.submit(slow)  # returns although the first one still writes
    gate.set()


def test_a_database_that_was_away_gets_everything_once(recorder):
    attempts = []
    done = threading.Event()

    def save(number: int) -> None:
        attempts.append(number)
        if attempts.count(1) < 3:
            raise OperationalError("server closed the connection")
        if number == 2:
            done.set()

    recorder.submit(save, 1)
    recorder.submit(save, 2)
    assert done.wait(5)
    assert attempts == [1, 1, 1, 2]


def test_one_bad_record_does_not_stop_the_others(recorder):
    done = threading.Event()

    def broken() -> None:
        raise ValueError("no such turn")

    recorder.submit(broken)
    recorder.submit(done.set)
    assert done.wait(5)


def test_a_process_can_stop_although_the_database_is_away_and_the_queue_full(monkeypatch, caplog):
    monkeypatch.setattr(recording, "MAX_JOBS", 1)
    recorder = CallRecorder()
    tried = threading.Event()

    def save() -> None:
        tried.set()
        raise OperationalError("server closed the connection")

    recorder.submit(save)
    assert tried.wait(5)
    recorder.submit(save)
    recorder.close(timeout=0.1)
    assert "records_lost" in caplog.text


def test_a_full_queue_refuses_and_says_so(monkeypatch, caplog):
    monkeypatch.setattr(recording, "MAX_JOBS", 1)
    recorder = CallRecorder()
    gate, begun = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        gate.wait(5)

    recorder.submit(slow)
    begun.wait(5)
    recorder.submit(print)
    recorder.submit(print)
    gate.set()
    recorder.close()
    assert "record_refused" in caplog.text
