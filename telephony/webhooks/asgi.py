"""A fast ASGI application for requests of carriers, with one thread switch for each.

A call causes four requests, while other calls run on the same core. Django's ASGI handler needs a
new thread and a dozen switches for each, mostly for middleware that webhooks do not need (sessions,
log-in, messages): half of a request's cost. Routes, views, errors and headers are the same.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
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
from telephony.webhooks.late_reports import KEPT, write_down
from telephony.webhooks.senders import UNKNOWN, Sender, sender_of
from telephony.webhooks.without_database import ASKED_AT, BROKEN_OFF, GIVEN_UP, IN_WORDS
from voicex.bounds.fair_queue import FairQueue
from voicex.database.write_order import serve_calls
from voicex.web.lifecycle import lifecycle

# Threads for requests; each uses a database connection. Requests of one organization may wait for
# each other's locks; those of others should still find a free thread.
THREADS: Final = 4
# Threads for the requests of one sender, so that one is soon free for any other.
THREADS_OF_ONE: Final = THREADS - 1
# Requests that may wait for a thread: about a second of work. With a frozen database, more would
# only be answered after Twilio's timeout (15 s).
MAX_WAITING: Final = 500
# How long a request waits for an unreachable database while the caller hears the ringing tone, and
# the interval of checks.
WORDS_AFTER_SECONDS: Final = 2.3
AGAIN_SECONDS: Final = 0.1
# For a party on the line who hears nothing until the answer: a caller whose line was lost or is
# over, a person who has just answered. A database that restarts is back by then. So many at once
# are waited for; more are answered in words at once.
SILENT: Final = (Callback.AFTER, Callback.DIALED, Callback.PERSON)
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
class AsgiResponse:
    """A complete response in ASGI form."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A request that waits for a thread, or has one."""

    sender: Sender
    scope: Any
    body: bytes
    answer: asyncio.Future[AsgiResponse]


class WebhookApplication:
    """The ASGI application for all HTTP routes of carriers. Senders take turns (`sender_of`).

    most_waiting: lower than MAX_WAITING if there are fewer connections. address_header: as in
    `voicex.web.guarded_http.Guard`.
    """

    def __init__(self, *, most_waiting: int | None = None, address_header: bytes = b"") -> None:
        self._most_waiting = most_waiting
        self._address_header = address_header
        self._handler = WebhookHandler()
        self._threads = ThreadPoolExecutor(
            THREADS, thread_name_prefix="carrier-webhooks", initializer=serve_calls
        )
        self._begin_on(None)
        self._held = 0  # requests that wait for the database
        self._is_full = False

    def _begin_on(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Nothing waits on this loop yet. One that has ended took its requests with it."""
        self._loop = loop
        self._waiting: FairQueue[_Waiting] = FairQueue(at_once=THREADS_OF_ONE, least=UNKNOWN.name)
        self._serving = 0  # requests that have a thread

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

    async def _answer(self, scope: Any, body: bytes) -> AsgiResponse:
        scope[ASKED_AT] = timezone.now()
        before = {**scope}  # a copy, because the handler removes the key
        clock = asyncio.get_running_loop().time
        until, pause = clock() + BACK_WITHIN_SECONDS, AGAIN_SECONDS
        while True:
            if lifecycle.database_is_away() and not await self._is_back(scope, until):
                return self._in_words(scope, before, body)
            answer = await self._answer_of_thread(scope, before, body)
            # The caller of a lost line waits for the database once more where it broke off before
            # anybody knew that it restarts.
            is_broken_off = scope.pop(BROKEN_OFF, False) and GIVEN_UP not in scope
            if not is_broken_off or not self._may_wait(scope) or clock() >= until:
                write_down(scope)
                return answer
            scope["query_string"] = before["query_string"]
            scope.pop(KEPT, None)
            with self._holding():
                await asyncio.sleep(min(pause, until - clock()))
            pause *= 2  # where a disk is full, each of many callers fails again and again

    async def _answer_of_thread(
        self, scope: Any, before: dict[str, Any], body: bytes
    ) -> AsgiResponse:
        """The answer of a thread, or words once the database has not answered it for too long."""
        served = self._let_wait(scope, body)
        seconds = WORDS_AFTER_SECONDS
        while not (await asyncio.wait({served}, timeout=seconds))[0]:
            if lifecycle.database_is_away():
                scope[GIVEN_UP] = True
                return self._in_words(scope, before, body)
            seconds = AGAIN_SECONDS
        return served.result()

    def _may_wait(self, scope: Any) -> bool:
        """Whether its caller hears nothing until the answer, and few enough wait for that."""
        return self._held < MOST_HELD and any(f"/{each}/" in scope["path"] for each in SILENT)

    async def _is_back(self, scope: Any, until: float) -> bool:
        """Wait for the database for a party on the line who hears nothing; whether it is back.

        until: on the loop's clock.
        """
        if not self._may_wait(scope):
            return False
        clock = asyncio.get_running_loop().time
        with self._holding():
            while clock() < until:
                await asyncio.sleep(AGAIN_SECONDS)
                if not lifecycle.database_is_away():
                    return True
        return False

    @contextmanager
    def _holding(self) -> Iterator[None]:
        """Count a request that waits for the database while the block runs."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1

    def _in_words(self, scope: Any, before: dict[str, Any], body: bytes) -> AsgiResponse:
        """The answer to the carrier without the database. before: the scope as it came."""
        asked = {**before, IN_WORDS: True}
        try:
            return self._served(asked, body)
        finally:  # the server's log is written from the first one
            scope["query_string"] = asked["query_string"]
            write_down(asked)

    def _let_wait(self, scope: Any, body: bytes) -> asyncio.Future[AsgiResponse]:
        """The answer of a thread; where too many wait, one is refused: of an unknown sender,
        otherwise of the sender with the most waiting requests.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._begin_on(loop)
        answer: asyncio.Future[AsgiResponse] = loop.create_future()
        sender = sender_of(scope, body, address_header=self._address_header)
        self._waiting.add(sender.name, _Waiting(sender, scope, body, answer), part=sender.part)
        self._serve_next()
        most = MAX_WAITING if self._most_waiting is None else min(MAX_WAITING, self._most_waiting)
        if self._serving + len(self._waiting) > THREADS + most:
            if not self._is_full:  # logged once: a line for each would be a flood too
                log.error("carrier_webhooks_full", waiting=most)
            self._is_full = True
            refused = self._waiting.drop(sender.name, part=sender.part)
            refused.answer.set_result(_plain(503, FULL, (b"retry-after", b"1")))
        return answer

    def _serve_next(self) -> None:
        loop = asyncio.get_running_loop()
        while self._serving < THREADS and (next_one := self._waiting.take()) is not None:
            self._serving += 1
            served = loop.run_in_executor(self._threads, self._serve, next_one.scope, next_one.body)
            served.add_done_callback(partial(self._on_served, next_one))

    def _on_served(self, request: _Waiting, served: asyncio.Future[AsgiResponse]) -> None:
        self._serving -= 1
        self._waiting.done(request.sender.name)
        self._is_full = self._is_full and self._serving + len(self._waiting) > 0
        if not request.answer.done():
            if served.cancelled():
                request.answer.cancel()
            elif error := served.exception():
                request.answer.set_exception(error)
            else:
                request.answer.set_result(served.result())
        self._serve_next()

    def _serve(self, scope: Any, body: bytes) -> AsgiResponse:
        if connection.vendor != "sqlite":  # opening a file again costs as much as the request
            close_old_connections()
        try:
            return self._served(scope, body)
        finally:
            if connection.vendor != "sqlite":
                close_old_connections()

    def _served(self, scope: Any, body: bytes) -> AsgiResponse:
        """With IN_WORDS in its scope it needs no database, and so no thread."""
        try:
            request = ASGIRequest(scope, BytesIO(body))
        except UnicodeDecodeError:  # of the query, which a server takes for ASCII
            return _plain(400, UNREADABLE)
        response = cast(HttpResponse, self._handler.get_response(request))
        return AsgiResponse(
            response.status_code,
            [(name.encode(), value.encode("latin-1")) for name, value in response.items()],
            response.content,
        )


def _plain(status: int, text: bytes, *more: tuple[bytes, bytes]) -> AsgiResponse:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
        (b"cache-control", b"no-store"),
        *more,
    ]
    return AsgiResponse(status, headers, text)
