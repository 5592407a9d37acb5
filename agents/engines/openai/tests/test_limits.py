"""Servers that have no time for a request, and say until when, through the real SDK."""

from dataclasses import replace

import pytest

from agents.engines.access import Access, Credentials
from agents.engines.openai import llm, stt, tts
from agents.engines.scripted.engines import tone_mulaw
from testing.odd_answers import limits
from testing.odd_answers.answer import always
from testing.providers import openai_server
from testing.providers.openai_at_once import openai_at_once
from testing.setups import QUESTION, setup
from voicex.errors import EngineBusy, EngineError, EngineReason, EngineRefused


@pytest.fixture
async def server():
    async with openai_at_once() as fake:
        yield fake


async def ask(server, part):
    made_from = setup(Credentials({"openai": Access(endpoint=server.url)}))
    if part == "stt":
        return await stt.make_stt(made_from).transcribe(tone_mulaw(500))
    if part == "llm":
        return [event async for event in llm.make_llm(made_from).reply(QUESTION)]
    return [chunk async for chunk in tts.make_tts(made_from).speak("Hello there.")]


async def refused(server, part, name):
    """The error of a request that is refused in that way."""
    server.behaviour.odd = {part: name}
    with pytest.raises(EngineError) as caught:
        await ask(server, part)
    return caught.value


@pytest.mark.parametrize("name", limits.WAITED)
async def test_how_long_to_wait_is_read_from_whatever_says_it(server, name, monkeypatch):
    always_so = replace(limits.WAITED[name], applies=always)
    monkeypatch.setitem(openai_server.ODD["llm"], name, always_so)
    error = await refused(server, "llm", name)
    assert error.retryable
    assert error.wait_seconds is not None
    assert 0 <= error.wait_seconds <= 2.1
    if "loading" not in name and name != "unavailable":
        assert isinstance(error, EngineBusy)


async def test_an_estimate_of_loading_is_read_beside_the_error(server, monkeypatch):
    always_so = replace(limits.WAITED["loading_for_seconds"], applies=always)
    monkeypatch.setitem(openai_server.ODD["llm"], "loading_for_seconds", always_so)
    error = await refused(server, "llm", "loading_for_seconds")
    assert error.wait_seconds == pytest.approx(0.7)


@pytest.mark.parametrize(
    "said",
    [
        {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}},
        {"error": {"message": "Insufficient Balance", "code": "invalid_request_error"}},
    ],
)
async def test_an_account_without_credit_is_refused_whatever_wait_a_gateway_names(
    server, monkeypatch, said
):
    answer = limits.refused(said, headers=lambda: {"Retry-After": "1"})
    monkeypatch.setitem(openai_server.ODD["llm"], "no_credit", replace(answer, applies=always))
    error = await refused(server, "llm", "no_credit")
    assert isinstance(error, EngineRefused)
    assert error.reason is EngineReason.LIMIT


async def test_a_limit_in_the_stream_of_an_answer_is_one(server, monkeypatch):
    always_so = replace(limits.STREAMED["limit_in_its_stream"], applies=always)
    monkeypatch.setitem(openai_server.ODD["llm"], "limit_in_its_stream", always_so)
    error = await refused(server, "llm", "limit_in_its_stream")
    assert isinstance(error, EngineBusy)
    assert error.wait_seconds == pytest.approx(0.4)


@pytest.mark.parametrize("part", ["stt", "tts"])
async def test_ears_and_voices_are_told_the_same(server, part):
    error = await refused(server, part, "retry_after_an_hour")
    assert isinstance(error, EngineBusy)
    assert error.wait_seconds == 3_600


@pytest.mark.parametrize("name", ["retry_after_hours_in_words", "used_up", "used_up_for_the_day"])
async def test_what_no_call_lasts_for_is_a_refusal(server, name):
    error = await refused(server, "llm", name)
    assert isinstance(error, EngineRefused)
    assert error.reason is EngineReason.LIMIT
