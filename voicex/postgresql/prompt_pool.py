"""A pool that has a connection again as soon as the server is back.

psycopg_pool waits 1, 2 and 4 seconds between its attempts to connect, and has no setting for that.
A server that restarts refuses for a second or less: its third attempt would come three seconds
after the first, and the caller of a lost line would hear nothing until then.
"""

import logging
from typing import Any, Final

from psycopg_pool import ConnectionPool
from psycopg_pool.base import AttemptWithBackoff

from voicex.bounds.log_throttle import ThrottledWarning

# Seconds. A server that starts refuses each attempt within a few milliseconds.
MOST_DELAY: Final = 0.25
LONGEST_SAID: Final = 300  # characters of a warning that are logged


class PromptAttempt(AttemptWithBackoff):
    """The attempts to make one connection, with short pauses between them."""

    INITIAL_DELAY = 0.05
    DELAY_BACKOFF = 1.5

    def update_delay(self, now: float) -> None:
        """Set the pause before the next attempt."""
        super().update_delay(now)
        self.delay = min(self.delay, MOST_DELAY)


class PromptPool(ConnectionPool[Any]):
    """Connects by prompt attempts, for as long as a request waits."""

    def _add_connection(self, attempt: AttemptWithBackoff | None, growing: bool = False) -> None:
        super()._add_connection(attempt or PromptAttempt(timeout=self.reconnect_timeout), growing)

    def reconnect_failed(self) -> None:
        """The attempts have lasted for `reconnect_timeout`. On a thread of the pool."""
        super().reconnect_failed()
        with self._lock:
            # Those that have given up stay in the queue. Without others the next request begins.
            if any(each.conn is None and each.error is None for each in self._waiting):
                self._maybe_grow_pool()


class _Throttle(logging.Filter):
    """Each of the library's warnings is logged once a minute: an attempt that fails is one."""

    def __init__(self) -> None:
        super().__init__()
        self._warnings: dict[str, ThrottledWarning] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this record is logged as it is."""
        if record.levelno != logging.WARNING:
            return True
        warning = self._warnings.setdefault(str(record.msg), ThrottledWarning("database_pool"))
        warning.warn(said=record.getMessage()[:LONGEST_SAID])
        return False


_throttle: Final = _Throttle()


def prompt(pool: Any) -> Any:
    """The same pool, which connects promptly from now on. Django makes it; None is none."""
    if type(pool) is ConnectionPool:
        pool.__class__ = PromptPool
        logging.getLogger("psycopg.pool").addFilter(_throttle)  # once, however often
    return pool
