"""What a process does before it takes its first call."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import clear_url_caches, get_resolver

from voicex import asgi


def test_no_code_is_imported_for_the_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which may be of a caller whose line was lost."""
    clear_url_caches()
    known: list[bool] = []

    async def start() -> Any:
        known.append("url_patterns" in vars(get_resolver()))
        raise asgi.VoicexError("enough")

    async def startup(message: Any = None) -> Any:
        return message

    monkeypatch.setattr(asgi, "Runtime", SimpleNamespace(start=start))
    asyncio.run(asgi.Lifespan()({"state": {}}, startup, startup))
    assert known == [True]
