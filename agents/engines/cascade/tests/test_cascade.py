"""Answers of the cascade: in what order, until when, at what cost."""

import asyncio

import pytest

from agents.engines.cascade import model_requests, speaking
from agents.engines.cascade.tests.answering import answering
from agents.engines.chat.prompt import chat_messages, estimated_tokens
from agents.engines.conversation import Role, ToolCall, Utterance
from agents.engines.events import (
    AudioDelta,
    ResponseEnded,
    ResponseFailed,
    Stage,
    StageReached,
    ToolCalled,
)
from agents.engines.model_events import Finished, FinishReason, StillThinking, TokensUsed
from agents.engines.tokens import estimate
from agents.tools import hang_up
from testing.engines import Gate, StubLanguageModel, StubTextToSpeech, settle
from testing.setups import QUESTION, setup
from voicex.errors import EngineBusy, EngineError, EngineRefused, EngineSilent

ASKED = estimated_tokens(chat_messages(setup().config, QUESTION))


# --- Order ---------------------------------------------------------------------------------------


async def test_the_first_sentence_is_heard_before_the_second_is_written():
    gate = Gate()
    llm = StubLanguageModel(["We open ", "at nine. ", "And ", gate, "we close at five."])
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
    async with answering(tts=StubTextToSpeech([b"\1" * 80, gate, b"\2" * 80])) as answers:
        answers.cascade.respond("r1", QUESTION)
        await gate.reached()
        assert answers.audio() == b"\1" * 80
        gate.open()
        await answers.done()
    deltas = [event for event in answers.events if isinstance(event, AudioDelta)]
    assert [delta.text for delta in deltas] == ["We open at nine.", ""]


async def test_stages_are_emitted_before_what_they_lead_to():
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
    llm = StubLanguageModel(["One.", gate], ["Two."])
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        answers.cascade.respond("r2", QUESTION)
        await answers.done("r2")
        gate.open()
        await answers.done("r1")
    spoken = {e.response_id: e.text for e in answers.events if isinstance(e, AudioDelta)}
    assert spoken == {"r1": "One.", "r2": "Two."}


async def test_a_goodbye_is_spoken_to_its_end_before_the_hang_up():
    llm = StubLanguageModel(["Goodbye", ".", hang_up.CALL])
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseEnded("r1")
    assert answers.texts() == ["Goodbye."]
    assert answers.events[-2] == ToolCalled("r1", hang_up.NAME)


async def test_tools_are_called_after_the_words_and_hanging_up_comes_last():
    hours = ToolCall("opening_hours", '{"day":"Monday"}')
    llm = StubLanguageModel([ToolCall("end_call"), hours, "One moment. [hang up]"])
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        await answers.done()
    assert answers.texts() == ["One moment."]
    assert answers.events[-3:-1] == [
        ToolCalled("r1", "opening_hours", '{"day":"Monday"}'),
        ToolCalled("r1", hang_up.NAME),
    ]


async def test_an_answer_of_nothing_but_a_tool_is_no_failure():
    llm = StubLanguageModel([ToolCall("opening_hours")])
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseEnded("r1")
    assert [event for event in answers.events if isinstance(event, ToolCalled)] == [
        ToolCalled("r1", "opening_hours")
    ]


async def test_tools_of_an_answer_that_broke_off_are_not_called():
    llm = StubLanguageModel(
        ["We open ", ToolCall("book"), Finished(FinishReason.BROKEN_OFF)], ["at nine."]
    )
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        await answers.done()
    assert not [event for event in answers.events if isinstance(event, ToolCalled)]


async def test_unspeakable_text_is_not_sent_to_the_voice():
    tts = StubTextToSpeech()
    async with answering(llm=StubLanguageModel(["**Yes!** ", "🙂"]), tts=tts) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseEnded("r1")
    assert tts.spoken == ["Yes!"]


# --- Failures ------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", [[Gate()], ["We open at", Gate()]], ids=["at once", "midway"])
async def test_a_model_that_hangs_is_given_up(script, monkeypatch):
    for name in ("MODEL_SECONDS", "SECOND_CHANCE_SECONDS"):
        monkeypatch.setattr(model_requests, name, 0.01)
    monkeypatch.setattr(model_requests, "FIRST_WORD_SECONDS", 0.1)
    llm = StubLanguageModel(*[script] * 4)
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseFailed("r1", "EngineTimeout")
        await settle()
        assert llm.closed == len(llm.asked) > 0


async def test_a_voice_that_hangs_is_given_up_and_the_model_let_go(monkeypatch):
    monkeypatch.setattr(speaking, "VOICE_SECONDS", 0.01)
    llm, tts = StubLanguageModel(["One. Two. ", Gate()]), StubTextToSpeech([Gate()])
    fallback = StubTextToSpeech([Gate()])
    async with answering(llm=llm, tts=tts, fallback=fallback) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseFailed("r1", "EngineTimeout")
        await settle()
        assert (llm.closed, tts.closed, fallback.closed) == (1, 1, 1)


async def test_a_slow_voice_is_not_the_models_fault(monkeypatch):
    """The model's clock does not run while its sentence is being spoken."""
    monkeypatch.setattr(model_requests, "MODEL_SECONDS", 0.05)
    gate = Gate()
    async with answering(
        llm=StubLanguageModel(["One. ", "Two."]), tts=StubTextToSpeech([gate, b"\1"], [b"\2"])
    ) as answers:
        answers.cascade.respond("r1", QUESTION)
        await gate.reached()
        asyncio.get_running_loop().call_later(0.1, gate.open)
        assert await answers.done() == ResponseEnded("r1")


@pytest.mark.parametrize("script", [[], [b""], [b"", b""]])
async def test_a_voice_without_a_byte_is_an_error(script):
    async with answering(fallback=StubTextToSpeech(script, script), voice="local") as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseFailed("r1", "EngineSilent")
    assert answers.audio() == b""


@pytest.mark.parametrize(
    "parts",
    [
        {"llm": StubLanguageModel([EngineBusy()], [EngineBusy()])},
        {"llm": StubLanguageModel(["One. Two.", EngineBusy()], *[[EngineBusy()]] * 2)},
        {"fallback": StubTextToSpeech([EngineBusy()], [EngineBusy()]), "voice": "local"},
    ],
)
async def test_a_provider_that_fails_is_reported_by_name_and_once(parts):
    async with answering(**parts) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseFailed("r1", "EngineBusy")
        await settle()
    ends = [e for e in answers.events if isinstance(e, ResponseEnded | ResponseFailed)]
    assert len(ends) == 1


async def test_after_a_failure_the_next_answer_is_made():
    llm = StubLanguageModel([EngineError()], [EngineError()], ["Better."])
    async with answering(llm=llm) as answers:
        for response_id in ("r1", "r2"):
            answers.cascade.respond(response_id, QUESTION)
            await answers.done(response_id)
    assert answers.texts() == ["Better."]


# --- A second chance -----------------------------------------------------------------------------


@pytest.mark.parametrize("error", [EngineBusy(), EngineSilent(), AttributeError(), RuntimeError()])
async def test_an_answer_that_fails_before_its_first_word_is_asked_for_again_at_once(error):
    llm = StubLanguageModel([error], ["Nine."])
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseEnded("r1")
    assert answers.texts() == ["Nine."]
    assert llm.asked == [QUESTION] * 2


async def test_a_refused_request_is_not_retried():
    llm = StubLanguageModel([EngineRefused()])
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseFailed("r1", "EngineRefused")
    assert len(llm.asked) == 1


async def test_a_request_that_got_lost_is_asked_again_beside_it(monkeypatch):
    monkeypatch.setattr(model_requests, "SECOND_CHANCE_SECONDS", 0.01)
    llm = StubLanguageModel([Gate()], ["Nine."])
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseEnded("r1")
        await settle()
        assert llm.closed == 2
    assert answers.texts() == ["Nine."]


async def test_a_model_that_is_loaded_first_is_waited_for_and_heard(monkeypatch):
    """The first request is the one that is answered; the second one is let go."""
    monkeypatch.setattr(model_requests, "SECOND_CHANCE_SECONDS", 0.01)
    loaded, second = Gate(), Gate()
    llm = StubLanguageModel([loaded, "Nine."], [second, "Never."])
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        await second.reached()
        loaded.open()
        assert await answers.done() == ResponseEnded("r1")
        await settle()
        assert llm.closed == 2
    assert answers.texts() == ["Nine."]


async def test_a_call_waits_so_long_for_a_model_only_once(monkeypatch):
    monkeypatch.setattr(model_requests, "SECOND_CHANCE_SECONDS", 0.01)
    monkeypatch.setattr(model_requests, "FIRST_WORD_SECONDS", 0.02)
    monkeypatch.setattr(model_requests, "FIRST_WORD_AGAIN_SECONDS", 0.0)
    llm = StubLanguageModel(*[[Gate()]] * 4)
    async with answering(llm=llm) as answers:
        for response_id in ("r1", "r2"):
            answers.cascade.respond(response_id, QUESTION)
            assert await answers.done(response_id) == ResponseFailed(response_id, "EngineTimeout")
    assert len(llm.asked) == 2  # both of the first time


async def test_a_model_that_shows_that_it_thinks_is_waited_for_longer(monkeypatch):
    for name in ("SECOND_CHANCE_SECONDS", "FIRST_WORD_SECONDS"):
        monkeypatch.setattr(model_requests, name, 0.01)
    thought = Gate()
    llm = StubLanguageModel([StillThinking(), thought, "Nine."])
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        await thought.reached()
        asyncio.get_running_loop().call_later(0.1, thought.open)
        assert await answers.done() == ResponseEnded("r1")
    assert len(llm.asked) == 1


async def test_a_model_that_thinks_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(model_requests, "THINKING_SECONDS", 0.05)
    monkeypatch.setattr(model_requests, "SECOND_CHANCE_SECONDS", 0.02)
    async with answering(llm=StubLanguageModel([StillThinking(), Gate()])) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseFailed("r1", "EngineTimeout")


async def test_a_model_that_writes_without_end_is_read_only_so_far_ahead():
    gate = Gate()
    llm = StubLanguageModel(["One. "] * 5_000)
    async with answering(llm=llm, tts=StubTextToSpeech([gate])) as answers:
        answers.cascade.respond("r1", QUESTION)
        await gate.reached()
        await settle()
        assert len(llm.written) < 2 * model_requests.MOST_WAITING
        answers.cascade.cancel("r1", heard_ms=200)
        await settle()
        assert llm.closed == 1


# --- An answer without its end -------------------------------------------------------------------


def unfinished(said: str):
    return (*QUESTION, Utterance(Role.AGENT, said, is_unfinished=True))


@pytest.mark.parametrize(
    "end",
    [
        EngineBusy(),
        Finished(FinishReason.LENGTH),
        Finished(FinishReason.FILTERED),
        Finished(FinishReason.BROKEN_OFF),
    ],
    ids=str,
)
async def test_an_answer_that_breaks_off_is_finished_by_a_second_request(end):
    llm = StubLanguageModel(
        ["We open at nine. Our address is 12 Har", end], ["It is 12 Hill Road."]
    )
    tts = StubTextToSpeech()
    async with answering(llm=llm, tts=tts) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseEnded("r1")
    assert llm.asked == [QUESTION, unfinished("We open at nine. ")]
    assert tts.spoken == ["We open at nine.", "It is twelve Hill Road."]


async def test_of_an_answer_that_cannot_be_finished_no_piece_of_a_sentence_is_heard():
    cut = Finished(FinishReason.LENGTH)
    llm = StubLanguageModel(["We open at nine. Our address is 12 Har", cut], ["Our addr", cut])
    tts = StubTextToSpeech()
    async with answering(llm=llm, tts=tts) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseFailed("r1", "EngineCutShort")
    assert tts.spoken == ["We open at nine."]


async def test_an_answer_that_breaks_off_in_its_first_sentence_is_asked_for_in_a_short_one():
    llm = StubLanguageModel(
        ["Our address is 12 Har", Finished(FinishReason.LENGTH)], ["Hill Road."]
    )
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseEnded("r1")
    assert llm.asked[1] == unfinished("")
    assert answers.texts() == ["Hill Road."]


async def test_a_stream_that_stalls_in_a_sentence_is_finished_too(monkeypatch):
    monkeypatch.setattr(model_requests, "MODEL_SECONDS", 0.01)
    llm = StubLanguageModel(["We open at nine. And we", Gate()], ["We close at five."])
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseEnded("r1")
    assert answers.texts() == ["We open at nine. ", "We close at five."]


# --- Another voice -------------------------------------------------------------------------------

SECOND = 8_000  # bytes of sound


async def test_an_answer_whose_voice_fails_is_spoken_by_another_one():
    tts = StubTextToSpeech([EngineBusy()], [EngineBusy()])
    fallback = StubTextToSpeech()
    async with answering(tts=tts, fallback=fallback) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseEnded("r1")
    assert fallback.spoken == ["We open at nine."]
    assert answers.texts() == ["We open at nine."]


async def test_a_voice_that_stalls_in_a_sentence_is_replaced_for_its_rest(monkeypatch):
    monkeypatch.setattr(speaking, "VOICE_SECONDS", 0.01)
    answer = "We open at nine in the morning and close at five."
    tts, fallback = StubTextToSpeech([b"\1" * 2 * SECOND, Gate()]), StubTextToSpeech()
    async with answering(llm=StubLanguageModel([answer]), tts=tts, fallback=fallback) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseEnded("r1")
    [rest] = fallback.spoken
    assert answer.endswith(rest)
    assert "morning and close at five." in rest  # no word is lost
    assert len(rest) < len(answer) - 10  # and not all of it said twice
    assert answers.texts() == [answer]


async def test_a_voice_that_was_waited_for_in_vain_is_not_asked_for_the_next_sentence(monkeypatch):
    monkeypatch.setattr(speaking, "VOICE_SECONDS", 0.01)
    tts, fallback = StubTextToSpeech([Gate()]), StubTextToSpeech()
    llm = StubLanguageModel(["One. ", "Two. ", "Three."])
    async with answering(llm=llm, tts=tts, fallback=fallback) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseEnded("r1")
    assert tts.spoken == ["One."]
    assert fallback.spoken == ["One.", "Two.", "Three."]


async def test_a_voice_that_breaks_off_for_good_says_how_far_it_came():
    cut = [b"\1" * SECOND, EngineBusy()]
    tts, fallback = StubTextToSpeech(cut, [EngineBusy()]), StubTextToSpeech([EngineBusy()])
    answer = "We open at nine in the morning and close at five."
    async with answering(llm=StubLanguageModel([answer]), tts=tts, fallback=fallback) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseFailed("r1", "EngineBusy", in_text=True)


async def test_a_sentence_that_was_said_to_its_end_is_not_in_the_way_of_the_next_failure():
    llm = StubLanguageModel(["We open at nine. And", EngineRefused()])
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseFailed("r1", "EngineRefused", in_text=False)


# --- Unexpected faults ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [StageReached, AudioDelta, ResponseEnded, ResponseFailed])
async def test_an_error_while_emitting_ends_only_that_response(kind):
    llm = StubLanguageModel(
        ["Nine."] if kind is not ResponseFailed else [EngineRefused()], ["Five."]
    )
    async with answering(llm=llm) as answers:
        answers.breaks_at(kind)
        answers.cascade.respond("r1", QUESTION)
        if kind is ResponseFailed:
            await settle()
        else:
            assert isinstance(await answers.done(), ResponseFailed)
        answers.cascade.respond("r2", QUESTION)
        assert await answers.done("r2") == ResponseEnded("r2")


@pytest.mark.parametrize("error", [AttributeError("delta"), asyncio.CancelledError(), KeyError(1)])
async def test_whatever_a_voice_raises_the_call_continues(error):
    fallback = StubTextToSpeech([error], [error])
    async with answering(fallback=fallback, voice="local") as answers:
        answers.cascade.respond("r1", QUESTION)
        assert await answers.done() == ResponseFailed("r1", "EngineError")
        answers.cascade.respond("r2", QUESTION)
        assert await answers.done("r2") == ResponseEnded("r2")


# --- Cancelled -----------------------------------------------------------------------------------


async def test_a_cancelled_answer_closes_the_model_and_the_voice_and_says_nothing_more():
    gate = Gate()
    llm = StubLanguageModel(["One. Two. ", Gate()])
    tts = StubTextToSpeech([b"\1" * 80, gate, b"\2" * 80])
    async with answering(llm=llm, tts=tts) as answers:
        answers.cascade.respond("r1", QUESTION)
        await gate.reached()
        answers.cascade.cancel("r1", heard_ms=200)
        told = len(answers.events)
        await settle()
        assert (llm.closed, tts.closed) == (1, 1)
        gate.open()
        await settle()
        assert len(answers.events) == told
        answers.cascade.cancel("r1", heard_ms=200)
        answers.cascade.cancel("r99", heard_ms=200)


async def test_an_answer_that_is_cancelled_at_once_asks_no_provider():
    llm = StubLanguageModel()
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        answers.cascade.cancel("r1", heard_ms=200)
        await settle()
        assert llm.asked == answers.events == []
    assert answers.usage.llm_tokens_in == 0


# --- What it costs -------------------------------------------------------------------------------


async def test_the_models_own_count_is_what_counts():
    llm = StubLanguageModel(["One.", TokensUsed(70, 3)])
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        await answers.done()
    assert (answers.usage.llm_tokens_in, answers.usage.llm_tokens_out) == (70, 3)


async def test_of_prompts_that_were_not_read_the_one_read_least_counts():
    scripts = [["One.", TokensUsed(70, 3, unread)] for unread in (300, 1_900, 0)]
    async with answering(llm=StubLanguageModel(*scripts)) as answers:
        for number in range(len(scripts)):
            answers.cascade.respond(f"r{number}", QUESTION)
            await answers.done(f"r{number}")
    assert answers.usage.llm_tokens_unread == 1_900


@pytest.mark.parametrize(
    ("script", "out"), [([Gate()], 0), (["We open at ", "nine. And", Gate()], 5)]
)
async def test_a_cancelled_answer_costs_the_prompt_and_the_text_so_far(script, out):
    async with answering(llm=StubLanguageModel(script)) as answers:
        answers.cascade.respond("r1", QUESTION)
        await script[-1].reached()
        answers.cascade.cancel("r1", heard_ms=200)
        await settle()
        assert answers.usage.llm_tokens_in == ASKED > 0
        assert answers.usage.llm_tokens_out == out == estimate("".join(script[:-1]))


async def test_an_answer_cut_off_while_it_is_spoken_costs_the_same():
    gate = Gate()
    llm = StubLanguageModel(["We open at nine. And", Gate(), " so on.", TokensUsed(70, 3)])
    async with answering(llm=llm, tts=StubTextToSpeech([gate])) as answers:
        answers.cascade.respond("r1", QUESTION)
        await gate.reached()
        answers.cascade.cancel("r1", heard_ms=200)
        await settle()
    assert answers.usage.llm_tokens_in == ASKED
    assert answers.usage.llm_tokens_out == estimate("We open at nine. And")
    assert answers.usage.tts_characters == len("We open at nine.")


async def test_a_request_that_failed_before_its_first_word_costs_nothing():
    async with answering(llm=StubLanguageModel([EngineBusy()], [EngineBusy()])) as answers:
        answers.cascade.respond("r1", QUESTION)
        await answers.done()
    assert (answers.usage.llm_tokens_in, answers.usage.llm_tokens_out) == (0, 0)


async def test_an_answer_without_words_costs_what_the_provider_says():
    script = [TokensUsed(120, 7), EngineSilent()]
    async with answering(llm=StubLanguageModel(script, script)) as answers:
        answers.cascade.respond("r1", QUESTION)
        await answers.done()
    assert (answers.usage.llm_tokens_in, answers.usage.llm_tokens_out) == (240, 14)


async def test_an_answer_that_breaks_off_costs_what_was_written():
    llm = StubLanguageModel(["We open", EngineBusy()], [EngineRefused()])
    async with answering(llm=llm) as answers:
        answers.cascade.respond("r1", QUESTION)
        await answers.done()
    assert (answers.usage.llm_tokens_in, answers.usage.llm_tokens_out) == (ASKED, 2)


async def test_an_answer_that_is_cancelled_unheard_was_wasted():
    gate = Gate()
    async with answering(llm=StubLanguageModel(["We open at nine. And", gate])) as answers:
        answers.cascade.respond("r1", QUESTION)
        await gate.reached()
        answers.cascade.cancel("r1", heard_ms=0)
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
            answers.cascade.cancel("r1", heard_ms=0)
    assert answers.usage.wasted_tts_characters == answers.usage.tts_characters > 0


async def test_an_answer_that_was_heard_in_part_was_not_wasted():
    gate = Gate()
    async with answering(llm=StubLanguageModel(["We open at nine. And", gate])) as answers:
        answers.cascade.respond("r1", QUESTION)
        await gate.reached()
        answers.cascade.cancel("r1", heard_ms=200)
        await settle()
    assert answers.usage.llm_tokens_in == ASKED
    assert answers.usage.wasted_llm_tokens_in == answers.usage.wasted_tts_characters == 0
