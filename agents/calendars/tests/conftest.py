"""What every test of a calendar's server needs."""

import asyncio

import pytest

from agents.calendars import running, servers, tokens
from testing.guard import GUARD_SECONDS
from voicex import fence


@pytest.fixture
async def within_reason(monkeypatch):
    """No token from before, short waits, and an end to the test."""
    monkeypatch.setattr(tokens, "_kept", {})
    monkeypatch.setattr(servers, "PAUSE_SECONDS", 0.01)
    quick = fence.Bounds(answer_bytes=200_000, stream_bytes=200_000, seconds=1.0)
    monkeypatch.setattr(running, "BOUNDS", quick)
    async with asyncio.timeout(GUARD_SECONDS):
        yield
