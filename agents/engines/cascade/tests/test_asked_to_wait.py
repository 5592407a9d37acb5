"""Providers that say how long to wait: they are asked again after that, and not before."""

import asyncio

import pytest

from agents.engines.cascade import model_requests, speaking
from agents.engines.cascade.tests.answering import answering
from agents.engines.events import ResponseEnded, ResponseFailed
from agents.engines.health import PartHealth, engine_health
from testing.conversations.virtual_loop import on_virtual_clock
from testing.engines import StubLanguageModel, StubTextToSpeech
from testing.setups import QUESTION
from voicex.errors import EngineBusy, EngineError, EngineRefused


async def timed(answers):
    """How the answer ended, and after how many seconds."""
    clock = asyncio.get_running_loop().time
    asked_at = clock()
    answers.cascade.respond("r1", QUESTION)
    return await answers.done(), clock() - asked_at


@pytest.mark.parametrize("kind", [EngineBusy, EngineError])
@on_virtual_clock
async def test_a_model_is_asked_again_when_it_said(kind):
    busy = [kind(wait_seconds=0.25)]
    llm = StubLanguageModel(busy, busy, ["Nine."])
    async with answering(llm=llm) as answers:
        ended, seconds = await timed(answers)
    assert ended == ResponseEnded("r1")
    assert answers.texts() == ["Nine."]
    assert 0.5 <= seconds < 2
    assert len(llm.asked) == 3


@on_virtual_clock
async def test_a_model_that_says_at_once_is_not_asked_without_a_pause(monkeypatch):
    monkeypatch.setattr(model_requests, "MOST_ASKED", 3)
    llm = StubLanguageModel(*[[EngineBusy(wait_seconds=0.0)]] * 9)
    async with answering(llm=llm) as answers:
        ended, seconds = await timed(answers)
    assert ended == ResponseFailed("r1", "EngineBusy")
    assert len(llm.asked) == 3
    assert seconds >= 2 * model_requests.LEAST_WAIT_SECONDS


@on_virtual_clock
async def test_nobody_waits_for_longer_than_a_caller_does():
    llm = StubLanguageModel([EngineBusy(wait_seconds=3_600.0)], ["Never."])
    async with answering(llm=llm) as answers:
        ended, seconds = await timed(answers)
    assert ended == ResponseFailed("r1", "EngineBusy")
    assert len(llm.asked) == 1
    assert seconds < 1


@on_virtual_clock
async def test_a_server_that_fails_for_long_is_asked_once_more_at_once():
    llm = StubLanguageModel([EngineError(wait_seconds=3_600.0)], ["Nine."])
    async with answering(llm=llm) as answers:
        ended, seconds = await timed(answers)
    assert ended == ResponseEnded("r1")
    assert seconds < 1
    failing = StubLanguageModel(*[[EngineError(wait_seconds=3_600.0)]] * 2, ["Never."])
    async with answering(llm=failing) as answers:
        ended, _ = await timed(answers)
    assert ended == ResponseFailed("r1", "EngineError")
    assert len(failing.asked) == 2


@on_virtual_clock
async def test_a_limit_of_one_tenant_counts_once_for_an_answer(monkeypatch):
    """What a part's health says is shown for the provider, whose other tenants are served."""
    monkeypatch.setattr(model_requests, "LEAST_WAIT_SECONDS", 0.01)
    health = PartHealth("llm", "openai")
    monkeypatch.setattr(engine_health, "part", lambda *_: health)
    llm = StubLanguageModel(*[[EngineBusy(wait_seconds=0.0)]] * 5, ["Nine."])
    async with answering(llm=llm) as answers:
        ended, _ = await timed(answers)
    assert ended == ResponseEnded("r1")
    assert len(llm.asked) == 6
    assert health.summary().failures == 1


@on_virtual_clock
async def test_a_refusal_after_a_wait_is_one():
    llm = StubLanguageModel([EngineBusy(wait_seconds=0.2)], [EngineRefused()], ["Never."])
    async with answering(llm=llm) as answers:
        ended, _ = await timed(answers)
    assert ended == ResponseFailed("r1", "EngineRefused")


@on_virtual_clock
async def test_a_voice_that_asks_for_a_moment_is_waited_for():
    tts, fallback = StubTextToSpeech([EngineBusy(wait_seconds=0.3)]), StubTextToSpeech()
    async with answering(tts=tts, fallback=fallback) as answers:
        ended, seconds = await timed(answers)
    assert ended == ResponseEnded("r1")
    assert seconds >= 0.3
    assert len(tts.spoken) == 2
    assert fallback.spoken == []


@on_virtual_clock
async def test_a_voice_that_asks_for_longer_rests_while_another_speaks():
    tts, fallback = StubTextToSpeech([EngineBusy(wait_seconds=60.0)]), StubTextToSpeech()
    llm = StubLanguageModel(["One. ", "Two. ", "Three."])
    async with answering(llm=llm, tts=tts, fallback=fallback) as answers:
        ended, seconds = await timed(answers)
    assert ended == ResponseEnded("r1")
    assert seconds < 1
    assert tts.spoken == ["One."]
    assert fallback.spoken == ["One.", "Two.", "Three."]


@on_virtual_clock
async def test_the_only_voice_that_fails_is_asked_once_more_whatever_it_says():
    tts = StubTextToSpeech([EngineError(wait_seconds=3_600.0)])
    async with answering(fallback=tts, voice="local") as answers:
        ended, _ = await timed(answers)
    assert ended == ResponseEnded("r1")
    assert len(tts.spoken) == 2


@on_virtual_clock
async def test_the_only_voice_is_waited_for_longer(monkeypatch):
    monkeypatch.setattr(speaking, "SHORT_WAIT_SECONDS", 0.1)
    tts = StubTextToSpeech([EngineBusy(wait_seconds=0.3)])
    async with answering(fallback=tts, voice="local") as answers:
        ended, seconds = await timed(answers)
    assert ended == ResponseEnded("r1")
    assert seconds >= 0.3
