"""A fast ASGI application for requests of carriers, with one thread switch for each.

A call causes four requests, while other calls run on the same core. Django's ASGI handler needs a
new thread and a dozen switches for each, mostly for middleware that webhooks do not need (sessions,
log-in, messages): half of a request's cost. Routes, views, errors and headers are the same.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final, cast

import structlog
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.db import close_old_connections, connection
from django.http import HttpResponse
from django.utils import timezone
from django.utils.module_loading import import_string

from telephony.webhooks.callback_urls import Callback
from telephony.webhooks.without_database import ASKED_AT, GIVEN_UP, IN_WORDS
from voicex.database.write_turns import serve_calls
from voicex.web.lifecycle import lifecycle

# Threads for requests; each uses a database connection. Requests of one organization may wait for
# each other's locks; those of others should still find a free thread.
THREADS: Final = 4
# Requests that may wait for a thread: about a second of work. With a frozen database, more would
# only be answered after Twilio's timeout (15 s).
MAX_WAITING: Final = 500
# How long a request waits for an unreachable database while the caller hears the ringing tone, and
# the interval of checks.
WORDS_AFTER_SECONDS: Final = 2.3
AGAIN_SECONDS: Final = 0.2
# A caller whose line was lost hears nothing until the answer: a database that restarts is back by
# then. So many callers at once are waited for; more are asked to wait at once.
BACK_WITHIN_SECONDS: Final = 2.0
MOST_HELD: Final = 500
FULL: Final = b"Too many requests are waiting."
UNREADABLE: Final = b"The request cannot be read."
# The part of settings.MIDDLEWARE that is relevant for webhooks.
MIDDLEWARE: Final = (
    "voicex.web.middleware.HideApiKey",
    "voicex.web.middleware.RequireUtf8",
    "voicex.web.public_origin.PublicOrigin",
    "django.middleware.security.SecurityMiddleware",
    "voicex.web.middleware.BrowserPolicy",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)


log = structlog.get_logger(__name__)


class WebhookHandler(BaseHandler):
    """Django's request handler with MIDDLEWARE in place of settings.MIDDLEWARE."""

    def __init__(self) -> None:
        # No class of MIDDLEWARE has these hooks.
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        handler = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for path in reversed(MIDDLEWARE):
            handler = convert_exception_to_response(import_string(path)(handler))
        self._middleware_chain = handler


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete response in ASGI form."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class WebhookApplication:
    """The ASGI application for all HTTP routes of carriers.

    most_waiting: lower than MAX_WAITING if there are fewer connections.
    """

    def __init__(self, *, most_waiting: int | None = None) -> None:
        self._most_waiting = most_waiting
        self._handler = WebhookHandler()
        self._threads = ThreadPoolExecutor(
            THREADS, thread_name_prefix="carrier-webhooks", initializer=serve_calls
        )
        self._taken = 0  # requests that wait for a thread, or have one
        self._held = 0  # requests that wait for the database
        self._is_full = False

    async def __call__(
        self,
        scope: Any,
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[Any]],
    ) -> None:
        """Serve one request to its end, even if the client disconnects."""
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        answer = await self._answer(scope, bytes(body))
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": answer.headers,
            }
        )
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Any, body: bytes) -> Answer:
        scope[ASKED_AT] = timezone.now()
        asked = {**scope, IN_WORDS: True}  # a copy, because the handler removes the key
        if lifecycle.database_is_away() and not await self._is_back(scope):
            return self._in_words(scope, asked, body)
        most_waiting = MAX_WAITING
        if self._most_waiting is not None:
            most_waiting = min(most_waiting, self._most_waiting)
        if self._taken >= THREADS + most_waiting:
            if not self._is_full:  # logged once, to avoid a flood of lines
                log.error("carrier_webhooks_full", waiting=most_waiting)
            self._is_full = True
            return _plain(503, FULL, (b"retry-after", b"1"))
        self._taken += 1
        loop = asyncio.get_running_loop()
        served = loop.run_in_executor(self._threads, self._serve, scope, body)
        served.add_done_callback(self._on_served)
        seconds = WORDS_AFTER_SECONDS
        while not (await asyncio.wait({served}, timeout=seconds))[0]:
            if lifecycle.database_is_away():
                scope[GIVEN_UP] = True
                return self._in_words(scope, asked, body)
            seconds = AGAIN_SECONDS
        return served.result()

    async def _is_back(self, scope: Any) -> bool:
        """Wait for the database on behalf of a caller whose line was lost; whether it is back."""
        if f"/{Callback.AFTER}/" not in scope["path"] or self._held >= MOST_HELD:
            return False
        self._held += 1
        try:
            for _ in range(round(BACK_WITHIN_SECONDS / AGAIN_SECONDS)):
                await asyncio.sleep(AGAIN_SECONDS)
                if not lifecycle.database_is_away():
                    return True
            return False
        finally:
            self._held -= 1

    def _in_words(self, scope: Any, asked: dict[str, Any], body: bytes) -> Answer:
        """The answer to the carrier without the database. asked: a copy of the scope."""
        try:
            return self._served(asked, body)
        finally:  # the server's log is written from the first one
            scope["query_string"] = asked["query_string"]

    def _on_served(self, _served: asyncio.Future[Answer]) -> None:
        self._taken -= 1
        self._is_full = self._is_full and self._taken > 0

    def _serve(self, scope: Any, body: bytes) -> Answer:
        if connection.vendor != "sqlite":  # opening a file again costs as much as the request
            close_old_connections()
        try:
            return self._served(scope, body)
        finally:
            if connection.vendor != "sqlite":
                close_old_connections()

    def _served(self, scope: Any, body: bytes) -> Answer:
        """With IN_WORDS in its scope it needs no database, and so no thread."""
        try:
            request = ASGIRequest(scope, BytesIO(body))
        except UnicodeDecodeError:  # of the query, which a server takes for ASCII
            return _plain(400, UNREADABLE)
        response = cast(HttpResponse, self._handler.get_response(request))
        return Answer(
            response.status_code,
            [(name.encode(), value.encode("latin-1")) for name, value in response.items()],
            response.content,
        )


def _plain(status: int, text: bytes, *more: tuple[bytes, bytes]) -> Answer:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
        (b"cache-control", b"no-store"),
        *more,
    ]
    return Answer(status, headers, text)
