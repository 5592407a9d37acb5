"""Whatever a transcription server answers: words, no words, or an error that is no words."""

import asyncio
import gzip
import json
from time import process_time

import pytest

from agents.engines.access import Access, Credentials
from agents.engines.openai import stt
from agents.engines.openai.server_habits import server_habits
from agents.engines.scripted.engines import tone_mulaw
from agents.speech.heard.events import HeardEvents
from testing.guard import GUARD_SECONDS
from testing.odd_answers import transcription
from testing.providers import openai_server
from testing.providers.behaviour import Behaviour
from testing.providers.openai_server import OpenAIServer, read_transcription
from testing.setups import setup
from voicex.errors import EngineError, EngineReason, EngineRefused, EngineTimeout

SAID = "Können Sie um 12:30 öffnen?"
UTTERANCE = tone_mulaw(1200)


@pytest.fixture
async def server():
    async with OpenAIServer(Behaviour.at_once(transcripts=[SAID] * 9)) as fake:
        async with asyncio.timeout(GUARD_SECONDS):
            yield fake
            await stt.aclose()


async def heard(server, model="whisper-1", **config):
    credentials = Credentials({"openai": Access(endpoint=server.url)}, {"openai.stt_model": model})
    return await stt.make_stt(setup(credentials, **config)).transcribe(UTTERANCE)


@pytest.mark.parametrize("name", transcription.WORDS)
async def test_words_are_heard_in_whatever_form_they_come(server, name):
    server.behaviour.odd = {"stt": name}
    assert await heard(server) == SAID


@pytest.mark.parametrize("name", transcription.NOTHING)
async def test_nothing_is_no_words_and_no_error(server, name):
    server.behaviour.odd = {"stt": name}
    assert await heard(server) == ""


@pytest.mark.parametrize("name", transcription.FAILURES)
async def test_an_invalid_transcription_is_an_error_and_never_words(server, name):
    server.behaviour.odd = {"stt": name}
    with pytest.raises(EngineError) as raised:
        await heard(server)
    assert raised.value.reason is EngineReason.UNREADABLE


async def test_an_answer_that_is_long_once_it_is_unpacked_is_not_read(server, monkeypatch):
    """It is parsed on the loop of all calls."""
    segments = [{"text": "We open at nine.", "start": 0.0, "end": 1.0}] * 4_000
    body = gzip.compress(json.dumps({"text": SAID, "segments": segments}).encode())
    assert len(body) < 4_000
    monkeypatch.setitem(openai_server.ODD["stt"], "bomb", transcription.answered(lambda _: body))
    server.behaviour.odd = {"stt": "bomb"}
    with pytest.raises(EngineError) as raised:
        await heard(server)
    assert raised.value.reason is EngineReason.UNREADABLE
    assert "unpacked" in raised.value.detail


async def test_an_answer_that_dribbles_is_late(server, monkeypatch):
    monkeypatch.setattr(stt, "TOTAL_SECONDS", 0.2)
    server.behaviour.odd = {"stt": "dribble"}
    with pytest.raises(EngineTimeout):
        await heard(server)


@pytest.mark.parametrize("name", transcription.REFUSED)
async def test_what_a_server_refuses_is_asked_for_in_another_way_and_remembered(server, name):
    server.behaviour.odd = {"stt": name}
    assert await heard(server) == SAID
    tries = len(server.asked("stt"))
    assert 2 <= tries <= 3
    assert await heard(server) == SAID
    assert len(server.asked("stt")) == tries + 1
    assert len(server_habits.known()) == 1


async def test_a_language_that_a_server_lacks_is_no_reason_to_keep_others_from_it(server):
    server.behaviour.odd = {"stt": "no_language"}
    await heard(server, language="en-US")
    server.behaviour.odd = {}
    await heard(server, language="de")
    sent = [read_transcription(request).fields.get("language") for request in server.asked("stt")]
    assert sent == ["en", None, "de"]


async def test_a_refusal_of_something_else_is_not_asked_again(server):
    server.behaviour.faults = {"stt": "400"}
    with pytest.raises(EngineRefused):
        await heard(server)
    assert len(server.asked("stt")) == 1


async def test_models_that_have_json_alone_are_not_asked_for_more(server):
    await heard(server, model="gpt-4o-mini-transcribe")
    assert read_transcription(server.asked("stt")[0]).fields["response_format"] == "json"


def test_an_event_costs_the_same_wherever_it_comes():
    def seconds(count):
        events = HeardEvents()
        began = process_time()
        for number in range(count):
            events.take({"is_final": True, "item_id": str(number), "text": f"w{number}"})
        return process_time() - began

    few = min(seconds(200) for _ in range(5))
    assert min(seconds(1_600) for _ in range(3)) < 24 * few  # 64 times as much if each cost more
