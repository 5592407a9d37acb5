"""Log lines that strangers cause, held to one a minute: what came, and how many times."""

import logging
from threading import Lock
from time import monotonic
from typing import Any, Final

import structlog

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 60.0


class ThrottledWarning:
    """A warning that is logged when it first comes, then once a minute with its `count`.

    Safe on any thread. event: a static name.
    """

    def __init__(self, event: str) -> None:
        self._event = event
        self._lock = Lock()
        self._count = 0
        self._told_at = -EVERY_SECONDS

    def warn(self, **fields: Any) -> None:
        """Count one more. fields: of this one, as an example for those that are not logged."""
        now = monotonic()
        with self._lock:
            self._count += 1
            if now - self._told_at < EVERY_SECONDS:
                return
            count, self._count, self._told_at = self._count, 0, now
        log.warning(self._event, count=count, **fields)


class RefusalThrottle(logging.Filter):
    """Turns a library's line about each refused request into one a minute; errors of ours pass."""

    def __init__(self, event: str) -> None:
        super().__init__()
        self._warning = ThrottledWarning(event)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line itself is written."""
        status = getattr(record, "status_code", 400)
        if status >= 500:
            return True
        self._warning.warn(status=status, by=record.name)
        return False


def throttle_refusals() -> None:
    """Have Django's lines about requests that it refused counted: any stranger causes them."""
    refusals = RefusalThrottle("request_refused")
    for name in ("django.request", "django.security.DisallowedHost", "django.security.csrf"):
        logging.getLogger(name).addFilter(refusals)
