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
    """A logging filter: limits a library's warnings about refused requests to one a minute for each
    logger and status: unknown paths, which bots request all day, hide no refusal of another kind.
    Errors pass, and so do records of loggers whose names do not begin with one of `of`.
    """

    def __init__(self, event: str, *, of: tuple[str, ...]) -> None:
        super().__init__()
        self._event = event
        self._warnings: dict[tuple[str, int], ThrottledWarning] = {}
        self._of = of

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this record is logged."""
        if not record.name.startswith(self._of):
            return True
        status = getattr(record, "status_code", 400)
        if status >= 500:
            return True
        kind = (record.name, status)
        warning = self._warnings.setdefault(kind, ThrottledWarning(self._event))
        warning.warn(status=status, by=record.name, **_error_of(record))
        return False


def _error_of(record: logging.LogRecord) -> dict[str, str]:
    error = record.exc_info[0] if record.exc_info else None
    return {"error": error.__name__} if error is not None else {}


def throttle_refusals() -> None:
    """Throttle Django's records about refused requests, which any client can cause.

    For each kind of refusal `django.security` has a logger, and it logs some with a traceback. So
    the handlers filter them.
    """
    refusals = RefusalThrottle("request_refused", of=("django.request", "django.security."))
    for handler in logging.getLogger().handlers:
        handler.addFilter(refusals)
