"""The attempt log and its writer: rows come later, all of them, and in order."""

from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Organization
from usage.billing import rollup
from usage.models import AttemptDay, WebhookAttempt
from usage.records import attempts
from usage.records.attempts import AttemptLog, was_attempted
from usage.records.database import AWAY


@pytest.fixture
def org(transactional_db) -> Organization:
    return Organization.objects.create(name="Acorn")


class HeldWriter:
    """Does what it is given when the test says so; once more while the database is away."""

    def __init__(self) -> None:
        self.jobs: deque[tuple[Callable[[], Any], Callable[[Exception], None]]] = deque()
        self.is_closed = False

    def submit_later(
        self, seconds: float, work: Callable[[], Any], *, on_refused: Callable[[Exception], None]
    ) -> bool:
        if not self.is_closed:
            self.jobs.append((work, on_refused))
        return not self.is_closed

    def runs(self) -> None:
        while self.jobs:
            try:
                self.jobs[0][0]()
            except AWAY:
                continue
            self.jobs.popleft()


@pytest.fixture
def writer() -> HeldWriter:
    return HeldWriter()


@pytest.fixture
def log(org: Organization, writer: HeldWriter, monkeypatch: pytest.MonkeyPatch) -> AttemptLog:
    """The log of this process, with a writer that gathers until the test says so."""
    log = AttemptLog()
    monkeypatch.setattr(attempts, "attempt_log", log)
    log.start(writer)
    return log


def note(log: AttemptLog, org: Organization, number: int) -> None:
    log.record(org=org, call_sid=f"CA{number}", outcome="answered")


def test_what_is_noted_in_a_moment_is_one_job_and_written_in_order(
    log: AttemptLog, org: Organization, writer: HeldWriter
):
    for number in range(5):
        note(log, org, number)
    assert (log.waiting, WebhookAttempt.objects.count(), len(writer.jobs)) == (5, 0, 1)
    writer.runs()
    written = WebhookAttempt.objects.order_by("pk").values_list("call_sid", flat=True)
    assert list(written) == [f"CA{number}" for number in range(5)]
    assert log.waiting == 0
    note(log, org, 5)
    assert len(writer.jobs) == 1


def test_what_is_noted_during_a_write_is_gathered_for_the_next_one(
    log: AttemptLog, org: Organization, writer: HeldWriter, monkeypatch: pytest.MonkeyPatch
):
    write = attempts.insert
    flood = list(range(1, 6))

    def flooded(rows: list[WebhookAttempt]) -> None:
        write(rows)
        if flood:
            note(log, org, flood.pop(0))

    monkeypatch.setattr(attempts, "insert", flooded)
    note(log, org, 0)
    for written in (1, 2):
        work, _ = writer.jobs.popleft()
        work()
        assert WebhookAttempt.objects.count() == written
        assert len(writer.jobs) == 1  # behind what else the writer has to do

    monkeypatch.setattr(attempts, "insert", write)
    log.close()
    writer.runs()
    assert (log.waiting, WebhookAttempt.objects.count()) == (0, 3)


def test_after_a_stop_rows_are_written_at_once(
    log: AttemptLog, org: Organization, writer: HeldWriter
):
    note(log, org, 0)
    log.close()
    note(log, org, 1)
    assert [row.call_sid for row in WebhookAttempt.objects.all()] == ["CA1"]
    writer.runs()  # as it does before it closes
    assert WebhookAttempt.objects.count() == 2


def test_a_writer_that_has_closed_since_costs_no_row(
    log: AttemptLog, org: Organization, writer: HeldWriter
):
    writer.is_closed = True
    note(log, org, 1)
    assert (log.waiting, WebhookAttempt.objects.count()) == (0, 1)


def test_a_declined_call_is_known_before_its_row_is_written(log: AttemptLog, org: Organization):
    log.record(org=org, call_sid="CA1", outcome="declined", reason="busy")
    assert was_attempted(org_id=org.public_id, call_sid="CA1")
    assert not was_attempted(org_id="another", call_sid="CA1")


def test_what_was_answered_or_is_long_over_is_no_call_without_a_row(org: Organization):
    """By a few rows alone: an answered call is found by its own."""
    for sid, outcome in (("CA1", "answered"), ("CA2", "declined"), ("CA3", "declined")):
        WebhookAttempt.objects.create(org=org, call_sid=sid, outcome=outcome)
    old = timezone.now() - attempts.REPORTED_WITHIN
    WebhookAttempt.objects.filter(call_sid="CA3").update(at=old)
    asked = {
        sid: was_attempted(org_id=org.public_id, call_sid=sid) for sid in ("CA1", "CA2", "CA3")
    }
    assert asked == {"CA1": False, "CA2": True, "CA3": False}


def test_old_rows_are_deleted_some_at_a_time_and_their_counts_stay(
    log: AttemptLog, org: Organization, writer: HeldWriter, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(attempts, "DELETED_AT_ONCE", 2)
    for number in range(4):
        note(log, org, number)
    writer.runs()
    now = timezone.now()
    first = WebhookAttempt.objects.order_by("pk").values_list("pk", flat=True)[:3]
    WebhookAttempt.objects.filter(pk__in=list(first)).update(at=now - attempts.KEPT * 1.01)
    assert attempts.forget(now=now)
    assert not attempts.forget(now=now)
    assert WebhookAttempt.objects.count() == 1
    assert sum(AttemptDay.objects.values_list("count", flat=True)) == 4


def test_a_database_that_is_away_loses_no_row(
    log: AttemptLog, org: Organization, writer: HeldWriter, monkeypatch: pytest.MonkeyPatch
):
    write = attempts.insert
    tries: list[int] = []

    def away_once(rows: list[WebhookAttempt]) -> None:
        tries.append(len(rows))
        if len(tries) == 1:
            raise OperationalError
        write(rows)

    monkeypatch.setattr(attempts, "insert", away_once)
    note(log, org, 1)
    writer.runs()
    assert tries == [1, 1]
    assert WebhookAttempt.objects.count() == 1


def test_a_bad_row_is_logged_and_one_that_the_database_was_away_for_is_tried_again(
    log: AttemptLog,
    org: Organization,
    writer: HeldWriter,
    monkeypatch: pytest.MonkeyPatch,
    caplog,
):
    write = attempts.insert
    away = [True]

    def refuse_the_second(rows: list[WebhookAttempt]) -> None:
        if any(row.call_sid == "CA1" for row in rows):
            raise UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "surrogates not allowed")
        if rows[0].call_sid == "CA2" and away:
            away.clear()
            raise OperationalError
        write(rows)

    monkeypatch.setattr(attempts, "insert", refuse_the_second)
    for number in range(4):
        note(log, org, number)
    writer.runs()
    assert "attempt_lost" in caplog.text
    kept = WebhookAttempt.objects.order_by("pk").values_list("call_sid", flat=True)
    assert list(kept) == ["CA0", "CA2", "CA3"]


def test_rows_that_the_database_refuses_for_good_do_not_keep_the_next_ones(
    log: AttemptLog, org: Organization, writer: HeldWriter, caplog
):
    note(log, org, 1)
    _, on_refused = writer.jobs.popleft()
    on_refused(OperationalError())
    assert "attempts_lost" in caplog.text
    note(log, org, 2)
    writer.runs()
    assert [row.call_sid for row in WebhookAttempt.objects.all()] == ["CA2"]


def test_rows_above_the_limit_are_refused_and_not_kept(
    log: AttemptLog, org: Organization, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(attempts, "MAX_WAITING", 2)
    for number in range(3):
        note(log, org, number)
    assert log.waiting == 2


@pytest.mark.parametrize("outcome", ["declined", "refused"])
def test_a_flood_is_listed_up_to_a_bound_and_counted_whole(
    org: Organization, monkeypatch: pytest.MonkeyPatch, outcome: str
):
    monkeypatch.setattr(attempts, "LISTED_A_DAY", 5)
    direct, other = AttemptLog(), Organization.objects.create(name="Birch")
    for number in range(12):
        direct.record(org=org, call_sid=f"CA{number}", outcome=outcome, reason="no_slot")
        direct.record(org=org, call_sid=f"CA{number}", outcome="answered")
    direct.record(org=other, call_sid="CA1", outcome=outcome, reason="no_slot")

    rows = WebhookAttempt.objects.filter(org=org)
    assert rows.filter(outcome=outcome).count() == 5
    assert rows.filter(outcome="answered").count() == 12
    assert WebhookAttempt.objects.filter(org=other).count() == 1
    assert attempts.unlisted_today(org, now=timezone.now()) == 7
    for _ in range(2):
        counts = AttemptDay.objects.filter(org=org).values_list("outcome", "count")
        assert dict(counts) == {outcome: 12, "answered": 12}
        rollup.rebuild()


def test_a_flood_that_waits_is_bounded_in_one_write(
    log: AttemptLog, org: Organization, writer: HeldWriter, monkeypatch
):
    monkeypatch.setattr(attempts, "LISTED_A_DAY", 3)
    for number in range(8):
        log.record(org=org, call_sid=f"CA{number}", outcome="refused", reason="bad_signature")
    writer.runs()
    assert WebhookAttempt.objects.count() == 3
    assert AttemptDay.objects.get().count == 8
