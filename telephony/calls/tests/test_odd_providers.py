"""A call whose providers answer oddly: the caller hears words, and the line stays open."""

import asyncio
import math

import numpy as np
import pytest

from agents.engines.access import Access, Credentials
from agents.engines.openai import llm, stt, tts
from agents.speech.audio import mulaw
from agents.speech.audio.first_bytes import is_noise
from testing.calls.harness import running_call
from testing.engines import StubLanguageModel
from testing.guard import GUARD_SECONDS
from testing.odd_answers import speech, transcription
from testing.providers.behaviour import Behaviour
from testing.providers.openai_server import OpenAIServer
from testing.providers.threaded import in_a_thread
from testing.setups import setup

pytestmark = pytest.mark.slow  # whole calls, one for each odd answer that the engines' tests read

QUESTION = "Wann schließen Sie?"
ANSWER = "We are open until six today."
ANSWER_MS = len(ANSWER) * 60


@pytest.fixture
async def server():
    # On a loop of its own: what a call leaves running on this one is looked at.
    with in_a_thread(OpenAIServer(Behaviour.at_once(transcripts=[QUESTION] * 9))) as fake:
        async with asyncio.timeout(GUARD_SECONDS):
            yield fake
            await tts.aclose()


def engines(server):
    made_from = setup(
        Credentials({"openai": Access(endpoint=server.url)}, {"openai.stt_model": "whisper-1"})
    )
    return {"stt": stt.make_stt(made_from), "llm": StubLanguageModel([ANSWER, " Bye!"])}


async def asks(call):
    """The caller asks something and waits for what is said to it: its audio."""
    await call.greeted()
    heard = len(call.stream.audio)
    await call.caller_speaks(25)
    await call.caller_is_silent()
    await call.stream.until(lambda: len(call.stream.audio) > heard + 2_000)
    return bytes(call.stream.audio[heard:])


@pytest.mark.parametrize("name", transcription.WORDS)
async def test_what_was_said_is_in_the_transcript_in_whatever_form_it_came(server, name):
    server.behaviour.odd = {"stt": name}
    async with running_call(**engines(server)) as (call, task):
        await asks(call)
        assert not task.done()
        call.stream.stops()
    assert [turn["text"] for turn in call.records.turns()][1] == QUESTION


@pytest.mark.parametrize("name", transcription.FAILURES)
async def test_an_invalid_transcription_is_requested_again_and_not_in_the_transcript(server, name):
    server.behaviour.odd = {"stt": name}
    async with running_call(**engines(server)) as (call, task):
        await asks(call)
        assert not task.done()
        call.stream.stops()
    assert {str(turn["role"]) for turn in call.records.turns()} == {"agent"}


@pytest.mark.parametrize("name", [*speech.NO_SOUND, *speech.BROKEN_OFF, "wav", "mp3"])
async def test_an_odd_voice_is_never_heard_as_noise_and_ends_no_call(server, name):
    server.behaviour.odd = {"tts": ["", name, name, name]}
    voice = tts.make_tts(setup(Credentials({"openai": Access(endpoint=server.url)})))
    greeting = "Hello, how can I help you today?"
    async with running_call(tts=voice, greeting=greeting, **engines(server)) as (call, task):
        audio = await asks(call)
        assert not task.done()
        call.stream.stops()
    samples = mulaw.decode(audio)
    assert not is_noise(samples)
    assert math.sqrt(np.mean(samples.astype(np.float64) ** 2)) > 500


@pytest.mark.parametrize("name", ["call_of_gemini", "call_of_deepseek"])
async def test_what_came_with_a_call_goes_through_the_call_and_back(server, name):
    server.behaviour.odd = {"llm": name}
    server.behaviour.replies = [ANSWER] * 9
    model = llm.make_llm(setup(Credentials({"openai": Access(endpoint=server.url)})))
    async with running_call(**{**engines(server), "llm": model}) as (call, task):
        await asks(call)
        assert not task.done()
        call.stream.stops()
    said = [str(turn["text"]) for turn in call.records.turns()]
    assert ANSWER in said
    last = server.asked("llm")[-1].json["messages"]
    assert [each["role"] for each in last][-2:] == ["assistant", "tool"]
