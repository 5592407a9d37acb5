"""The outbox: what must happen after a commit happens, whatever becomes of the message."""

import os
import subprocess
import sys

import pytest
import structlog
from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

from testing.scene import NOW, after, snapshot
from usage import tasks
from usage.billing.settlement import SETTLE, finalize, settle, sweep
from usage.models import Outbox
from usage.outbox import delivery, rows
from usage.outbox.kinds import HANDLERS


@pytest.fixture(autouse=True)
def fresh_hints(monkeypatch):
    """No hint of the test before holds back those of this one."""
    monkeypatch.setattr(delivery, "hints", {kind: delivery.hints_of(kind) for kind in HANDLERS})


@pytest.fixture
def sent(monkeypatch):
    """The tasks put on the queue, as (name, args)."""
    queue = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args: queue.append((name, args)))
    return queue


@pytest.fixture
def broker_down(monkeypatch):
    def refuse(name, args):
        raise OperationalError("connection refused")

    monkeypatch.setattr(current_app, "send_task", refuse)


@pytest.fixture
def call(scene):
    call = scene.talks()
    snapshot(call, 1, is_final=True, stream_ms=1_000)
    return call


def ends(call, django_capture_on_commit_callbacks, *, now=NOW):
    with django_capture_on_commit_callbacks(execute=True):
        finalize(call.pk, reason="stop", now=now)


def test_the_task_is_sent_once_after_the_call_ended(call, sent, django_capture_on_commit_callbacks):
    ends(call, django_capture_on_commit_callbacks)
    ends(call, django_capture_on_commit_callbacks)
    assert sent == [("usage.tasks.settle_call", [call.pk])]


def test_facts_that_come_late_send_it_again(call, sent, django_capture_on_commit_callbacks):
    finalize(call.pk, reason="stop", now=NOW)
    settle(call.pk, now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        snapshot(call, 2, is_final=True, stream_ms=2_000)
    assert sent == [("usage.tasks.settle_call", [call.pk])]


@pytest.mark.usefixtures("broker_down")
def test_a_broker_that_is_down_costs_only_time(
    call, monkeypatch, django_capture_on_commit_callbacks
):
    with structlog.testing.capture_logs() as logs:
        ends(call, django_capture_on_commit_callbacks)
    assert {"event": "outbox_not_sent", "call_id": call.pk}.items() <= logs[-1].items()
    queue = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args: queue.append(args))
    sweep(now=after(15))
    assert queue == [[call.pk]]


@pytest.mark.slow  # starts a process
def test_a_redis_that_refuses_is_not_waited_for():
    """The real client against a closed port, in a process that has REDIS_URL."""
    send = (
        "import django, time; django.setup(); from usage.outbox.delivery import send;"
        "send('settle_call', 1); begin = time.monotonic();"
        "print(send('settle_call', 1), time.monotonic() - begin < 2)"
    )
    run = subprocess.run(
        [sys.executable, "-c", send],
        env={**os.environ, "REDIS_URL": "redis://127.0.0.1:1/0"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.stdout.split() == ["False", "True"], run.stderr
    assert "outbox_not_sent" in run.stderr


def test_what_stays_undone_is_sent_less_and_less_often(call, sent):
    finalize(call.pk, reason="stop", now=NOW)
    sent_at = []
    for seconds in range(0, 2_000, 15):
        before = len(sent)
        sweep(now=after(seconds))
        if len(sent) > before:
            sent_at.append(seconds)
    assert sent_at == [0, 15, 45, 105, 225, 465, 945, 1_905]


def test_a_kind_of_a_later_release_is_left_to_it_and_keeps_no_other_from_being_sent(call, sent):
    finalize(call.pk, reason="stop", now=NOW)
    Outbox.objects.create(kind="of_tomorrow", call=call, due_at=after(-60))
    sweep(now=after(15))
    assert sent == [("usage.tasks.settle_call", [call.pk])]
    assert Outbox.objects.get(kind="of_tomorrow").attempts == 0


def test_after_many_attempts_a_row_waits_for_an_operator(call, sent):
    finalize(call.pk, reason="stop", now=NOW)
    rows.record_failure(SETTLE, call.pk, ValueError("no price"), now=NOW)
    Outbox.objects.update(attempts=delivery.MAX_ATTEMPTS)
    with structlog.testing.capture_logs() as logs:
        sweep(now=after(60))
        sweep(now=after(600_000))
    assert sent == []
    assert [line["event"] for line in logs] == ["outbox_given_up"]
    row = Outbox.objects.get()
    assert (row.dead_at, row.last_error) == (after(60), "ValueError: no price")


def test_an_operator_lets_a_given_up_row_run_again(call, sent, django_capture_on_commit_callbacks):
    finalize(call.pk, reason="stop", now=NOW)
    Outbox.objects.update(attempts=delivery.MAX_ATTEMPTS, dead_at=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        rows.rearm(SETTLE, call.pk, now=after(1))
    assert len(sent) == 1
    assert settle(call.pk, now=after(1))
    assert Outbox.objects.get(kind=SETTLE).dead_at is None


def test_waiting_for_facts_is_not_a_failure(scene, sent):
    call = scene.talks()
    finalize(call.pk, reason="socket_closed", now=NOW)
    Outbox.objects.update(attempts=5)
    settle(call.pk, now=NOW)
    assert Outbox.objects.get().attempts == 0
    sweep(now=after(settings.CALL_STALE_SECONDS - 1))
    assert sent == []


def test_a_failing_task_says_why_on_its_row_and_fails_aloud(scene):
    call = scene.talks(now=NOW.replace(year=2001))
    snapshot(call, 1, is_final=True, stt_ms=1)
    finalize(call.pk, reason="stop", now=NOW)
    with pytest.raises(Exception, match="No price book"):
        tasks.settle_call(call.pk)
    row = Outbox.objects.get()
    assert row.last_error.startswith("PriceMissing: No price book is in force at 2001")
    assert row.done_at is None


def test_a_secret_in_an_error_is_not_kept(call):
    finalize(call.pk, reason="stop", now=NOW)
    rows.record_failure(
        SETTLE, call.pk, ValueError("GET /?api_key=vx_0123456789abcdef failed"), now=NOW
    )
    assert "0123456789abcdef" not in Outbox.objects.get().last_error


def test_every_kind_has_a_handler_whose_task_is_known_under_the_name_that_is_sent():
    assert HANDLERS.keys() == set(Outbox.Kind)
    current_app.loader.import_default_modules()  # as a worker does when it starts
    named = {handler.task for handler in HANDLERS.values()} | {"usage.tasks.sweep"}
    assert named <= current_app.tasks.keys()
    assert settings.CELERY_BEAT_SCHEDULE["sweep"]["task"] == "usage.tasks.sweep"
