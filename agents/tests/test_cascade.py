"""Answers of the cascade: in what order, until when, at what cost."""

import asyncio

import pytest

from agents.engines import cascade
from agents.engines.base import HangUp, TokensUsed
from agents.engines.chat_prompt import chat_messages, estimated_tokens
from agents.engines.events import AudioDelta, ResponseEnded, ResponseFailed, Stage, StageReached
from agents.engines.tokens import estimate
from agents.tests.answering import answering
from tests.fakes.engines import Gate, ToldLanguageModel, ToldTextToSpeech, settle
from tests.fakes.setups import QUESTION, setup
from voicex.errors import EngineBusy, EngineError, EngineSilent

ASKED = estimated_tokens(chat_messages(setup().config, QUESTION))


# --- Order ---------------------------------------------------------------------------------------


async def test_the_first_sentence_is_heard_before_the_second_is_written():
    gate = Gate()
    llm = ToldLanguageModel(["We open ", "at nine. ", "And ", gate, "we close at five."])
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        await gate.reached()
        assert answers.texts() == ["We open at nine. "]
        assert answers.audio()
        assert "we close at five." not in llm.written
        gate.open()
        assert await answers.done() == ResponseEnded("r1")
    assert answers.texts() == ["We open at nine. ", "And we close at five."]
    assert llm.asked == [QUESTION]


async def test_audio_leaves_while_the_voice_still_speaks():
    gate = Gate()
    async with answering(tts=ToldTextToSpeech([b"\1" * 80, gate, b"\2" * 80])) as answers:
        answers.cascade.respond("r1", QUESTION)
        await gate.reached()
        assert answers.audio() == b"\1" * 80
        gate.open()
        await answers.done()
    deltas = [event for event in answers.events if isinstance(event, AudioDelta)]
    assert [delta.text for delta in deltas] == ["We open at nine.", ""]


async def test_stages_are_told_before_what_they_lead_to():
    async with answering() as answers:
        answers.cascade.respond("r1", QUESTION)
        await answers.done()
    assert [getattr(event, "stage", type(event)) for event in answers.events] == [
        Stage.LLM,
        Stage.TTS,
        AudioDelta,
        ResponseEnded,
    ]
    assert answers.events[0] == StageReached("r1", Stage.LLM)


async def test_two_answers_at_once_keep_their_names():
    gate = Gate()
    llm = ToldLanguageModel(["One.", gate], ["Two."])
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        answers.cascade.respond("r2", QUESTION)
        await answers.done("r2")
        gate.open()
        await answers.done("r1")
    spoken = {e.response_id: e.text for e in answers.events if isinstance(e, AudioDelta)}
    assert spoken == {"r1": "One.", "r2": "Two."}


async def test_a_goodbye_is_spoken_to_its_end_before_the_hang_up():
    llm = ToldLanguageModel(["Goodbye", ".", HangUp()])
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseEnded("r1", hang_up=True)
    assert answers.texts() == ["Goodbye."]


async def test_what_cannot_be_spoken_is_not_asked_of_the_voice():
    tts = ToldTextToSpeech()
    async with answering(llm=ToldLanguageModel(["**Yes!** ", "🙂"]), tts=tts) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseEnded("r1")
    assert tts.spoken == ["Yes!"]


# --- Failures ------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", [[Gate()], ["We open at", Gate()]], ids=["at once", "midway"])
async def test_a_model_that_hangs_is_given_up(script, monkeypatch):
    monkeypatch.setattr(cascade, "MODEL_SECONDS", 0.01)
    llm = ToldLanguageModel(script)
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseFailed("r1", "EngineTimeout")
    assert llm.closed == 1


async def test_a_voice_that_hangs_is_given_up_and_the_model_let_go(monkeypatch):
    monkeypatch.setattr(cascade, "VOICE_SECONDS", 0.01)
    llm, tts = ToldLanguageModel(["One. Two. ", "Three."]), ToldTextToSpeech([Gate()])
    async with answering(llm=llm, tts=tts) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseFailed("r1", "EngineTimeout")
    assert (llm.closed, tts.closed) == (1, 1)
    assert "Three." not in llm.written


async def test_a_slow_voice_is_not_the_models_fault(monkeypatch):
    """The model's clock does not run while its sentence is being spoken."""
    monkeypatch.setattr(cascade, "MODEL_SECONDS", 0.05)
    gate = Gate()
    async with answering(
        llm=ToldLanguageModel(["One. ", "Two."]), tts=ToldTextToSpeech([gate, b"\1"], [b"\2"])
    ) as answers:
        answers.cascade.respond("r1", QUESTION)
        await gate.reached()
        asyncio.get_running_loop().call_later(0.1, gate.open)
        assert await answers.done() == ResponseEnded("r1")


@pytest.mark.parametrize("script", [[], [b""], [b"", b""]])
async def test_a_voice_without_a_byte_is_an_error(script):
    async with answering(tts=ToldTextToSpeech(script)) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseFailed("r1", "EngineSilent")
    assert answers.audio() == b""


@pytest.mark.parametrize(
    "parts",
    [
        {"llm": ToldLanguageModel([EngineBusy()])},
        {"llm": ToldLanguageModel(["One. Two.", EngineBusy()])},
        {"tts": ToldTextToSpeech([EngineBusy()])},
        {"tts": ToldTextToSpeech([b"\1", EngineBusy()])},
    ],
)
async def test_a_provider_that_fails_is_told_by_name_and_once(parts):
    async with answering(**parts) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseFailed("r1", "EngineBusy")
        await settle()
    ends = [e for e in answers.events if isinstance(e, ResponseEnded | ResponseFailed)]
    assert len(ends) == 1


async def test_after_a_failure_the_next_answer_is_made():
    async with answering(llm=ToldLanguageModel([EngineError()], ["Better."])) as answers:
        for response_id in ("r1", "r2"):
            answers.cascade.respond(response_id, QUESTION)
            await answers.done(response_id)
    assert answers.texts() == ["Better."]


# --- Cancelled -----------------------------------------------------------------------------------


async def test_a_cancelled_answer_closes_the_model_and_the_voice_and_says_nothing_more():
    gate = Gate()
    llm = ToldLanguageModel(["One. Two. ", "Three."])
    tts = ToldTextToSpeech([b"\1" * 80, gate, b"\2" * 80])
    async with answering(llm=llm, tts=tts) as answers:
        answers.cascade.respond("r1", QUESTION)
        await gate.reached()
        answers.cascade.cancel("r1")
        told = len(answers.events)
        await settle()
        assert (llm.closed, tts.closed) == (1, 1)
        gate.open()
        await settle()
        assert len(answers.events) == told
        answers.cascade.cancel("r1")
        answers.cascade.cancel("r99")
    assert "Three." not in llm.written


async def test_an_answer_that_is_cancelled_at_once_asks_nobody():
    llm = ToldLanguageModel()
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        answers.cascade.cancel("r1")
        await settle()
        assert llm.asked == answers.events == []
    assert answers.usage.llm_tokens_in == 0


# --- What it costs -------------------------------------------------------------------------------


async def test_the_models_own_count_is_what_counts():
    llm = ToldLanguageModel(["One.", TokensUsed(70, 3)])
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        await answers.done()
    assert (answers.usage.llm_tokens_in, answers.usage.llm_tokens_out) == (70, 3)


@pytest.mark.parametrize(
    ("script", "out"), [([Gate()], 0), (["We open at ", "nine. And", Gate()], 5)]
)
async def test_an_answer_that_is_cut_off_costs_what_was_asked_and_written(script, out):
    async with answering(llm=ToldLanguageModel(script)) as answers:
        answers.cascade.respond("r1", QUESTION)
        await script[-1].reached()
        answers.cascade.cancel("r1")
        await settle()
        assert answers.usage.llm_tokens_in == ASKED > 0
        assert answers.usage.llm_tokens_out == out == estimate("".join(script[:-1]))


async def test_an_answer_cut_off_while_it_is_spoken_costs_the_same():
    gate = Gate()
    llm = ToldLanguageModel(["We open at nine. And", " so on.", TokensUsed(70, 3)])
    async with answering(llm=llm, tts=ToldTextToSpeech([gate])) as answers:
        answers.cascade.respond("r1", QUESTION)
        await gate.reached()
        answers.cascade.cancel("r1")
        await settle()
    assert answers.usage.llm_tokens_in == ASKED
    assert answers.usage.llm_tokens_out == estimate("We open at nine. And")
    assert answers.usage.tts_characters == len("We open at nine.")


async def test_a_request_that_failed_before_its_first_word_costs_nothing():
    async with answering(llm=ToldLanguageModel([EngineBusy()])) as answers:
        answers.cascade.respond("r1", QUESTION)
        await answers.done()
    assert (answers.usage.llm_tokens_in, answers.usage.llm_tokens_out) == (0, 0)


async def test_an_answer_without_words_costs_what_the_provider_says():
    script = [TokensUsed(120, 7), EngineSilent()]
    async with answering(llm=ToldLanguageModel(script)) as answers:
        answers.cascade.respond("r1", QUESTION)
        await answers.done()
    assert (answers.usage.llm_tokens_in, answers.usage.llm_tokens_out) == (120, 7)


async def test_an_answer_that_breaks_off_costs_what_was_written():
    async with answering(llm=ToldLanguageModel(["We open", EngineBusy()])) as answers:
        answers.cascade.respond("r1", QUESTION)
        await answers.done()
    assert (answers.usage.llm_tokens_in, answers.usage.llm_tokens_out) == (ASKED, 2)


async def test_an_answer_that_is_cancelled_unheard_was_wasted():
    gate = Gate()
    async with answering(llm=ToldLanguageModel(["We open at nine. And", gate])) as answers:
        answers.cascade.respond("r1", QUESTION)
        await gate.reached()
        answers.cascade.cancel("r1", is_unheard=True)
        await settle()
    used = answers.usage
    assert used.wasted_llm_tokens_in == used.llm_tokens_in == ASKED
    assert used.wasted_llm_tokens_out == used.llm_tokens_out == estimate("We open at nine. And")
    assert used.wasted_tts_characters == used.tts_characters == len("We open at nine.")


async def test_an_answer_that_was_made_and_is_thrown_away_unheard_was_wasted_once():
    async with answering() as answers:
        answers.cascade.respond("r1", QUESTION)
        await answers.done()
        for _ in range(2):
            answers.cascade.cancel("r1", is_unheard=True)
    assert answers.usage.wasted_tts_characters == answers.usage.tts_characters > 0


async def test_an_answer_that_was_heard_in_part_was_not_wasted():
    gate = Gate()
    async with answering(llm=ToldLanguageModel(["We open at nine. And", gate])) as answers:
        answers.cascade.respond("r1", QUESTION)
        await gate.reached()
        answers.cascade.cancel("r1")
        await settle()
    assert answers.usage.llm_tokens_in == ASKED
    assert answers.usage.wasted_llm_tokens_in == answers.usage.wasted_tts_characters == 0
