"""A media socket has one address; sockets at any other are refused quietly."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs
from uvicorn.protocols.utils import ClientDisconnected

from voicex.asgi import application


@pytest.mark.parametrize("path", ["/", "/api/twilio/streams", "/api/twilio/voice"])
def test_a_socket_that_is_not_served_is_refused_without_a_fault(path):
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": path, "headers": [], "query_string": b""}
    asyncio.run(application(scope, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("gone", [ClientDisconnected, RuntimeError])
@pytest.mark.parametrize(
    "path",
    [
        "/api/browser/stream",
        "/live/0rg/",
        "/live/0rg/listen/CA1/",
        "/api/twilio/stream",
        "/elsewhere",
    ],
)
def test_a_stranger_who_leaves_before_the_answer_leaves_no_trace_in_the_log(path, gone):
    """uvicorn raises when the other side has left, in one of two ways."""

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(_message: dict[str, Any]) -> None:
        raise gone

    headers = [(b"host", b"localhost:8000"), (b"origin", b"http://localhost:8000")]
    scope = {"type": "websocket", "path": path, "headers": headers, "query_string": b""}
    with capture_logs() as events:
        asyncio.run(application(scope, receive, send))
    assert [event for event in events if event["log_level"] not in ("info", "warning")] == []
