"""Whole calls on OpenAI's and Google's SDKs, against servers that speak their protocols."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult
from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.sound.voices import spoken
from testing.services.process import running as running_fake
from testing.services.service import Service, running
from testing.sound.heard import assert_heard_everything

pytestmark = pytest.mark.models

REPLY = "We open at nine on weekdays. Is there anything else I can do for you?"


@pytest.fixture(scope="module")
def openai_url() -> Iterator[str]:
    with running_fake("openai_server", transcripts=["when do you open"], replies=[REPLY]) as url:
        yield url


@pytest.fixture(scope="module")
def google_url() -> Iterator[str]:
    with running_fake("google_tts_server") as url:
        yield url


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory) -> Utterance:
    directory: Path = tmp_path_factory.mktemp("voices")
    return asyncio.run(spoken("Hello, when do you open?", cache_dir=directory))


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, openai_url: str, google_url: str
) -> Iterator[Service]:
    with running(
        tmp_path_factory.mktemp("providers"),
        engines="openai",
        DEFAULT_TTS="google",
        OPENAI_BASE_URL=openai_url,
        OPENAI_API_KEY="sk-canary-0123456789abcdef",
        GOOGLE_TTS_ENDPOINT=google_url,
    ) as service:
        yield service


def webhook(service: Service, org: str, **engines: str) -> str:
    flags = [f"--{kind}={engine}" for kind, engine in engines.items()]
    return service.manage_json("bootstrap", "--org", org, *flags)["webhook_url"]


def call(webhook_url: str, question: Utterance) -> CallResult:
    [result] = calls((webhook_url,), question)
    return result


def calls(webhook_urls: Sequence[str], question: Utterance) -> list[CallResult]:
    """A call of each at the same time."""

    async def place_all() -> list[CallResult]:
        plans = [CallPlan(webhook=url, utterances=(question,)) for url in webhook_urls]
        return await asyncio.gather(*map(place_call, plans))

    results = asyncio.run(place_all())
    for result in results:
        assert_heard_everything(result)
    return results


@pytest.fixture(scope="module")
def reports(service: Service, question: Utterance, openai_url: str) -> list[dict[str, Any]]:
    """What was kept of a call on OpenAI for everything, and of one with Google's voice."""
    httpx.post(f"{openai_url.removesuffix('/v1')}/fake/behaviour", json={"replies": [REPLY] * 9})
    urls = (
        webhook(service, "All OpenAI", stt="openai", llm="openai", tts="openai"),
        webhook(service, "Google's voice", stt="scripted", llm="scripted", tts="google"),
    )
    return [service.report(result.call_sid) for result in calls(urls, question)]


def test_a_call_on_openai_for_everything(reports):
    kept, _ = reports
    assert kept["engines"] == {"stt": "openai", "llm": "openai", "tts": "openai"}
    assert kept["turns"][-1]["text"] == kept["turns"][-1]["heard_text"] == REPLY
    assert {line["component"] for line in kept["ledger"]} >= {"stt", "llm_in", "llm_out", "tts"}


def test_a_call_with_googles_voice(reports):
    _, kept = reports
    assert kept["engines"]["tts"] == "google"
    assert kept["turns"][-1]["heard_text"]


def test_a_call_on_a_server_that_has_only_mp3(tmp_path, openai_url, question):
    with running(
        tmp_path,
        engines="openai",
        OPENAI_BASE_URL=openai_url,
        OPENAI_API_KEY="sk-x",
        OPENAI_TTS_FORMAT="mp3",
    ) as service:
        url = webhook(service, "MP3", stt="scripted", llm="scripted", tts="openai")
        kept = service.report(call(url, question).call_sid)
    assert kept["turns"][-1]["heard_text"]


def test_a_voice_that_fails_is_replaced_for_the_greeting_and_the_answer(tmp_path, question):
    with (
        running_fake("openai_server", faults={"tts": "500"}) as url,
        # Before it is ready it has loaded the local voice, and OpenAI's SDK for its own model.
        running(
            tmp_path, DEFAULT_LLM="openai", OPENAI_BASE_URL=url, OPENAI_API_KEY="sk-x"
        ) as service,
    ):
        webhook_url = webhook(service, "Broken voice", stt="scripted", llm="scripted", tts="openai")
        plan = CallPlan(webhook=webhook_url, utterances=(question,))
        result = asyncio.run(place_call(plan))
        kept = service.report(result.call_sid)
    said = [turn["heard_text"] for turn in kept["turns"] if turn["role"] == "agent"]
    assert said[0].startswith("Hello")
    assert "today" in "".join(said[1:])


def test_no_key_reaches_the_log(service):
    assert "sk-canary" not in service.log.read_text()
    assert "vx_" not in service.log.read_text()
