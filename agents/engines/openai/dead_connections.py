"""HTTP clients that retry once when a kept-alive connection was dead.

Servers close idle connections, some after five seconds, and a request may be sent at that moment.
It then fails before the first byte of an answer, and can safely be sent again.
"""

from typing import Any, Final

import httpx2
import openai

MAX_DEAD: Final = 3  # connections that one request finds dead; they die together


class _SendingTrace:
    """Traces one attempt of a request by events of the connection pool."""

    def __init__(self) -> None:
        self.is_kept = True  # no connection was opened for it
        self.is_answered = False  # an answer has begun

    async def trace(self, event: str, _: dict[str, Any]) -> None:
        """Take one of the pool's events, by its name."""
        if event.startswith("connection.connect"):
            self.is_kept = False
        elif event.endswith("receive_response_headers.complete"):
            self.is_answered = True


class _ResendsOnDeadConnection(httpx2.AsyncClient):
    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request, again if it failed on a kept connection. Raises httpx2's errors."""
        for _ in range(MAX_DEAD):
            course = _SendingTrace()
            request.extensions = {**request.extensions, "trace": course.trace}
            try:
                return await super().send(request, **options)
            except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError):
                if course.is_answered or not course.is_kept:
                    raise
        request.extensions = {**request.extensions, "trace": _SendingTrace().trace}
        return await super().send(request, **options)


class PlainClient(_ResendsOnDeadConnection, openai.DefaultAsyncHttpxClient):
    """For servers of the settings."""


class FencedClient(_ResendsOnDeadConnection):
    """For servers that clients named; the fence gives it its transport."""
