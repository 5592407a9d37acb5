"""Work that waits for strangers (models, carriers), beside the tasks of a worker.

A process without Redis has one place for tasks, and calls are settled there. So a task that would
wait only wakes a thread; it works until nothing is due, and ends.
"""

import threading
from collections.abc import Callable
from typing import Final

import structlog
from celery import signals
from django.db import connections

from voicex.threads import fresh_connections

STOP_SECONDS: Final = 5.0  # for what is under way when a worker ends; it has 10 s itself

log = structlog.get_logger(__name__)


class SideWork:
    """One kind of such work, in one process. For any thread."""

    def __init__(self, work: Callable[[int], bool], *, name: str) -> None:
        """work: does a batch, and what the given key names if that is due; whether there may be
        more. name: of the thread. What waits for others is done by one process at a time: that is
        up to `work`.
        """
        self._work = work
        self._name = name
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._hint: int | None = None  # None: nobody has woken it since it looked
        self._is_stopping = False

    def wake(self, hint: int = 0) -> None:
        """Have what is due done, and `hint` (0: nothing else). Nothing while it is stopping."""
        with self._lock:
            if self._is_stopping:
                return
            self._hint = hint
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Begin no further batch, and wait some seconds for the one that runs."""
        with self._lock:
            self._is_stopping = True
            thread = self._thread
        if thread is not None:
            thread.join(STOP_SECONDS)
        with self._lock:
            self._hint, self._is_stopping = None, False

    def ends_with_worker(self) -> "SideWork":
        """Have it stopped before the process of a worker ends; itself."""
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
            connections.close_all()  # those of this thread

    def _next(self) -> int | None:
        """The newest hint; None when there is none, and then the thread is over."""
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
        except Exception as error:  # boundary: the sweeper has it tried again
            log.error("side_work_broke", name=self._name, error=type(error).__name__)
