"""Limits the page requests that are served at once, in total and for each visitor.

Page threads share the interpreter lock with calls: the more pages are rendered at once, the longer
calls wait. Each visitor gets few places at a time; further requests wait. Forms cost most, as they
are validated and stored, so their rate is limited too: a person does not send one a second for
long. An answer that is read slowly loses its place once others have waited for one for seconds.
"""

import asyncio
import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Final

from django.http import parse_cookie

from voicex.bounds.log_throttle import ThrottledWarning
from voicex.bounds.token_bucket import TokenBucket
from voicex.web.client_address import forwarded_address, limited_address

WAIT_SECONDS: Final = 10.0
# An answer that was sent for this long ends when another request has waited for a place for
# PATIENT_SECONDS, and then one more every AGAIN_SECONDS until that request has its place.
SENT_SECONDS: Final = 30.0
PATIENT_SECONDS: Final = 2.0
AGAIN_SECONDS: Final = 1.0
# Key in the scope of a request: the function that ends its connection at once, if there is one.
ABORT: Final = "voicex.web.request_limiter.abort"
# Forms of one visitor: burst, and rate a second; further ones wait.
FORMS_AT_ONCE: Final = 60
FORMS_PER_SECOND: Final = 1.0
# Visitors whose forms are counted. Beyond that the least recent one is forgotten.
MAX_KNOWN: Final = 10_000
_READING: Final = frozenset(("GET", "HEAD", "OPTIONS"))

_full: Final = ThrottledWarning("pages_full")
_cut: Final = ThrottledWarning("slow_answer_cut")


class _Visitor:
    """A visitor with requests in the limiter. taken: their number.

    served: places for requests until they leave; making: places for answers being rendered.
    """

    __slots__ = ("making", "served", "taken")

    def __init__(self, *, most_served: int, most_made: int) -> None:
        self.taken = 0
        self.served = asyncio.Semaphore(most_served)
        self.making = asyncio.Semaphore(most_made)


class RequestSlot:
    """A request's place in a limiter. Both methods are idempotent.

    abort: ends its connection; None where nothing can. sent_since: when its answer began, by the
    loop's clock; None before.
    """

    __slots__ = ("_has_left", "_is_making", "_limiter", "abort", "name", "sent_since")

    def __init__(
        self, limiter: "RequestLimiter", name: str, abort: Callable[[], None] | None
    ) -> None:
        self._limiter = limiter
        self.name = name
        self.abort = abort
        self.sent_since: float | None = None
        self._is_making = True
        self._has_left = False

    def begin_answer(self) -> None:
        """The answer is rendered and being sent: the visitor's next request may be served."""
        if self._is_making:
            self._is_making = False
            self.sent_since = asyncio.get_running_loop().time()
            self._limiter.release_visitor(self.name)

    def leave(self) -> None:
        """The request was answered or aborted."""
        self.begin_answer()
        if not self._has_left:
            self._has_left = True
            self._limiter.release(self)


class RequestLimiter:
    """Places for `most` requests, and a queue of `most_waiting`. For one event loop.

    Limits for each visitor: most_of_one, requests served or waiting; served_of_one, requests served
    at once, so that slow downloads do not take all places; made_of_one, answers rendered at once. A
    visitor is an address, or a session where the address is this machine's, as behind a tunnel.
    address_header: as in `guarded_http.Guard`. session_cookie: its name.
    """

    def __init__(
        self,
        *,
        most: int,
        most_waiting: int,
        most_of_one: int,
        served_of_one: int,
        made_of_one: int,
        address_header: bytes = b"",
        session_cookie: str = "",
    ) -> None:
        self._most_taken = most + most_waiting
        self._most_of_one = most_of_one
        self._served_of_one = served_of_one
        self._made_of_one = made_of_one
        self._address_header = address_header
        self._session_cookie = session_cookie
        self._cookie = re.compile(rb"(?:^|;)(\s*%b\s*=[^;]*)" % re.escape(session_cookie.encode()))
        self._places = asyncio.Semaphore(most)
        self._taken = 0
        self._slots: set[RequestSlot] = set()
        self._visitors: dict[str, _Visitor] = {}
        self._forms: OrderedDict[str, TokenBucket] = OrderedDict()

    async def enter(self, scope: Any) -> RequestSlot | None:
        """Wait for a place; None when too many requests wait, or after a timeout."""
        name = self.visitor_of(scope)
        visitor = self._visitors.get(name)
        if self._taken >= self._most_taken or (
            name and visitor is not None and visitor.taken >= self._most_of_one
        ):
            _full.warn(taken=self._taken)
            return None
        if visitor is None:
            # Requests of unknown visitors have no limit by visitor.
            visitor = self._visitors[name] = _Visitor(
                most_served=self._served_of_one if name else self._most_taken,
                most_made=self._made_of_one if name else self._most_taken,
            )
        self._taken += 1
        visitor.taken += 1
        wanted = (visitor.served, visitor.making, self._places)
        had: list[asyncio.Semaphore] = []
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                if name and scope["method"] not in _READING:
                    await self._take_turn_of_form(name)
                for each in wanted:
                    if each is self._places and each.locked():
                        await self._wait_for_place()
                    else:
                        await each.acquire()
                    had.append(each)
        except TimeoutError:
            _full.warn(taken=self._taken)
        finally:
            has_place = len(had) == len(wanted)
            if not has_place:
                for each in had:
                    each.release()
                self._forget(name)
        if not has_place:
            return None
        slot = RequestSlot(self, name, scope.get(ABORT))
        self._slots.add(slot)
        return slot

    async def _wait_for_place(self) -> None:
        """Take a place in turn. Slow answers end only for a request that waits for long."""
        loop = asyncio.get_running_loop()
        timer: asyncio.TimerHandle

        def make_room() -> None:
            nonlocal timer
            self._make_room()
            timer = loop.call_later(AGAIN_SECONDS, make_room)

        timer = loop.call_later(PATIENT_SECONDS, make_room)
        try:
            await self._places.acquire()
        finally:
            timer.cancel()

    def _make_room(self) -> None:
        """End the answer that was sent for longest, of the visitor who has most of them."""
        until = asyncio.get_running_loop().time() - SENT_SECONDS
        has = Counter(slot.name for slot in self._slots)
        slow = [
            (has[slot.name], -slot.sent_since, slot, slot.abort)
            for slot in self._slots
            if slot.abort is not None and slot.sent_since is not None and slot.sent_since <= until
        ]
        if slow:
            *_, slot, abort = max(slow, key=lambda each: each[:2])
            slot.abort = None
            _cut.warn()
            abort()

    async def _take_turn_of_form(self, name: str) -> None:
        """Wait until this visitor may send one more form. Raises TimeoutError if that takes too
        long.
        """
        forms = self._forms.pop(name, None)
        if forms is None:
            forms = TokenBucket(rate=FORMS_PER_SECOND, burst=FORMS_AT_ONCE)
            if len(self._forms) >= MAX_KNOWN:
                self._forms.popitem(last=False)
        self._forms[name] = forms
        seconds = forms.wait(asyncio.get_running_loop().time(), at_most=WAIT_SECONDS)
        if seconds is None:
            raise TimeoutError
        await asyncio.sleep(seconds)

    def release_visitor(self, name: str) -> None:
        """An answer of this visitor is rendered. For `RequestSlot`."""
        self._visitors[name].making.release()

    def release(self, slot: RequestSlot) -> None:
        """A request has left. For `RequestSlot`."""
        self._slots.discard(slot)
        self._places.release()
        self._visitors[slot.name].served.release()
        self._forget(slot.name)

    def _forget(self, name: str) -> None:
        self._taken -= 1
        visitor = self._visitors[name]
        visitor.taken -= 1
        if not visitor.taken:
            del self._visitors[name]

    def visitor_of(self, scope: Any) -> str:
        """Whose request it is; "" for one of whom nothing is known."""
        if self._address_header:
            address = forwarded_address(scope["headers"], self._address_header)
        else:
            client = scope.get("client")
            address = limited_address(client[0]) if client else ""
        return address or self._session(scope["headers"])

    def _session(self, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """The session cookie, parsed as Django does; "" without one."""
        if not self._session_cookie:
            return ""
        sent = b"; ".join(value for name, value in headers if name == b"cookie")
        found = self._cookie.findall(sent)
        if not found:
            return ""
        key = parse_cookie(found[-1].decode("latin-1")).get(self._session_cookie, "")
        return f"session {key}" if key.isalnum() else ""
