"""Pages give way to the requests of calls.

Threads of one process take turns at the interpreter. A carrier waits for its webhook, and a caller
with it, so the thread of a page waits before its next query while one is answered; not within a
transaction, whose locks the webhook may want.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection
from django.http import HttpRequest, HttpResponse

# Before each query: a page of 20 takes a second longer at the very most.
GIVE_SECONDS: Final = 0.05


class Precedence:
    """Who goes first, and who waits for them. For any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._first = 0

    @contextmanager
    def first(self) -> Iterator[None]:
        """Others wait while the block runs."""
        with self._changed:
            self._first += 1
        try:
            yield
        finally:
            with self._changed:
                self._first -= 1
                if not self._first:
                    self._changed.notify_all()

    def give_way(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        """A wrapper for the queries of those who wait (Django's `execute_wrapper`)."""
        if self._first and not context["connection"].in_atomic_block:
            with self._changed:
                self._changed.wait_for(lambda: not self._first, GIVE_SECONDS)
        return execute(sql, params, many, context)


precedence: Final = Precedence()


class PagesGiveWay:
    """Middleware of pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and let calls go first meanwhile."""
        with connection.execute_wrapper(precedence.give_way):
            return self._get_response(request)
