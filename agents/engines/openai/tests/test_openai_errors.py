"""Whatever the provider does wrong becomes an EngineError with the right verdict."""

import httpx2
import pytest

from agents.engines.access import Access, Credentials
from agents.engines.openai import client, errors, llm, stt, tts
from agents.engines.scripted.engines import tone_mulaw
from testing.providers.openai_at_once import openai_at_once
from testing.providers.openai_server import OpenAIServer
from testing.setups import QUESTION, setup
from voicex import logs
from voicex.errors import (
    EngineBrokeOff,
    EngineBusy,
    EngineError,
    EngineReason,
    EngineRefused,
    EngineTimeout,
)


@pytest.fixture
async def server():
    async with openai_at_once() as fake:
        yield fake


async def ask(part, url, key="", tts_format="pcm"):
    """One request to one of the three engines."""
    return await ask_with(
        part, Credentials({"openai": Access(key, url)}, {"openai.tts_format": tts_format})
    )


async def ask_with(part, credentials):
    made_from = setup(credentials)
    if part == "stt":
        return await stt.make_stt(made_from).transcribe(tone_mulaw(500))
    if part == "llm":
        return [event async for event in llm.make_llm(made_from).reply(QUESTION)]
    return [chunk async for chunk in tts.make_tts(made_from).speak("Hello there.")]


PARTS = pytest.mark.parametrize("part", ["stt", "llm", "tts"])


@PARTS
@pytest.mark.parametrize(
    ("fault", "error", "reason"),
    [
        ("400", EngineRefused, EngineReason.REQUEST_REFUSED),
        ("401", EngineRefused, EngineReason.KEY_REFUSED),
        ("429", EngineBusy, EngineReason.LIMIT),
        ("500", EngineError, EngineReason.FAILED),
        ("503", EngineError, EngineReason.FAILED),
        ("cut", EngineError, None),
    ],
)
async def test_a_fault_of_the_provider_is_named_and_not_retried(server, part, fault, error, reason):
    server.behaviour.faults = {part: fault}
    with pytest.raises(EngineError) as raised:
        await ask(part, server.url)
    in_the_middle = fault == "cut" and part == "tts"
    assert type(raised.value) is (EngineBrokeOff if in_the_middle else error)
    assert reason in (None, raised.value.reason)
    assert len(server.asked(part)) == 1


async def test_an_mp3_that_breaks_off_is_an_error(server):
    server.behaviour.faults = {"tts": "cut"}
    with pytest.raises(EngineError) as failed:
        await ask("tts", server.url, tts_format="mp3")
    assert "openai, the voice" in failed.value.detail


@PARTS
async def test_a_provider_that_never_answers_is_given_up(server, part, monkeypatch):
    monkeypatch.setattr(client, "TIMEOUT", httpx2.Timeout(5, read=0.05))
    monkeypatch.setattr(llm, "READ_SECONDS", 0.05)
    server.behaviour.faults = {part: "hang"}
    with pytest.raises(EngineTimeout):
        await ask(part, server.url)
    await server.asked(part)[0].hung_up.wait()


async def test_a_transcription_has_a_limit_for_all_of_it(server, monkeypatch):
    monkeypatch.setattr(stt, "TOTAL_SECONDS", 0.01)
    server.behaviour.faults = {"stt": "hang"}
    with pytest.raises(EngineTimeout):
        await ask("stt", server.url)


@PARTS
async def test_a_server_that_is_not_there_is_an_error(part):
    async with OpenAIServer() as gone:
        url = gone.url
    with pytest.raises(EngineError) as failed:
        await ask(part, url)
    assert failed.value.reason == EngineReason.UNREACHABLE
    await client.aclose()


@PARTS
@pytest.mark.parametrize("is_of_client", [False, True])
async def test_a_redirect_is_not_followed(server, monkeypatch, part, is_of_client):
    async with OpenAIServer() as elsewhere:

        async def leads_away(request, answer):
            await answer.redirect(f"{elsewhere.origin}{request.path}", status=307)

        monkeypatch.setattr(server, "_handler", leads_away)
        access = Access("sk-x", server.url, is_of_client=is_of_client, may_be_private=True)
        with pytest.raises(EngineRefused) as refused:
            await ask_with(part, Credentials({"openai": access}))
        assert refused.value.reason == EngineReason.UNREADABLE
        assert elsewhere.connections == 0


@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        (400, "API key not valid. Please pass a valid API key.", EngineReason.KEY_REFUSED),
        (400, "Invalid model name passed in model=x", EngineReason.MODEL_UNKNOWN),
        (400, "The model `x` has been decommissioned", EngineReason.MODEL_UNKNOWN),
        (403, "Your credit balance is too low", EngineReason.LIMIT),
        (413, "Request too large: rate_limit_exceeded", EngineReason.LIMIT),
        (400, "The prompt is odd", EngineReason.REQUEST_REFUSED),
    ],
)
async def test_why_a_server_refused_is_read_in_its_words(server, status, message, reason):
    async def refuse(request, answer):
        await answer.send_json([{"error": {"message": message}}], status)

    server._handler = refuse
    with pytest.raises(EngineRefused) as raised:
        await ask("llm", server.url)
    assert raised.value.reason is reason
    assert message in raised.value.detail


@pytest.mark.parametrize("status", [409, 425, 498])
@pytest.mark.parametrize("body", [{"error": "not now"}, {"detail": "not now"}, ["not now"]])
async def test_temporary_errors_are_retryable(server, status, body):
    async def refuse(request, answer):
        await answer.send_json(body, status)

    server._handler = refuse
    with pytest.raises(EngineError) as raised:
        await ask("llm", server.url)
    assert raised.value.retryable
    assert f"{status} not now" in raised.value.detail


async def test_an_account_without_credit_is_not_worth_another_try(server, monkeypatch):
    async def no_credit(request, answer):
        error = {"message": "You exceeded your current quota", "code": "insufficient_quota"}
        await answer.send_json({"error": error}, 429)

    monkeypatch.setattr(server, "_handler", no_credit)
    with pytest.raises(EngineRefused) as raised:
        await ask("llm", server.url)
    assert not raised.value.retryable
    assert raised.value.reason == EngineReason.LIMIT
    assert "exceeded your current quota" in raised.value.detail


async def test_a_key_that_the_provider_repeats_does_not_reach_our_error(server, monkeypatch):
    key = "sk-proj-abcdefghijklmnop0123"

    async def repeats_the_key(request, answer):
        await answer.send_json({"error": {"message": f"Incorrect API key: {key}"}}, 401)

    monkeypatch.setattr(server, "_handler", repeats_the_key)
    with pytest.raises(EngineRefused) as raised:
        await ask("llm", server.url, key=key)
    assert str(raised.value) == "The provider rejected our key or our request."
    assert "Incorrect API key" in raised.value.detail
    assert key not in raised.value.detail


def test_only_the_beginning_of_a_long_error_is_searched_for_secrets(monkeypatch):
    lengths = []
    redacted = logs.redacted
    monkeypatch.setattr(logs, "redacted", lambda text: lengths.append(len(text)) or redacted(text))
    said = errors.short("Your key is sk-proj-0123456789abcdefghij. " + "{" * 100_000)
    assert said.startswith("Your key is ")
    assert "0123456789" not in said
    assert lengths == [errors.READ_CHARACTERS]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("on requests per day (RPD): Limit 10000. Please try again in 8.64s.", EngineBusy),
        ("on tokens per day (TPD): Limit 100000. Please try again in 7m12s.", EngineRefused),
        ("on requests per day (RPD): Limit 10000.", EngineRefused),
    ],
)
def test_a_limit_of_a_day_that_slides_is_waited_for(said, error):
    response = httpx2.Response(429, request=httpx2.Request("POST", "http://x.example"))
    failed = errors.openai.APIStatusError(f"Rate limit {said}", response=response, body=None)
    assert type(errors.refusal(failed, "an answer")) is error


@pytest.mark.parametrize(
    ("status", "said", "error", "reason"),
    [
        (529, "overloaded", EngineBusy, EngineReason.LIMIT),
        (
            403,
            "<!DOCTYPE html><title>Just a moment...</title>",
            EngineRefused,
            EngineReason.UNREADABLE,
        ),
        (403, "The key may not do that.", EngineRefused, EngineReason.KEY_REFUSED),
        (
            520,
            "<html>Web server is returning an unknown error</html>",
            EngineError,
            EngineReason.FAILED,
        ),
    ],
)
def test_an_error_page_of_a_proxy_is_not_a_refused_key(status, said, error, reason):
    response = httpx2.Response(status, request=httpx2.Request("POST", "http://x.example"))
    failed = errors.openai.APIStatusError(said, response=response, body=None)
    refused = errors.refusal(failed, "an answer")
    assert (type(refused), refused.reason) == (error, reason)
