"""A pool that has a connection again as soon as the server is back.

psycopg_pool waits 1, 2 and 4 seconds between its attempts to connect, and has no setting for that.
A server that restarts refuses for a second or less: its third attempt would come three seconds
after the first, and so long would a caller whose line was lost hear nothing.
"""

from typing import Any, Final

from psycopg_pool import ConnectionPool
from psycopg_pool.base import AttemptWithBackoff

# Seconds. A server that starts refuses each attempt within a few milliseconds.
MOST_DELAY: Final = 0.25


class PromptAttempt(AttemptWithBackoff):
    """The attempts to make one connection, with short pauses between them."""

    INITIAL_DELAY = 0.05
    DELAY_BACKOFF = 1.5

    def update_delay(self, now: float) -> None:
        """Set the pause before the next attempt."""
        super().update_delay(now)
        self.delay = min(self.delay, MOST_DELAY)


class PromptPool(ConnectionPool[Any]):
    """Connects by prompt attempts, which last as long as somebody waits."""

    def _add_connection(self, attempt: AttemptWithBackoff | None, growing: bool = False) -> None:
        super()._add_connection(attempt or PromptAttempt(timeout=self.reconnect_timeout), growing)

    def reconnect_failed(self) -> None:
        """The attempts have lasted for `reconnect_timeout`. On a thread of the pool."""
        super().reconnect_failed()
        with self._lock:
            if self._waiting:  # else the next request begins again
                self._maybe_grow_pool()


def prompt(pool: Any) -> Any:
    """The same pool, which connects promptly from now on. Django makes it; None is none."""
    if type(pool) is ConnectionPool:
        pool.__class__ = PromptPool
    return pool
