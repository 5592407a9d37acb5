"""A media socket has one address; sockets at any other are refused quietly."""

import asyncio
from typing import Any

import pytest

from voicex.asgi import application


@pytest.mark.parametrize("path", ["/", "/api/twilio/streams", "/api/twilio/voice"])
def test_a_socket_that_nobody_serves_is_refused_without_a_fault(path):
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": path, "headers": [], "query_string": b""}
    asyncio.run(application(scope, receive, send))
    assert sent == [{"type": "websocket.close"}]
