"""A Celery worker and its schedule inside the serving process, for installations without Redis.

The broker is kombu's in-memory one, so tasks and outbox work as with Redis. Tasks that wait in
memory are lost with the process, and sent again from their outbox rows. Messages are polled every
200 ms (`CELERY_BROKER_TRANSPORT_OPTIONS`).
"""

import logging
import threading
import uuid
from typing import Any, Self

from celery import Celery
from celery.beat import Scheduler, Service
from celery.worker import WorkController, state

from voicex.celery import app as voicex_app

START_SECONDS = 60.0  # takes less than a second on an idle machine
STOP_SECONDS = 10.0
# The longest sleep of beat, and so the longest time until it stops.
BEAT_NAP_SECONDS = 1.0
# Celery remembers finished tasks, as some brokers deliver twice. This broker does not, and a
# thousand tasks take half a megabyte.
TASKS_REMEMBERED = 50


class Worker:
    """A Celery worker and beat in two daemon threads; installs no signal handler.

    One task runs at a time, in the worker's own thread. Use as a context, or call `stop`.
    """

    def __init__(self, app: Celery) -> None:
        self._app = app
        # Unique, so that stopping this worker does not stop another one.
        self._hostname = f"inprocess-{uuid.uuid4().hex}@voicex"
        self._is_ready = threading.Event()
        self._beat = Service(
            app, max_interval=BEAT_NAP_SECONDS, scheduler_cls=Scheduler, remote_control=False
        )
        self._worker_thread = threading.Thread(target=self._work, name="voicex-worker", daemon=True)
        self._beat_thread = threading.Thread(
            target=self._beat.start, name="voicex-beat", daemon=True
        )

    def start(self) -> None:
        """Start both threads; returns when messages are being read. TimeoutError after 60 s."""
        # Tasks are registered lazily, on the first access; two threads that ask at the same
        # moment can see half of them (Celery 5.7).
        self._app.finalize()
        state.successful_requests.maxlen = TASKS_REMEMBERED
        self._worker_thread.start()
        if not self._is_ready.wait(START_SECONDS):
            raise TimeoutError("The worker in this process did not start")
        self._beat_thread.start()

    def stop(self) -> None:
        """Let the running task finish and end both threads. TimeoutError after 10 s."""
        self._beat.stop()
        self._app.control.shutdown(destination=[self._hostname])
        for thread in (self._beat_thread, self._worker_thread):
            thread.join(STOP_SECONDS)
            if thread.is_alive():
                raise TimeoutError(f"The thread {thread.name} did not end; a task may hang")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def _work(self) -> None:
        self._app.set_current()  # Celery asks for the app by thread when a task runs
        # Made here and not in __init__: Celery closes the database connections of the thread
        # that makes a worker. A plain WorkController, unlike `celery worker`, leaves signals
        # and the logging set-up alone.
        WorkController(
            app=self._app,
            hostname=self._hostname,
            pool="solo",
            concurrency=1,
            loglevel="WARNING",
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
            ready_callback=self._on_ready,
        ).start()

    def _on_ready(self, _consumer: Any) -> None:
        self._is_ready.set()


def start_worker(app: Celery = voicex_app) -> Worker:
    """Start the worker and beat of this process and return them, running."""
    # Celery logs every task, and beat every tick, at INFO; our own events say it better. Its
    # warning "Got shutdown from remote" is caused by `stop`.
    logging.getLogger("celery").setLevel(logging.WARNING)
    logging.getLogger("celery.worker.control").setLevel(logging.ERROR)
    worker = Worker(app)
    worker.start()
    return worker
