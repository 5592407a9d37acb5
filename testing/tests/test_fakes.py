"""The fakes can be configured, and run in processes of their own."""

import json
import re
import urllib.request

import pytest

from agents.engines.access import Access, Credentials
from agents.engines.google import tts as google_tts
from agents.engines.model_events import TextDelta
from agents.engines.openai import llm
from agents.engines.openai import tts as openai_tts
from agents.engines.scripted.engines import tone_mulaw
from testing.guard import GUARD_SECONDS
from testing.providers.behaviour import Behaviour
from testing.providers.openai_server import OpenAIServer
from testing.services.process import running
from testing.setups import QUESTION, setup
from voicex.errors import EngineError, EngineRefused


def ask(url, changes=None):
    """GET, or POST of `changes`, to a fake's control path."""
    body = json.dumps(changes).encode() if changes is not None else None
    with urllib.request.urlopen(
        urllib.request.Request(url, data=body), timeout=GUARD_SECONDS
    ) as answer:
        return json.load(answer)


@pytest.mark.services
async def test_the_openai_fake_in_a_process_obeys_and_reports():
    with running("openai_server", llm_ms=0, token_ms=0) as url:
        control = url.removesuffix("/v1") + "/fake"
        assert ask(f"{control}/behaviour", {"replies": ["Yes."]})["llm_ms"] == 0
        model = llm.make_llm(setup(Credentials({"openai": Access(endpoint=url)})))
        events = [event async for event in model.reply(QUESTION)]
        await openai_tts.aclose()
        (listed,) = [item for item in ask(f"{control}/requests") if item["part"]]
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == "Yes."
    assert listed["part"] == "llm"
    assert listed["body"]["messages"][-1]["content"] == "When do you close?"
    assert listed["is_answered"]


@pytest.mark.services
async def test_the_google_fake_in_a_process_speaks():
    with running("google_tts_server", tts_ms=0, ms_per_character=20) as url:
        tts = google_tts.make_tts(setup(Credentials({"google": Access(endpoint=url)})))
        heard = b"".join([chunk async for chunk in tts.speak("Hello there.")])
        await google_tts.aclose()
    assert heard == tone_mulaw(12 * 20)


def test_a_behaviour_that_does_not_exist_is_a_mistake_in_the_test():
    with pytest.raises(TypeError):
        Behaviour.from_json('{"tts_seconds": 1}')
    with pytest.raises(KeyError):
        Behaviour().update({"tts_seconds": 1})


async def test_a_path_that_openai_does_not_have_is_not_found():
    async with OpenAIServer(Behaviour.at_once()) as server:
        credentials = Credentials({"openai": Access(endpoint=server.origin)})  # without /v1
        model = llm.make_llm(setup(credentials))
        with pytest.raises(EngineRefused) as refused:
            _ = [event async for event in model.reply(QUESTION)]
        assert re.search(r"404.*no such endpoint", refused.value.detail)
        await openai_tts.aclose()


async def test_an_odd_answer_is_given_by_name_for_each_request_or_for_the_first():
    async with OpenAIServer(Behaviour.at_once(odd={"llm": ["empty_body", ""]})) as server:
        model = llm.make_llm(setup(Credentials({"openai": Access(endpoint=server.url)})))
        with pytest.raises(EngineError):
            _ = [event async for event in model.reply(QUESTION)]
        assert [event async for event in model.reply(QUESTION)]
        server.behaviour.odd = {"llm": "empty_body"}
        with pytest.raises(EngineError):
            _ = [event async for event in model.reply(QUESTION)]
        await openai_tts.aclose()


async def test_an_odd_answer_is_given_as_long_as_it_applies():
    async with OpenAIServer(Behaviour.at_once(odd={"llm": "no_temperature"})) as server:
        credentials = Credentials({"openai": Access(endpoint=server.url)})
        model = llm.make_llm(setup(credentials))
        assert [event async for event in model.reply(QUESTION)]
        await openai_tts.aclose()
