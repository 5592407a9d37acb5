"""Machines ask for health by address: whatever their Host header says, and with no page's room."""

import asyncio
from typing import Any

import pytest

from voicex.asgi import application
from voicex.web import health
from voicex.web.lifecycle import lifecycle

PATHS = ("/healthz", "/readyz", "/metrics")


def ask(path: str, *, host: bytes = b"10.0.0.7:9", method: str = "GET") -> tuple[int, bytes]:
    """Status and body of a request, answered by the whole application."""
    sent: list[dict[str, Any]] = []
    comes = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not comes:
            await asyncio.Event().wait()
        return comes.pop()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", host)],
        "client": ("192.0.2.1", 4),
        "server": ("127.0.0.1", 8000),
    }
    asyncio.run(application(scope, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize("host", [b"10.0.0.7:9", b"evil.example", b"", b"\xff\xfe", b"a b"])
@pytest.mark.parametrize("path", PATHS)
def test_health_answers_whatever_host_is_asked_for(path, host, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert ask(path, host=host)[0] == 200


@pytest.mark.parametrize(
    "path", ["/healthz/", "/healthz/x", "/Healthz", "/metricsx", "/", "/admin/"]
)
def test_nothing_else_is(path, db):
    assert ask(path)[0] == 400


def test_a_process_that_drains_is_alive_and_not_ready(monkeypatch):
    monkeypatch.setattr(lifecycle, "is_draining", True)
    assert ask("/healthz") == (200, b'{"ok": true}')
    assert ask("/readyz") == (503, b'{"ready": false}')
    assert b"voicex_live_calls" in ask("/metrics")[1]


@pytest.mark.parametrize("path", PATHS)
def test_a_head_is_answered_without_a_body(path):
    assert ask(path, method="HEAD") == (200, b"")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["OPTIONS", "POST"])
def test_only_who_reads_is_answered(client, path, method):
    """Else what costs nothing to ask for renders all metrics each time."""
    assert client.generic(method, path).status_code == 405


async def test_metrics_are_made_once_for_all_who_ask_at_once(monkeypatch):
    made = []

    def measured() -> health.Answer:
        made.append(1)
        return 200, "text/plain", b"%d" % len(made)

    monkeypatch.setattr(health, "measured", measured)
    shared = health.SharedMetrics()
    answers = await asyncio.gather(*(shared.read() for _ in range(300)))
    assert {body for _status, _kind, body in answers} == {b"1"}
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.0)
    assert (await shared.read())[2] == b"2"
