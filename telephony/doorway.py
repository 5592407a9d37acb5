"""The short way in for Twilio's requests: one thread hop between the socket and the view.

A call makes four requests, while other calls talk on the same core. Django's own way under
ASGI costs each of them a new thread and a dozen hops between it and the event loop, mostly for
middleware that serves people (sessions, log-in, messages): half of all that a request costs.
Routes, views, refusals and headers are the same on both ways.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final, cast

from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.db import close_old_connections, connection
from django.http import HttpResponse
from django.utils.module_loading import import_string

PREFIX: Final = "/api/twilio/"
# Each uses a database connection while it answers. Requests of one organization may wait for
# each other there; those of others should not wait for them here.
THREADS: Final = 4
# What of settings.MIDDLEWARE concerns a request of no person's browser.
MIDDLEWARE: Final = (
    "voicex.middleware.KeyOutOfSight",
    "django.middleware.security.SecurityMiddleware",
    "voicex.middleware.BrowserPolicy",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)


class DoorHandler(BaseHandler):
    """Django's request handling with MIDDLEWARE in place of settings.MIDDLEWARE."""

    def __init__(self) -> None:
        # None of MIDDLEWARE has these further hooks.
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        handler = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for path in reversed(MIDDLEWARE):
            handler = convert_exception_to_response(import_string(path)(handler))
        self._middleware_chain = handler


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response, as ASGI wants it."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Doorway:
    """ASGI application for every HTTP route below PREFIX."""

    def __init__(self) -> None:
        self._handler = DoorHandler()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="twilio-door")

    async def __call__(
        self,
        scope: Any,
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[Any]],
    ) -> None:
        """Serve one request. Whoever leaves meanwhile has asked all the same."""
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._threads, self._serve, scope, bytes(body))
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": answer.headers,
            }
        )
        await send({"type": "http.response.body", "body": answer.body})

    def _serve(self, scope: Any, body: bytes) -> Answer:
        if connection.vendor != "sqlite":  # opening a file again costs as much as the request
            close_old_connections()
        try:
            request = ASGIRequest(scope, BytesIO(body))
            response = cast(HttpResponse, self._handler.get_response(request))
            return Answer(
                response.status_code,
                [(name.encode(), value.encode("latin-1")) for name, value in response.items()],
                response.content,
            )
        finally:
            if connection.vendor != "sqlite":
                close_old_connections()
