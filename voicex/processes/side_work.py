"""Background threads for work that waits for other servers (models, carriers, webhooks).

A process without Redis runs one task at a time, and calls are settled by tasks. So a task that
would have to wait only starts a thread, which works until nothing is due and then ends.
"""

import threading
from collections.abc import Callable
from typing import Final

import structlog
from celery import signals
from django.db import connections

from voicex.threads import fresh_connections

STOP_SECONDS: Final = 5.0  # seconds for work in progress when a worker ends; it has 10 s itself

log = structlog.get_logger(__name__)


class SideWork:
    """The background thread of one kind of work in one process. Its methods are safe on
    any thread.
    """

    def __init__(self, work: Callable[[int], bool], *, name: str) -> None:
        """work: does a batch, including the row with the given key if that is due; returns whether
        there may be more. name: of the thread. `work` must see to it that processes do not do the
        same work twice.
        """
        self._work = work
        self._name = name
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._hint: int | None = None  # None: `wake` was not called since the last look
        self._is_stopping = False

    def wake(self, hint: int = 0) -> None:
        """Have due work done, and the row with the key `hint` (0: none). Ignored while stopping."""
        with self._lock:
            if self._is_stopping:
                return
            self._hint = hint
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Begin no further batch, and wait some seconds for the running one."""
        with self._lock:
            self._is_stopping = True
            thread = self._thread
        if thread is not None:
            thread.join(STOP_SECONDS)
        with self._lock:
            self._hint, self._is_stopping = None, False

    def ends_with_worker(self) -> "SideWork":
        """Stop this work before a worker process ends; returns itself."""
        for signal in (signals.worker_process_shutdown, signals.worker_shutdown):
            signal.connect(self._on_shutdown, weak=False)
        return self

    def _on_shutdown(self, **_kwargs: object) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            while (hint := self._next()) is not None:
                self._work_off(hint)
        finally:
            connections.close_all()  # the connections of this thread

    def _next(self) -> int | None:
        """The latest hint; None when there is none, and the thread ends."""
        with self._lock:
            hint, self._hint = self._hint, None
            if hint is None or self._is_stopping:
                self._thread = None
                return None
            return hint

    def _work_off(self, hint: int) -> None:
        try:
            with fresh_connections():
                while self._work(hint) and not self._is_stopping:
                    hint = 0
        except Exception as error:  # boundary: the sweeper tries again
            log.error("side_work_broke", name=self._name, error=type(error).__name__)
