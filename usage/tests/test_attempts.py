"""The attempt log's thread: rows come later, all of them, and in order."""

import threading
from collections.abc import Iterator

import pytest
from django.db import OperationalError

from accounts.models import Organization
from tests.guard import GUARD_SECONDS
from usage import attempts
from usage.attempts import AttemptLog, was_attempted
from usage.models import WebhookAttempt


@pytest.fixture
def org(transactional_db) -> Organization:
    return Organization.objects.create(name="Acorn")


@pytest.fixture
def log(org: Organization, monkeypatch: pytest.MonkeyPatch) -> Iterator[AttemptLog]:
    """The log of this process, with a thread that gathers until it is closed."""
    log = AttemptLog()
    monkeypatch.setattr(attempts, "attempt_log", log)
    monkeypatch.setattr(attempts, "GATHER_SECONDS", 60)
    monkeypatch.setattr(attempts, "RETRY_SECONDS", 0)
    log.start()
    yield log
    log.close()


def note(log: AttemptLog, org: Organization, number: int) -> None:
    log.note(org=org, call_sid=f"CA{number}", outcome="answered")


def test_a_stop_writes_what_waits_in_order(log: AttemptLog, org: Organization):
    for number in range(5):
        note(log, org, number)
    assert (log.waiting, WebhookAttempt.objects.count()) == (5, 0)
    log.close()
    written = WebhookAttempt.objects.order_by("pk").values_list("call_sid", flat=True)
    assert list(written) == [f"CA{number}" for number in range(5)]
    assert log.waiting == 0


def test_a_declined_call_is_known_before_its_row_is_written(log: AttemptLog, org: Organization):
    log.note(org=org, call_sid="CA1", outcome="declined", reason="busy")
    assert was_attempted(org_id=org.public_id, call_sid="CA1")
    assert not was_attempted(org_id="another", call_sid="CA1")


def test_a_database_that_is_away_loses_no_row(
    log: AttemptLog, org: Organization, monkeypatch: pytest.MonkeyPatch
):
    write = WebhookAttempt.objects.bulk_create
    tries: list[int] = []
    is_written = threading.Event()

    def away_once(rows: list[WebhookAttempt]) -> None:
        tries.append(len(rows))
        if len(tries) == 1:
            raise OperationalError
        write(rows)
        is_written.set()

    monkeypatch.setattr(WebhookAttempt.objects, "bulk_create", away_once)
    monkeypatch.setattr(attempts, "GATHER_SECONDS", 0)
    note(log, org, 1)
    assert is_written.wait(GUARD_SECONDS)
    log.close()
    assert tries == [1, 1]
    assert WebhookAttempt.objects.count() == 1


def test_rows_above_the_limit_are_refused_and_not_kept(
    log: AttemptLog, org: Organization, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(attempts, "MAX_WAITING", 2)
    for number in range(3):
        note(log, org, number)
    assert log.waiting == 2
