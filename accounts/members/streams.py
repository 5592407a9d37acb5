"""Files that are written while they are sent end when their reader loses access.

A large file that is read slowly takes hours; what is sent late is read from the database late.
"""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from time import monotonic
from typing import Any, Final

import structlog
from asgiref.sync import sync_to_async
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from voicex.web.request_limiter import ABORT

RECHECK_SECONDS: Final = 10.0

log = structlog.get_logger(__name__)


def end_when_access_is_lost(
    response: HttpResponseBase, request: HttpRequest, *, has_access: Callable[[], bool]
) -> None:
    """Abort a streamed `response` once `has_access` is false, which is checked now and then.

    Any other response is complete already.
    """
    if not isinstance(response, StreamingHttpResponse):
        return
    parts: Any = response.streaming_content
    check = _Check(request, has_access)
    response.streaming_content = (
        _async_parts(parts, check) if response.is_async else _parts(parts, check)
    )


class _Check:
    """Whether the next part may be sent."""

    def __init__(self, request: HttpRequest, has_access: Callable[[], bool]) -> None:
        self._scope: Any = getattr(request, "scope", {})
        self._has_access = has_access
        self._checked_at = monotonic()

    @property
    def is_due(self) -> bool:
        return monotonic() - self._checked_at >= RECHECK_SECONDS

    def passes(self) -> bool:
        """Whether the reader still has access; if not, the connection is aborted.

        Raises PermissionDenied where nothing can abort it: no reader takes a part for the whole.
        """
        self._checked_at = monotonic()
        if self._has_access():
            return True
        log.info("file_aborted")
        if ABORT not in self._scope:
            raise PermissionDenied
        return False

    def abort(self) -> None:
        """End the connection. For the event loop's thread."""
        self._scope[ABORT]()


def _parts(parts: Iterable[Any], check: _Check) -> Iterator[Any]:
    for part in parts:
        if check.is_due and not check.passes():
            check.abort()
            return
        yield part


async def _async_parts(parts: AsyncIterable[Any], check: _Check) -> AsyncIterator[Any]:
    async for part in parts:
        if check.is_due and not await sync_to_async(check.passes)():
            check.abort()
            return
        yield part
