"""Log lines that strangers cause, held to one a minute: what came, and how many times."""

from threading import Lock
from time import monotonic
from typing import Any, Final

import structlog

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 60.0


class Tally:
    """A warning that is logged when it first comes, then once a minute with its `count`.

    Safe on any thread. event: a static name.
    """

    def __init__(self, event: str) -> None:
        self._event = event
        self._lock = Lock()
        self._count = 0
        self._told_at = -EVERY_SECONDS

    def note(self, **fields: Any) -> None:
        """It came once more. fields: of this one, as an example for those that are not told."""
        now = monotonic()
        with self._lock:
            self._count += 1
            if now - self._told_at < EVERY_SECONDS:
                return
            count, self._count, self._told_at = self._count, 0, now
        log.warning(self._event, count=count, **fields)
