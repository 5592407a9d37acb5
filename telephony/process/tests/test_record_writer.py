"""The thread that writes what calls leave behind."""

import asyncio
import sqlite3
import threading

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connection

from telephony.process import record_writer
from telephony.process.record_writer import RecordWriter
from telephony.process.write_queue import OwnedJob
from testing.guard import GUARD_SECONDS
from testing.scene import Scene
from usage.models import FlightRecord, Turn, WebhookAttempt
from usage.records.attempts import AttemptLog
from usage.records.turns import save_flight_record, save_turn

# Jobs that wait are written in one transaction, on the recorder's own connection.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def recorder(monkeypatch):
    monkeypatch.setattr(record_writer, "RETRY_SECONDS", 0.001)
    recorder = RecordWriter()
    yield recorder
    recorder.close()


def test_jobs_run_in_the_order_in_which_they_came():
    written = []
    recorder = RecordWriter()
    for number in range(100):
        recorder.submit(written.append, number)
    recorder.close()
    assert written == list(range(100))


def test_a_caller_does_not_wait_for_a_slow_write(recorder):
    gate, begun = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        gate.wait(GUARD_SECONDS)

    recorder.submit(slow)
    assert begun.wait(GUARD_SECONDS)
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
    assert done.wait(GUARD_SECONDS)
    recorder.close()
    assert attempts == [1, 1, 1, 2]


def test_one_bad_record_does_not_stop_the_others(recorder):
    done = threading.Event()

    def broken() -> None:
        raise ValueError("no such turn")

    recorder.submit(broken)
    recorder.submit(done.set)
    assert done.wait(GUARD_SECONDS)


def test_a_process_can_stop_although_the_database_is_away_and_the_queue_full(monkeypatch, caplog):
    monkeypatch.setattr(record_writer, "MAX_JOBS", 1)
    recorder = RecordWriter()
    tried = threading.Event()

    def save() -> None:
        tried.set()
        raise OperationalError("server closed the connection")

    recorder.submit(save)
    assert tried.wait(GUARD_SECONDS)
    recorder.submit(save)
    recorder.close(timeout=0.1)
    assert "records_lost" in caplog.text


def test_a_full_queue_refuses_and_says_so(monkeypatch, caplog):
    monkeypatch.setattr(record_writer, "MAX_JOBS", 1)
    recorder = RecordWriter()
    gate, begun = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        gate.wait(GUARD_SECONDS)

    recorder.submit(slow)
    begun.wait(GUARD_SECONDS)
    recorder.submit(print)
    recorder.submit(print)
    gate.set()
    recorder.close()
    assert "record_refused" in caplog.text


@pytest.fixture
def behind(recorder):
    """A recorder that is busy until the test calls this: what is submitted before then waits."""
    gate, begun = threading.Event(), threading.Event()

    def busy() -> None:
        begun.set()
        gate.wait(GUARD_SECONDS)

    recorder.submit(busy)
    assert begun.wait(GUARD_SECONDS)
    return gate.set


def test_queued_jobs_share_one_commit(recorder, behind):
    call = Scene().talks()
    seen = []
    recorder.submit(save_flight_record, call.pk, b"first")
    recorder.submit(lambda: seen.append(connection.in_atomic_block))
    recorder.submit(save_flight_record, call.pk, b"second")
    behind()
    recorder.close()
    assert seen == [True]
    assert bytes(FlightRecord.objects.get().events) == b"second"


def test_a_reply_that_is_saved_three_times_while_it_waits_is_written_once(recorder, behind):
    call = Scene().talks()
    for heard in ("", "Good", "Good day."):
        recorder.submit_newest(
            ("turn", call.pk, 1),
            save_turn,
            call.pk,
            number=1,
            role="agent",
            text="Good day.",
            heard_text=heard,
            interrupted=False,
            started_ms=0,
            ended_ms=600,
            latency_ms={},
        )
    assert recorder.waiting == 2  # the one that keeps it busy, and the newest
    behind()
    recorder.close()
    assert Turn.objects.get(call=call).heard_text == "Good day."


def test_a_bad_record_does_not_affect_others_in_its_transaction(recorder, behind, caplog):
    call, other = Scene().talks(), Scene().talks()
    recorder.submit(save_flight_record, call.pk, b"good")
    recorder.submit(save_flight_record, None, b"of no call")
    recorder.submit(save_flight_record, other.pk, b"good too")
    behind()
    recorder.close()
    kept = FlightRecord.objects.values_list("call", flat=True)
    assert set(kept) == {call.pk, other.pk}
    assert caplog.text.count("record_failed") == 1


class Deadlock(Exception):
    """As PostgreSQL tells one of two transactions that waited for each other."""

    sqlstate = "40P01"


def test_records_whose_transaction_lost_a_deadlock_are_written_alone_at_once(
    recorder, behind, caplog
):
    call = Scene().talks()
    seen = []

    def meets_another() -> None:
        seen.append(connection.in_atomic_block)
        if connection.in_atomic_block:
            raise OperationalError("deadlock detected") from Deadlock()

    recorder.submit(save_flight_record, call.pk, b"first")
    recorder.submit(meets_another)
    behind()
    recorder.close()
    assert seen == [True, False]
    assert "database_away" not in caplog.text
    assert FlightRecord.objects.get().call_id == call.pk


async def test_written_means_committed(recorder, behind):
    call = await sync_to_async(lambda: Scene().talks())()
    recorder.submit(save_flight_record, call.pk, b"events")
    waiting = asyncio.create_task(recorder.written(seconds=GUARD_SECONDS))
    await asyncio.sleep(0)
    behind()
    assert await waiting
    assert await FlightRecord.objects.acount() == 1


# --- Attempts and reports, by the same thread --------------------------------------------------


def test_timed_jobs_precede_a_backlog(recorder, behind):
    order = []
    for number in range(3):
        recorder.submit(order.append, number)
    recorder.submit_later(0, lambda: order.append("timed"), on_refused=order.append)
    behind()
    recorder.close()
    assert order == ["timed", 0, 1, 2]


def test_the_owner_of_a_job_hears_why_it_was_refused(recorder):
    heard = []
    is_heard = threading.Event()

    def broken() -> None:
        raise ValueError("no such column")

    def hears(error: Exception) -> None:
        heard.append(type(error))
        is_heard.set()

    recorder.submit_later(0, broken, on_refused=hears)
    assert is_heard.wait(GUARD_SECONDS)
    assert heard == [ValueError]


@pytest.mark.parametrize("is_timed", [True, False])
def test_a_job_that_only_looks_as_if_the_database_were_away_is_refused_in_the_end(
    recorder, monkeypatch, is_timed
):
    monkeypatch.setattr(record_writer, "MAX_TRIES", 2)
    heard = threading.Event()

    def stuck() -> None:
        raise OperationalError("this row alone")

    if is_timed:
        recorder.submit_later(0, stuck, on_refused=lambda _: heard.set())
    else:
        recorder.submit(OwnedJob(stuck, lambda _: heard.set()))
    done = threading.Event()
    recorder.submit(done.set)
    assert heard.wait(GUARD_SECONDS)
    assert done.wait(GUARD_SECONDS)


def test_with_a_full_disk_no_record_counts_as_the_cause(recorder, monkeypatch):
    monkeypatch.setattr(record_writer, "MAX_TRIES", 2)
    disk = sqlite3.connect(":memory:", check_same_thread=False)
    disk.execute("CREATE TABLE rows (words TEXT)")
    disk.execute("PRAGMA max_page_count = 3")
    tries, refused, done = [], [], threading.Event()

    def writes() -> None:
        tries.append(0)
        if len(tries) > 10:  # room was made
            disk.execute("PRAGMA max_page_count = 300")
        try:
            disk.execute("INSERT INTO rows VALUES (?)", ("word " * 10_000,))
        except sqlite3.OperationalError as error:
            raise OperationalError(*error.args) from error

    recorder.submit_later(0, writes, on_refused=refused.append)
    recorder.submit(done.set)
    assert done.wait(GUARD_SECONDS)
    assert refused == []
    assert disk.execute("SELECT count(*) FROM rows").fetchone() == (1,)
    assert len(tries) == 11
    disk.close()


def test_attempts_that_wait_are_written_when_the_process_ends(recorder):
    org = Scene().org
    log = AttemptLog()
    log.start(recorder)
    for number in range(3):
        log.record(org=org, call_sid=f"CA{number}", outcome="answered")
    log.close()
    recorder.close()
    written = WebhookAttempt.objects.order_by("pk").values_list("call_sid", flat=True)
    assert list(written) == ["CA0", "CA1", "CA2"]
    assert log.waiting == 0


def test_all_that_a_process_writes_is_written_by_one_thread(recorder):
    threads, done = [], threading.Event()
    recorder.submit(lambda: threads.append(threading.current_thread()))
    recorder.submit_later(
        0, lambda: threads.append(threading.current_thread()), on_refused=threads.append
    )
    recorder.submit(done.set)
    assert done.wait(GUARD_SECONDS)
    recorder.close()
    assert {thread.name for thread in threads} == {"record-writer"}
    assert len(threads) == 2
