"""The worker inside the serving process: same tasks, quick, clean to start and to stop."""

import logging
import signal
import threading

import pytest
from celery import Celery, signals

from testing.scene import NOW, Scene, snapshot
from usage.billing.settlement import finalize
from usage.models import Call
from voicex.celery import app as voicex_app
from voicex.processes import inprocess_worker
from voicex.processes.inprocess_worker import start_worker

PATIENCE = 20.0


@pytest.fixture
def finished():
    """An event for each finished task, by the task's name."""
    events = {name: threading.Event() for name in ("usage.tasks.settle_call", "usage.tests.tick")}

    def note(sender, **_):
        events[sender.name].set()

    signals.task_postrun.connect(note)
    yield events
    signals.task_postrun.disconnect(note)


def threads():
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("voicex-")}


@pytest.mark.django_db(transaction=True)
def test_a_call_that_ends_is_settled_by_the_worker_of_this_process(finished):
    voicex_app.control.purge()  # what other tests sent and no worker received
    call = Scene().talks()
    snapshot(call, 1, is_final=True, stream_ms=1_000)
    with start_worker():
        finalize(call.pk, reason="stop", now=NOW)
        assert finished["usage.tasks.settle_call"].wait(PATIENCE)
    assert Call.objects.get().settled_at is not None


def test_it_starts_again_after_it_stopped_and_leaves_no_thread_and_no_signal_handler(monkeypatch):
    monkeypatch.setattr(inprocess_worker, "BEAT_NAP_SECONDS", 0.05)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for _ in range(2):
        with start_worker():
            assert threads() == {"voicex-worker", "voicex-beat"}
            assert {number: signal.getsignal(number) for number in handlers} == handlers
        assert threads() == set()


def test_beat_runs_in_this_process_too_and_logs_nothing(finished, caplog):
    app = Celery("usage.tests", broker="memory://localhost", set_as_current=False)
    app.conf.update(
        task_default_queue="usage.tests",
        task_ignore_result=True,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"polling_interval": 0.05},
        beat_schedule={"tick": {"task": "usage.tests.tick", "schedule": 0.1}},
    )

    @app.task(name="usage.tests.tick", shared=False)
    def tick():
        return None

    with caplog.at_level(logging.INFO), start_worker(app):
        assert finished["usage.tests.tick"].wait(PATIENCE)
    assert [record.message for record in caplog.records] == []
