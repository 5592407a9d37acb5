"""Health, readiness and metrics: for load balancers and monitoring.

`Health` answers before Django checks the Host header, because such requests may use an IP address,
and while all places for pages are taken. The views do the same for requests routed by Django.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from voicex.web.lifecycle import lifecycle

FRESH_SECONDS: Final = 1.0  # those who measure ask every few
_JSON: Final = "application/json"
Answer = tuple[int, str, bytes]  # status, content type, body


def alive() -> Answer:
    """The process is alive."""
    return 200, _JSON, json.dumps({"ok": True}).encode()


def ready() -> Answer:
    """New calls are accepted; 503 while draining, warming up, or without a database."""
    is_ready = lifecycle.is_ready
    return 200 if is_ready else 503, _JSON, json.dumps({"ready": is_ready}).encode()


def measured() -> Answer:
    """Prometheus' text format."""
    return 200, CONTENT_TYPE_LATEST, generate_latest()


class SharedMetrics:
    """`measured`, made on one thread at a time and at most once in FRESH_SECONDS, for all who ask.

    Anyone may ask who reaches the port, and calls need the loop's threads, too: to look up the
    servers of their engines. For one event loop.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._made: Answer | None = None
        self._made_at = 0.0

    async def read(self) -> Answer:
        """The metrics, FRESH_SECONDS old at most."""
        async with self._turn:
            if self._made is None or monotonic() - self._made_at >= FRESH_SECONDS:
                self._made = await asyncio.to_thread(measured)
                self._made_at = monotonic()
            return self._made


ROUTES: Final[dict[str, Callable[[], Answer]]] = {
    "/healthz": alive,
    "/readyz": ready,
    "/metrics": measured,
}


class Health:
    """ASGI middleware: answers GET and HEAD of ROUTES, whatever Host says."""

    def __init__(self, application: Callable[[Any, Any, Any], Awaitable[None]]) -> None:
        self._application = application
        self._metrics = SharedMetrics()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        answer = ROUTES.get(scope["path"])
        if answer is None or scope["method"] not in ("GET", "HEAD"):
            await self._application(scope, receive, send)
            return
        # Metrics are rendered on a thread, so that calls do not wait.
        status, kind, body = answer() if answer is not measured else await self._metrics.read()
        headers = [
            (b"content-type", kind.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        is_asked_for = scope["method"] == "GET"
        await send({"type": "http.response.body", "body": body if is_asked_for else b""})


def _view(answer: Answer) -> HttpResponse:
    status, kind, body = answer
    return HttpResponse(body, status=status, content_type=kind)


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """See `alive`."""
    return _view(alive())


@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """See `ready`."""
    return _view(ready())


@require_safe
def metrics(_request: HttpRequest) -> HttpResponse:
    """See `measured`."""
    return _view(measured())


urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
]
