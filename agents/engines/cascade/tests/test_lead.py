"""Audio is made only so far ahead of the caller: what is unheard was bought and may be lost."""

import asyncio

import pytest

from agents.engines.cascade.playback_lead import BEGIN_MS, BYTES_PER_MS, MOST_MS
from agents.engines.cascade.tests.answering import Answering, answering
from agents.engines.events import AudioDelta, ResponseEnded
from agents.tools import hang_up
from testing.engines import LOUD, StubLanguageModel, StubTextToSpeech, settle
from testing.setups import QUESTION

SECONDS = 8_000  # bytes
TEN_SECONDS = [LOUD * (10 * SECONDS)]


def ahead_ms(answers: Answering, *, heard_ms: int = 0) -> int:
    return len(answers.audio()) // BYTES_PER_MS - heard_ms


async def test_an_answer_of_ten_minutes_is_spoken_as_far_ahead_as_it_is_heard():
    llm = StubLanguageModel([f"Sentence number {number}. " for number in range(60)])
    tts = StubTextToSpeech(*[TEN_SECONDS] * 60)
    async with answering(llm=llm, tts=tts) as answers:
        answers.cascade.respond("r1", QUESTION)
        await settle()
        assert len(tts.spoken) == BEGIN_MS // 10_000
        for heard_ms in range(0, 600_000, 5_000):
            answers.cascade.heard("r1", heard_ms)
            await settle()
            assert ahead_ms(answers, heard_ms=heard_ms) <= MOST_MS
        assert await answers.done() == ResponseEnded("r1")
    assert len(tts.spoken) == 60
    assert len(answers.audio()) == 600 * SECONDS


@pytest.mark.parametrize("chunks", [1, 200], ids=["in one piece", "in small ones"])
async def test_one_sentence_of_five_minutes_is_no_exception(chunks):
    script = [LOUD * (300 * SECONDS // chunks)] * chunks
    tts = StubTextToSpeech(script)
    async with answering(llm=StubLanguageModel(["Well."]), tts=tts) as answers:
        answers.cascade.respond("r1", QUESTION)
        await settle()
        assert ahead_ms(answers) <= MOST_MS + 10_000
        answers.cascade.heard("r1", 300_000)
        await answers.done()
    assert len(answers.audio()) == 300 * SECONDS
    deltas = [event for event in answers.events if isinstance(event, AudioDelta)]
    assert [delta.text for delta in deltas if delta.text] == ["Well."]


async def test_a_fixed_text_waits_for_its_hearer_too():
    tts = StubTextToSpeech(*[TEN_SECONDS] * 20)
    async with answering(tts=tts) as answers:
        answers.cascade.say("r1", " ".join(f"Sentence number {number}." for number in range(20)))
        await settle()
        assert len(tts.spoken) == BEGIN_MS // 10_000
        answers.cascade.heard("r1", 200_000)
        await answers.done()
    assert len(tts.spoken) == 20


async def test_an_answer_that_waits_for_its_hearer_can_be_cancelled():
    tts = StubTextToSpeech(*[TEN_SECONDS] * 20)
    llm = StubLanguageModel([f"Sentence number {number}. " for number in range(20)])
    async with answering(llm=llm, tts=tts) as answers:
        answers.cascade.respond("r1", QUESTION)
        await settle()
        answers.cascade.cancel("r1", heard_ms=200)
        await settle()
        answers.cascade.heard("r1", 100_000)
        await settle()
    assert len(tts.spoken) == BEGIN_MS // 10_000
    assert tts.closed == len(tts.spoken)


async def test_hearing_of_another_answer_counts_for_that_one_only():
    tts = StubTextToSpeech(*[TEN_SECONDS] * 20)
    llm = StubLanguageModel(
        [f"Sentence number {number}. " for number in range(8)], ["Bye.", hang_up.CALL]
    )
    async with answering(llm=llm, tts=tts) as answers:
        answers.cascade.respond("r1", QUESTION)
        await settle()
        answers.cascade.respond("r2", QUESTION)
        answers.cascade.heard("r2", 1_000_000)
        answers.cascade.heard("unknown", 1_000_000)
        await answers.done("r2")
        assert ahead_ms(answers) == BEGIN_MS
        answers.cascade.heard("r1", 80_000)
        async with asyncio.timeout(10):
            await answers.done("r1")
