"""Whatever the provider does wrong becomes an EngineError with the right verdict."""

import asyncio

import httpx2
import pytest

from agents.engines import openai_client, openai_llm, openai_stt, openai_tts
from agents.engines.base import Credentials
from agents.engines.scripted import tone_mulaw
from tests.fakes.behaviour import Behaviour
from tests.fakes.openai_server import OpenAIServer
from tests.fakes.setups import QUESTION, setup
from tests.guard import GUARD_SECONDS
from voicex.errors import EngineBusy, EngineError, EngineRefused, EngineTimeout


@pytest.fixture
async def server():
    async with OpenAIServer(Behaviour.at_once()) as fake, asyncio.timeout(GUARD_SECONDS):
        yield fake
        await openai_tts.aclose()


async def ask(part, url, key="", tts_format="pcm"):
    """One request to one of the three engines."""
    credentials = Credentials(openai_base_url=url, openai_api_key=key, openai_tts_format=tts_format)
    made_from = setup(credentials)
    if part == "stt":
        return await openai_stt.make_stt(made_from).transcribe(tone_mulaw(500))
    if part == "llm":
        return [event async for event in openai_llm.make_llm(made_from).reply(QUESTION)]
    return [chunk async for chunk in openai_tts.make_tts(made_from).speak("Hello there.")]


PARTS = pytest.mark.parametrize("part", ["stt", "llm", "tts"])


@PARTS
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("400", EngineRefused),
        ("401", EngineRefused),
        ("429", EngineBusy),
        ("500", EngineError),
        ("503", EngineError),
        ("cut", EngineError),
    ],
)
async def test_a_fault_of_the_provider_is_named_and_not_retried(server, part, fault, error):
    server.behaviour.faults = {part: fault}
    with pytest.raises(EngineError) as raised:
        await ask(part, server.url)
    assert type(raised.value) is error
    assert len(server.asked(part)) == 1


async def test_an_mp3_that_breaks_off_is_an_error(server):
    server.behaviour.faults = {"tts": "cut"}
    with pytest.raises(EngineError, match="openai engine failed to give the voice"):
        await ask("tts", server.url, tts_format="mp3")


@PARTS
async def test_a_provider_that_never_answers_is_given_up(server, part, monkeypatch):
    monkeypatch.setattr(openai_client, "TIMEOUT", httpx2.Timeout(5, read=0.05))
    server.behaviour.faults = {part: "hang"}
    with pytest.raises(EngineTimeout):
        await ask(part, server.url)
    await server.asked(part)[0].hung_up.wait()


async def test_a_transcription_has_a_limit_for_all_of_it(server, monkeypatch):
    monkeypatch.setattr(openai_stt, "TOTAL_SECONDS", 0.01)
    server.behaviour.faults = {"stt": "hang"}
    with pytest.raises(EngineTimeout):
        await ask("stt", server.url)


@PARTS
async def test_a_server_that_is_not_there_is_an_error(part):
    async with OpenAIServer() as gone:
        url = gone.url
    with pytest.raises(EngineError, match="failed to give"):
        await ask(part, url)
    await openai_client.aclose()


async def test_an_account_without_credit_is_not_worth_another_try(server, monkeypatch):
    async def no_credit(request, answer):
        error = {"message": "You exceeded your current quota", "code": "insufficient_quota"}
        await answer.send_json({"error": error}, 429)

    monkeypatch.setattr(server, "_handler", no_credit)
    with pytest.raises(EngineRefused, match="exceeded your current quota") as raised:
        await ask("llm", server.url)
    assert not raised.value.retryable


async def test_a_key_that_the_provider_repeats_does_not_reach_our_error(server, monkeypatch):
    key = "sk-proj-abcdefghijklmnop0123"

    async def repeats_the_key(request, answer):
        await answer.send_json({"error": {"message": f"Incorrect API key: {key}"}}, 401)

    monkeypatch.setattr(server, "_handler", repeats_the_key)
    with pytest.raises(EngineRefused, match="Incorrect API key") as raised:
        await ask("llm", server.url, key=key)
    assert key not in str(raised.value)
