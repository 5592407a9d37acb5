"""Asking a provider whether it accepts a key."""

import asyncio
from dataclasses import replace
from functools import partial

import pytest
from django.core.cache import cache

from agents.engines import registry
from agents.engines.access import Access, Credentials
from agents.providers.credential_checks import check_engine, check_secret, models_of
from testing.providers.http_server import Answer, HttpServer, Request
from voicex.errors import EngineError, EngineReason, EngineRefused

KEY = "sk-right0123456789"


async def models(request: Request, answer: Answer) -> None:
    """A list of models for who has KEY."""
    is_right = request.headers.get("authorization") == f"Bearer {KEY}"
    told = {"object": "list", "data": []} if is_right else {"error": {"message": "no", "code": "x"}}
    await answer.send_json(told, 200 if is_right else 401)


async def test_a_right_key_passes_and_a_wrong_one_is_refused(settings):
    async with HttpServer(models) as server:
        settings.ALLOW_PRIVATE_ENDPOINTS = True
        check = partial(check_secret, "openai", endpoint=f"{server.origin}/v1")
        await asyncio.to_thread(check, KEY)
        with pytest.raises(EngineRefused) as refused:
            await asyncio.to_thread(check, "sk-wrong0123456789")
    assert refused.value.reason == EngineReason.KEY_REFUSED
    assert [each.path for each in server.requests] == ["/v1/models", "/v1/models"]


async def test_a_server_without_a_list_of_models_lets_every_key_pass():
    async def none(_request: Request, answer: Answer) -> None:
        await answer.send_json({"error": {"message": "no such page"}}, 404)

    async with HttpServer(none) as server:
        given = Credentials({"openai": Access(KEY, f"{server.origin}/v1")})
        await asyncio.to_thread(check_engine, "openai", given)


async def test_a_key_of_the_platform_is_asked_about_once_a_minute():
    cache.clear()
    async with HttpServer(models) as server:
        right = Credentials({"openai": Access(KEY, f"{server.origin}/v1")})
        wrong = Credentials({"openai": Access("sk-wrong", f"{server.origin}/v1")})
        for _ in range(3):
            await asyncio.to_thread(check_engine, "openai", right)
            assert await asyncio.to_thread(models_of, "openai", right) == frozenset()
        assert len(server.requests) == 2  # one for each question
        for _ in range(2):  # what is refused is not kept: it may be mended meanwhile
            with pytest.raises(EngineRefused):
                await asyncio.to_thread(check_engine, "openai", wrong)
        own = Credentials(
            {"openai": replace(right.of("openai"), is_of_client=True, may_be_private=True)}
        )
        for _ in range(2):
            await asyncio.to_thread(check_engine, "openai", own)
        assert len(server.requests) == 6


def test_a_provider_out_of_reach_is_no_refusal(settings):
    settings.ALLOW_PRIVATE_ENDPOINTS = True
    with pytest.raises(EngineError) as failed:
        check_secret("openai", KEY, endpoint="http://127.0.0.1:9/v1")
    assert not isinstance(failed.value, EngineRefused)
    assert failed.value.reason == EngineReason.UNREACHABLE
    with pytest.raises(EngineError) as failed:
        check_engine("google", Credentials({"google": Access(endpoint="http://127.0.0.1:9")}))
    assert not isinstance(failed.value, EngineRefused)


def test_text_that_is_no_service_account_is_refused_without_asking():
    with pytest.raises(EngineRefused):
        check_secret("google", '{"type": "service_account"}')


def test_a_provider_whose_package_is_missing_cannot_be_asked(monkeypatch, tmp_path):
    (tmp_path / "voicex_asks_by_a_package.py").write_text("import package_that_is_not_there\n")
    monkeypatch.syspath_prepend(tmp_path)
    card = registry.EngineSpec(check="voicex_asks_by_a_package")
    monkeypatch.setitem(registry.ENGINES, "broken", card)
    with pytest.raises(EngineError) as failed:
        check_engine("broken", Credentials({}))
    assert failed.value.reason == EngineReason.MISSING
