"""Models of one's own servers are asked for a token every four minutes while agents use them."""

import pytest

from agents.engines import registry
from agents.engines.access import Access, Credentials
from agents.engines.openai import llm
from agents.engines.openai import model_keepalive as kept
from agents.engines.openai.model_keepalive import (
    EVERY_SECONDS,
    MAX_MODELS,
    USED_SECONDS,
    ModelKeepalive,
    is_paid,
)
from testing.clock import Clock
from testing.providers.openai_at_once import openai_at_once
from testing.setups import QUESTION, setup

OLLAMA = Access(endpoint="http://ollama.lan:11434/v1")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def models(clock):
    return ModelKeepalive(clock)


@pytest.fixture
async def server():
    async with openai_at_once() as fake:
        yield fake


def test_a_model_is_due_four_minutes_after_it_was_asked_for_anything(models, clock):
    models.asked(OLLAMA, "llama3.2")
    clock.now += EVERY_SECONDS - 1
    assert models.due() == []
    clock.now += 1
    assert models.due() == [(OLLAMA, "llama3.2")]
    assert models.due() == []
    clock.now += EVERY_SECONDS
    assert models.due() == [(OLLAMA, "llama3.2")]


def test_a_call_does_for_the_model_what_a_token_would(models, clock):
    models.asked(OLLAMA, "llama3.2")
    clock.now += EVERY_SECONDS - 1
    models.asked(OLLAMA, "llama3.2")
    clock.now += EVERY_SECONDS - 1
    assert models.due() == []


def test_a_model_that_is_not_used_any_more_may_be_unloaded(models, clock):
    models.asked(OLLAMA, "llama3.2")
    clock.now += USED_SECONDS + 1
    assert models.due() == []
    clock.now += EVERY_SECONDS
    assert models.due() == []


def test_a_model_that_agents_use_is_kept_without_calls(models, clock):
    asked = 0
    for _ in range(40):
        models.wanted(OLLAMA, "llama3.2")
        clock.now += EVERY_SECONDS
        asked += len(models.due())
    assert asked == 40


def test_no_more_models_are_kept_than_fit(models, clock):
    for number in range(MAX_MODELS + 5):
        models.asked(OLLAMA, f"model {number}")
    clock.now += EVERY_SECONDS
    assert len(models.due()) == MAX_MODELS


@pytest.mark.parametrize(
    ("endpoint", "paid"),
    [
        ("", True),
        ("https://res.openai.azure.com/openai/deployments/x?api-version=1", True),
        ("https://api.groq.com/openai/v1", True),
        ("https://openrouter.ai/api/v1", True),
        ("http://localhost:11434/v1", False),
        ("https://llm.example/v1", False),
        ("https://notgroq.com/v1", False),
    ],
)
def test_a_provider_that_is_paid_for_each_token_is_left_alone(models, clock, endpoint, paid):
    access = Access("sk-x", endpoint)
    assert is_paid(access) is paid
    models.asked(access, "m")
    clock.now += EVERY_SECONDS
    assert bool(models.due()) is not paid


async def test_a_model_that_answered_a_caller_is_asked_for_one_token_later(
    server, models, clock, monkeypatch
):
    monkeypatch.setattr(llm, "model_keepalive", models)
    credentials = Credentials({"openai": Access(endpoint=server.url)})
    model = llm.make_llm(setup(credentials, options={"openai.llm_model": "llama3.2"}))
    assert [event async for event in model.reply(QUESTION)]
    await registry.keep((), credentials)
    assert len(server.asked("llm")) == 1
    clock.now += EVERY_SECONDS
    await registry.keep((), credentials)
    token = server.asked("llm")[1].json
    assert (token["model"], token["max_tokens"]) == ("llama3.2", 1)
    assert len(server.asked("llm")) == 2


async def test_the_platforms_model_is_kept_while_agents_use_it(server, models, clock, monkeypatch):
    monkeypatch.setattr(llm, "model_keepalive", models)
    credentials = Credentials({"openai": Access(endpoint=server.url)}, {"openai.llm_model": "phi"})
    await registry.keep({"local"}, credentials)
    clock.now += EVERY_SECONDS
    await registry.keep({"openai"}, credentials)
    assert server.asked("llm") == []
    clock.now += EVERY_SECONDS
    await registry.keep({"openai"}, credentials)
    assert [request.json["model"] for request in server.asked("llm")] == ["phi"]


@pytest.mark.parametrize("name", ["html", "hangs_up", "error_body", "json_null", "no_content"])
async def test_a_server_that_gives_no_token_troubles_nothing(server, name):
    server.behaviour.odd = {"llm": name}
    await kept.load(Access(endpoint=server.url), "m")
    assert len(server.asked("llm")) == 1


async def test_an_address_that_no_client_takes_troubles_nothing():
    await kept.load(Access(endpoint="http://[::1"), "m")
