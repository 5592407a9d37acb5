"""Limits the size and duration of request bodies, before Django reads them.

Django stores a whole body, on disk from 2.5 MB on, before it resolves the route, and without a
timeout; its own limits only apply when a view reads the form. So an endless POST of any client
would fill the disk.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from voicex.web.request_limiter import RequestLimiter, RequestSlot

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Awaitable[None]]
Page = Callable[[Any], Awaitable[bytes]]  # the scope of a request: HTML in UTF-8

BODY_SECONDS: Final = 15.0  # as long as Twilio waits for a webhook's answer
TOO_LARGE: Final = 413
TOO_SLOW: Final = 408
NO_ROOM: Final = 503
# Of a body that needs no room: the server holds as much of it in any case.
FREE_BYTES: Final = 65_536


class BodyRoom:
    """Memory for bodies until their answer is made: `most` bytes, and `most_of_one` of a visitor.

    What a visitor is: `RequestLimiter.visitor_of`; one without a name has the first bound only. For
    one event loop.
    """

    def __init__(self, *, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._taken = 0
        self._of: Counter[str] = Counter()

    def takes(self, visitor: str, count: int) -> bool:
        """Take room for `count` bytes more; False where there is none, and none was taken."""
        is_over = bool(visitor) and self._of[visitor] + count > self._most_of_one
        if is_over or self._taken + count > self._most:
            return False
        self._taken += count
        self._of[visitor] += count
        return True

    def give_back(self, visitor: str, count: int) -> None:
        """These bytes are no longer needed."""
        self._taken -= count
        self._of[visitor] -= count
        if not self._of[visitor]:
            del self._of[visitor]


class BodyLimit:
    """ASGI middleware: refuses a body above `max_bytes`, or not complete within `seconds`.

    limiter: a request holds a place in it from its last byte to the end of its answer, and gets 503
    if there is none. room: holds what is beyond FREE_BYTES of each body until the answer is made; a
    request gets 503 if there is not enough left. It needs a limiter, which names visitors.
    too_large: renders the page for a body that is too large; for an empty answer browsers would
    show a page of their own.
    """

    def __init__(
        self,
        application: Application,
        *,
        max_bytes: int,
        seconds: float = BODY_SECONDS,
        limiter: RequestLimiter | None = None,
        room: BodyRoom | None = None,
        too_large: Page | None = None,
    ) -> None:
        self._limiter = limiter
        self._room = room
        self._application = application
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._too_large = too_large

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one request. The application sees a refused one as a client that disconnected."""
        deadline = asyncio.get_running_loop().time() + self._seconds
        taken = 0
        is_complete = False
        place: RequestSlot | None = None
        kept = 0  # bytes in the room
        visitor = self._limiter.visitor_of(scope) if self._limiter is not None else ""

        async def limited() -> Message:
            nonlocal taken, is_complete, place, kept
            if is_complete:  # after the body only a disconnect can follow
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                return await _refuse(send, TOO_SLOW)
            taken += len(message.get("body", b""))
            if taken > self._max_bytes:
                page = await self._too_large(scope) if self._too_large is not None else b""
                return await _refuse(send, TOO_LARGE, page)
            if self._room is not None and (more := taken - FREE_BYTES - kept) > 0:
                if not self._room.takes(visitor, more):
                    return await _refuse(send, NO_ROOM)
                kept += more
            is_complete = not message.get("more_body", False)
            if is_complete and self._limiter is not None and message["type"] == "http.request":
                place = await self._limiter.enter(scope)
                if place is None:
                    return await _refuse(send, NO_ROOM)
            return message

        def give_back() -> None:
            nonlocal kept
            if self._room is not None and kept:
                self._room.give_back(visitor, kept)
                kept = 0

        async def answer(message: Message) -> None:
            # The application may hold the body until the answer is read. How many of those there
            # are is bounded by the limiter's places.
            give_back()
            if place is not None:
                place.begin_answer()
            await send(message)

        try:
            await self._application(scope, limited, answer)
        finally:
            if place is not None:
                place.leave()
            give_back()


async def _refuse(send: Send, status: int, page: bytes = b"") -> Message:
    # The rest of the body may still arrive: without `close` it would be parsed as a new request.
    headers = [(b"connection", b"close"), (b"content-length", b"%d" % len(page))]
    if page:
        headers += [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
        ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": page})
    return {"type": "http.disconnect"}
