"""Monitors the database, twice a second, on a thread of its own.

Webhooks must not discover an outage by themselves: with an unreachable database they would wait for
the pool's timeout, with a frozen one for ever. Used by `telephony.webhooks.without_database` and
`/readyz`.
"""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Final

import structlog
from django.db import connection

from telephony.process.known_keys import known_keys
from voicex.threads import fresh_connections

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 0.5
# Longer than any answer of a working database on a busy machine.
PATIENCE_SECONDS: Final = 1.5
KEYS_SECONDS: Final = 300.0  # how long a revoked key may stay in the cache
RETRY_SECONDS: Final = 10.0  # retry interval of a failed refresh


def ask() -> None:
    """Execute a trivial query. Raises any database error."""
    with fresh_connections(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


class DatabaseWatch:
    """Monitors until it is closed. `is_away` is safe on any thread."""

    def __init__(self, question: Callable[[], None] = ask) -> None:
        self._ask = question
        self._asked_at: float | None = None
        self._has_failed = False
        self._was_away = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._reader: threading.Thread | None = None
        self._keys_due_at = 0.0

    @property
    def is_away(self) -> bool:
        """Whether the database failed twice in a row, or has not answered for too long."""
        asked_at = self._asked_at
        is_silent = asked_at is not None and monotonic() - asked_at > PATIENCE_SECONDS
        return self._has_failed or is_silent

    def start(self) -> None:
        """Start monitoring. Not needed for SQLite, which is a local file."""
        if connection.vendor == "sqlite":
            return
        self._stopping.clear()
        self._thread = threading.Thread(target=self._work, name="database-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop monitoring, without waiting for a pending query."""
        thread, self._thread = self._thread, None
        self._stopping.set()
        for each in (thread, self._reader):
            if each is not None:
                each.join(PATIENCE_SECONDS)

    def poll(self) -> None:
        """Query, with one retry: a broken connection does not mean that the database is
        unreachable.

        On the watching thread.
        """
        self._asked_at = monotonic()
        try:
            self._ask_twice()
        except Exception as error:  # boundary: any error means that nothing can be read
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
        except Exception as error:  # boundary: the retry counts
            log.info("database_asked_again", error=type(error).__name__)
            self._ask()

    def _work(self) -> None:
        while not self._stopping.wait(EVERY_SECONDS):
            self.poll()
            self.refresh_keys()

    def refresh_keys(self) -> None:
        """Refresh the known keys when due, on another thread, as this one has to continue
        monitoring.
        """
        is_reading = self._reader is not None and self._reader.is_alive()
        if is_reading or self._has_failed or monotonic() < self._keys_due_at:
            return
        self._keys_due_at = monotonic() + RETRY_SECONDS
        self._reader = threading.Thread(target=self._learn_keys, name="known-keys", daemon=True)
        self._reader.start()

    def _learn_keys(self) -> None:
        try:
            with fresh_connections():
                known_keys.read()
            self._keys_due_at = monotonic() + KEYS_SECONDS
        except Exception as error:  # boundary: keys are also learned from calls
            log.warning("keys_not_read", error=type(error).__name__)
