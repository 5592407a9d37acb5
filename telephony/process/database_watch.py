"""Whether the database answers: asked twice a second, on a thread of its own.

A request that a carrier waits for must not find it out for itself: a database that is gone costs
a pool's patience, and one that is frozen costs for ever. What follows from it:
`telephony.webhooks.without_database`, and `/readyz`.
"""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Final

import structlog
from django.db import connection

from telephony.admission.known_lines import known_lines
from voicex.threads import fresh_connections

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 0.5
# Longer than any answer of a database that works, also on a machine that does much else.
PATIENCE_SECONDS: Final = 1.5
LINES_SECONDS: Final = 300.0  # so long a key that was revoked is known here at most
RETRY_SECONDS: Final = 10.0  # until lines that could not be read are asked for again


def ask() -> None:
    """Have the database answer something. Raises what it raises."""
    with fresh_connections(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


class DatabaseWatch:
    """Asks until it is closed. `is_away` is for any thread."""

    def __init__(self, question: Callable[[], None] = ask) -> None:
        self._ask = question
        self._asked_at: float | None = None
        self._has_failed = False
        self._was_away = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._reader: threading.Thread | None = None
        self._lines_due_at = 0.0

    @property
    def is_away(self) -> bool:
        """Whether it refused the latest question twice, or has not answered for too long."""
        asked_at = self._asked_at
        is_silent = asked_at is not None and monotonic() - asked_at > PATIENCE_SECONDS
        return self._has_failed or is_silent

    def start(self) -> None:
        """Ask from now on. A database in a file of ours is not asked: it is always there."""
        if connection.vendor == "sqlite":
            return
        self._stopping.clear()
        self._thread = threading.Thread(target=self._work, name="database-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ask no more. A question without an answer is not waited for."""
        thread, self._thread = self._thread, None
        self._stopping.set()
        for each in (thread, self._reader):
            if each is not None:
                each.join(PATIENCE_SECONDS)

    def poll(self) -> None:
        """Ask, and once more where that fails: one connection that ends is no database that does.

        On the watching thread.
        """
        self._asked_at = monotonic()
        try:
            self._ask_twice()
        except Exception as error:  # boundary: whatever it is, nothing can be read
            self._has_failed = True
            if not self._was_away:
                log.error("database_not_answering", error=type(error).__name__)
        else:
            if self._was_away or self.is_away:
                log.warning("database_answering")
            self._has_failed = False
        self._was_away = self._has_failed
        self._asked_at = None

    def _ask_twice(self) -> None:
        try:
            self._ask()
        except Exception as error:  # boundary: the second answer counts
            log.info("database_asked_again", error=type(error).__name__)
            self._ask()

    def _work(self) -> None:
        while not self._stopping.wait(EVERY_SECONDS):
            self.poll()
            self.refresh_lines()

    def refresh_lines(self) -> None:
        """Have the lines read, on a thread of its own, when it is time: this one has to ask on."""
        is_reading = self._reader is not None and self._reader.is_alive()
        if is_reading or self._has_failed or monotonic() < self._lines_due_at:
            return
        self._lines_due_at = monotonic() + RETRY_SECONDS
        self._reader = threading.Thread(target=self._learn_lines, name="lines", daemon=True)
        self._reader.start()

    def _learn_lines(self) -> None:
        try:
            with fresh_connections():
                known_lines.read()
            self._lines_due_at = monotonic() + LINES_SECONDS
        except Exception as error:  # boundary: they are learned from their calls as well
            log.warning("lines_not_read", error=type(error).__name__)
