"""That the pool of unproven organizations was full a moment ago, so nothing need be asked again.

A program that calls a number again and again makes a webhook of each try. To find the pool full
takes the one lock under which calls are written, which all other webhooks wait for.
"""

from time import monotonic
from typing import Final

SECONDS: Final = 1.0  # a caller who dials again takes longer


class BusyPool:
    """What this process remembers of the pool (`usage.quota.pool`). Safe on any thread."""

    def __init__(self) -> None:
        self._full_until = 0.0

    def found_full(self) -> None:
        """A call was declined for it just now."""
        self._full_until = monotonic() + SECONDS

    @property
    def is_full(self) -> bool:
        """Whether it was full a moment ago."""
        return monotonic() < self._full_until


busy_pool: Final = BusyPool()
