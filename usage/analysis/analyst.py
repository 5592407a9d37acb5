"""The thread that analyses: beside the worker's own, which settles calls and waits for no model.

A task wakes it; it works until nothing is due, and ends. One a process.
"""

import threading
from collections.abc import Callable
from typing import Final

import structlog
from django.db import connections
from django.utils import timezone

from usage.analysis.work import analyse_due
from voicex.threads import fresh_connections

STOP_SECONDS: Final = 5.0  # for models that are being asked when a worker ends; it has 10 s itself

log = structlog.get_logger(__name__)


def _analyse(call_id: int) -> bool:
    return analyse_due(hint=call_id, now=timezone.now())


class Analyst:
    """The analyses of one process. For any thread."""

    def __init__(self, work: Callable[[int], bool] = _analyse) -> None:
        """work: analyses a batch, and that call if it is due; whether there may be more."""
        self._work = work
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._hint: int | None = None  # None: nobody has woken it since it looked
        self._is_stopping = False

    def wake(self, call_id: int) -> None:
        """Have what is due analysed, and that call (0: none). Nothing while it is stopping."""
        with self._lock:
            if self._is_stopping:
                return
            self._hint = call_id
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="analyses", daemon=True)
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
            log.error("analyses_broke", error=type(error).__name__)


analyst: Final = Analyst()
