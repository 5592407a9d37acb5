"""Limits log lines that any client can cause to one a minute, with the number of occurrences."""

import logging
from threading import Lock
from time import monotonic
from typing import Any, Final

import structlog

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 60.0


class ThrottledWarning:
    """A warning that is logged on its first occurrence, then at most once a minute with a `count`.

    Safe on any thread. event: a static name.
    """

    def __init__(self, event: str) -> None:
        self._event = event
        self._lock = Lock()
        self._count = 0
        self._told_at = -EVERY_SECONDS

    def warn(self, **fields: Any) -> None:
        """Count one occurrence, and log it if none was logged for a minute. fields: logged as an
        example.
        """
        now = monotonic()
        with self._lock:
            self._count += 1
            if now - self._told_at < EVERY_SECONDS:
                return
            count, self._count, self._told_at = self._count, 0, now
        log.warning(self._event, count=count, **fields)


class RefusalThrottle(logging.Filter):
    """A logging filter: limits a library's warnings about refused requests to one a minute. Errors
    pass.
    """

    def __init__(self, event: str) -> None:
        super().__init__()
        self._warning = ThrottledWarning(event)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this record is logged."""
        status = getattr(record, "status_code", 400)
        if status >= 500:
            return True
        self._warning.warn(status=status, by=record.name)
        return False


def throttle_refusals() -> None:
    """Throttle Django's warnings about refused requests, which any client can cause."""
    refusals = RefusalThrottle("request_refused")
    for name in ("django.request", "django.security.DisallowedHost", "django.security.csrf"):
        logging.getLogger(name).addFilter(refusals)
