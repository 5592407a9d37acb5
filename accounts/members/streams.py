"""Ends streamed files when their reader loses access.

A large file that is read slowly takes hours, and its end is read from the database late.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable
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
    """Abort a streamed `response` once `has_access` returns False; it is checked periodically.

    Other responses are already complete: Django reads a synchronous source fully before it sends.
    """
    if isinstance(response, StreamingHttpResponse) and response.is_async:
        parts: Any = response.streaming_content
        response.streaming_content = _while_allowed(parts, request, has_access)


async def _while_allowed(
    parts: AsyncIterable[Any], request: HttpRequest, has_access: Callable[[], bool]
) -> AsyncIterator[Any]:
    """Raises PermissionDenied if nothing can abort: no reader takes a part for the whole."""
    checked_at = monotonic()
    async for part in parts:
        if monotonic() - checked_at >= RECHECK_SECONDS:
            checked_at = monotonic()
            if not await sync_to_async(has_access)():
                log.info("file_aborted")
                await _abort(request)
                return
        yield part


async def _abort(request: HttpRequest) -> None:
    scope: Any = getattr(request, "scope", {})
    if ABORT not in scope:
        raise PermissionDenied
    scope[ABORT]()
    # The server hears of the lost connection in the loop's next turn. An answer that ends before is
    # one that is too short, which it logs as a fault of ours.
    await asyncio.sleep(0)
