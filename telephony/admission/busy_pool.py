"""Remembers that the pool of unproven organizations was full a moment ago, to save queries.

A program that redials causes a webhook with each attempt. Checking the pool takes the lock under
which calls are opened, so all other webhooks would wait.
"""

from time import monotonic
from typing import Final

SECONDS: Final = 1.0  # a caller who dials again takes longer


class BusyPool:
    """The pool's state as last seen by this process (`usage.quota.pool`). Safe on any thread."""

    def __init__(self) -> None:
        self._full_until = 0.0

    def found_full(self) -> None:
        """Note that a call was just declined because the pool is full."""
        self._full_until = monotonic() + SECONDS

    @property
    def is_full(self) -> bool:
        """Whether it was full a moment ago."""
        return monotonic() < self._full_until


busy_pool: Final = BusyPool()
