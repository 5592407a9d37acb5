"""Requests as a server hands them over: any bytes, into all of Django, on this very thread.

Django's own test client makes requests that are well formed, and of WSGI's kind. A server under
ASGI hands over whatever bytes came, in the header, the query and the body.
"""

import sys
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from unittest.mock import patch
from urllib.parse import quote, unquote

from django.core.cache import cache
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.base import BaseHandler
from django.core.signals import got_request_exception
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpResponse, HttpResponseBase

from telephony.carriers.registry import prefixes
from telephony.webhooks import asgi

Headers = list[tuple[bytes, bytes]]
ADDRESS = "203.0.113.7"


@dataclass(slots=True)
class Request:
    """path: decoded; query, headers and body: the bytes that came.

    is_trusted: whether the proof that the form is from a page of ours is taken for given.
    """

    method: str
    path: str
    query: bytes = b""
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    is_trusted: bool = True

    def __str__(self) -> str:
        parts = [self.method, self.path, repr(self.query[:300]), repr(self.body[:600])]
        parts += [f"{name!r}: {value[:160]!r}" for name, value in self.headers]
        return " ".join(parts)

    def scope(self) -> dict[str, Any]:
        """As uvicorn makes it."""
        raw = quote(self.path, safe="/%", errors="replace").encode()
        return {
            "type": "http", "http_version": "1.1", "scheme": "http", "root_path": "",
            "method": self.method, "path": unquote(raw.decode()), "raw_path": raw,
            "query_string": self.query, "client": (ADDRESS, 4711), "server": ("127.0.0.1", 8000),
            "headers": [*self.headers, (b"content-length", str(len(self.body)).encode())],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """error: of ours that was behind the status, "" for none."""

    status: int
    headers: dict[str, str]
    body: bytes
    error: str = ""

    @property
    def is_fault(self) -> bool:
        """Whether something failed that no visitor may be able to make fail."""
        return self.status == 500 or bool(self.error)

    @property
    def page(self) -> str:
        """The page, "" when it is none."""
        is_page = "html" in self.headers.get("Content-Type", "")
        return self.body.decode("utf-8", "replace") if is_page else ""


class Pages(BaseHandler):
    """All of Django behind ASGI, and Twilio's webhooks. What a request wrote is undone."""

    request_class = ASGIRequest
    create_request = ASGIHandler.create_request

    def __init__(self) -> None:
        self.load_middleware()
        self._twilio = asgi.WebhookApplication()
        self.asked = 0

    def ask(self, request: Request) -> Answer:
        """Have it answered, with what follows the commit, and undo what it wrote."""
        self.asked += 1
        cache.clear()  # counts of how often one may
        errors: list[str] = []

        def note(**_: Any) -> None:
            errors.append(_described(sys.exc_info()[1]))

        got_request_exception.connect(note)
        # After a request a connection is closed; PostgreSQL's would be, within this transaction.
        stays = patch.object(BaseDatabaseWrapper, "close_if_unusable_or_obsolete")
        try:
            with stays, transaction.atomic():
                before = len(connection.run_on_commit)
                answer = self._answered(request)
                for _, after_commit, *_ in connection.run_on_commit[before:]:
                    after_commit()
                transaction.set_rollback(True)
        except Exception as error:
            return Answer(500, {}, b"", _described(error))
        finally:
            got_request_exception.disconnect(note)
        if errors:
            return Answer(answer.status, answer.headers, answer.body, errors[0])
        return answer

    def _answered(self, wanted: Request) -> Answer:
        scope = wanted.scope()
        if scope["path"].startswith(prefixes()):
            given = self._twilio._serve(scope, wanted.body)
            headers = {name.decode(): value.decode("latin-1") for name, value in given.headers}
            return Answer(given.status, headers, given.body)
        request, refusal = self.create_request(scope, BytesIO(wanted.body))
        if request is None:
            return Answer(refusal.status_code, dict(refusal.items()), refusal.content)
        request._dont_enforce_csrf_checks = wanted.is_trusted
        response = self.get_response(request)
        body = _content(response)
        for name, value in response.items():  # as the server sends them
            name.encode("ascii")
            value.encode("latin-1")
        for morsel in response.cookies.values():
            morsel.output(header="").encode("ascii")
        response.close()
        return Answer(response.status_code, dict(response.items()), body)


def _content(response: HttpResponseBase) -> bytes:
    if isinstance(response, HttpResponse):
        return response.content
    if response.is_async:  # type: ignore[attr-defined]
        return b""  # read on other threads, which do not see what this one has not committed
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def _described(error: BaseException | None) -> str:
    """The error, and where it came from: the last lines of ours and of all."""
    places = []
    trace = error.__traceback__ if error else None
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{'/'.join(code.co_filename.split('/')[-3:])}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__}: {str(error)[:200]} at {' < '.join(reversed(places[-6:]))}"
