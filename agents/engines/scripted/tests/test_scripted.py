"""The shipped fake: deterministic texts, chosen times, chosen failures."""

import asyncio

import numpy as np
import pytest

from agents.engines.conversation import Role, ToolCall, ToolResult, ToolUse, Utterance
from agents.engines.model_events import TextDelta, TokensUsed
from agents.engines.scripted import engines, marks
from agents.speech.audio import mulaw
from testing.setups import QUESTION, setup
from voicex.errors import ConfigurationError, EngineError


class Clock:
    """Sleeps by adding up: what an engine would have waited, in milliseconds."""

    def __init__(self):
        self.ms = 0.0

    async def sleep(self, seconds):
        self.ms += seconds * 1000


def config(**options):
    return setup(options={f"scripted.{name}": value for name, value in options.items()}).config


def stt(clock=None, **options):
    sleep = (clock or Clock()).sleep
    return engines.ScriptedSpeechToText(config(**options), sleep=sleep)


def llm(clock=None, **options):
    sleep = (clock or Clock()).sleep
    return engines.ScriptedLanguageModel(config(**options), sleep=sleep)


def tts(clock=None, **options):
    sleep = (clock or Clock()).sleep
    return engines.ScriptedTextToSpeech(config(**options), sleep=sleep)


async def answer(model):
    return [event async for event in model.reply(QUESTION)]


def words(events):
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def test_the_caller_says_what_is_marked_in_the_audio():
    hearing = stt(hears_marks=True, transcripts=["hello"])
    marked = b"".join(marks.write(engines.tone_mulaw(20), text) for text in ["", "and ", "then"])
    assert await hearing.transcribe(marked) == "and then."
    assert await hearing.transcribe(engines.tone_mulaw(500)) == ""


async def test_the_caller_says_what_the_script_says_then_numbered_utterances():
    hearing = stt(transcripts=["hello", "goodbye"])
    assert [await hearing.transcribe(b"") for _ in range(3)] == [
        "hello",
        "goodbye",
        "caller utterance 3",
    ]


async def test_a_transcription_takes_its_time():
    clock = Clock()
    await stt(clock).transcribe(b"")
    await stt(clock, stt_ms=30).transcribe(b"")
    assert clock.ms == 100 + 30


async def test_the_default_reply_has_a_first_sentence_of_seven_tokens():
    clock = Clock()
    events = await answer(llm(clock))
    assert words(events[:7]) == "We are open until six today."
    assert words(events) == engines.DEFAULT_REPLY
    assert clock.ms == 150 + 20 * (len(events) - 2)


async def test_replies_come_in_order_and_count_their_tokens():
    model = llm(replies=["Yes.", "It is 4:30, as I said!"])
    assert await answer(model) == [TextDelta("Yes"), TextDelta("."), TokensUsed(5, 2)]
    assert words(await answer(model)) == "It is 4:30, as I said!"
    assert words(await answer(model)) == engines.DEFAULT_REPLY


async def test_a_reply_can_end_the_call_as_a_models_does():
    events = await answer(llm(replies=["Goodbye. [hang up]"]))
    assert words(events) == "Goodbye. [hang up]"


async def test_the_voice_is_loud_throughout_and_as_long_as_the_text():
    audio = b"".join([chunk async for chunk in tts().speak("x" * 20)])
    assert len(audio) == 20 * 60 * 8
    frames = mulaw.decode(audio).astype(np.float64).reshape(-1, 160)
    assert np.sqrt((frames**2).mean(axis=1)).min() > 1000


async def test_the_voice_comes_at_once_unless_told_to_stream():
    clock = Clock()
    assert len([chunk async for chunk in tts(clock).speak("x" * 20)]) == 1
    assert clock.ms == 100
    streamed = [chunk async for chunk in tts(clock, tts_ms=0, tts_speed=2).speak("x" * 20)]
    assert [len(chunk) for chunk in streamed] == [1600] * 6
    assert clock.ms == pytest.approx(100 + 5 * 200 / 2)


async def test_chosen_requests_fail():
    hearing = stt(fail={"stt": 2, "tts": [1]})
    assert await hearing.transcribe(b"") == "caller utterance 1"
    with pytest.raises(EngineError) as failed:
        await hearing.transcribe(b"")
    assert "Request 2 of the scripted stt" in failed.value.detail
    assert await hearing.transcribe(b"") == "caller utterance 3"
    with pytest.raises(EngineError):
        _ = [chunk async for chunk in tts(fail={"tts": [1]}).speak("hello")]


async def test_chosen_requests_hang_until_they_are_given_up():
    model = llm(hang={"llm": [1]})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await answer(model)
    assert words(await answer(model)) == engines.DEFAULT_REPLY


@pytest.mark.parametrize("chosen", [{"stt": "second"}, 2.5, ["a"]])
def test_a_failure_that_is_not_a_request_number_is_refused(chosen):
    with pytest.raises(ConfigurationError, match=r"scripted\.fail"):
        stt(fail=chosen)


def caller(text):
    return Utterance(Role.CALLER, text)


async def test_a_script_by_turns_goes_on_where_the_conversation_stands():
    replies = ["One.", "Two, and more.", "You said: {first}"]
    talk = (caller("hello"), Utterance(Role.AGENT, "One."), caller("and then"))
    model = llm(by_turn=True, replies=replies)
    for asked, answered in (
        (talk[:1], "One."),
        (talk[:1], "One."),  # whatever was asked before
        (talk, "Two, and more."),
        ((*talk, Utterance(Role.AGENT, "Two,", is_unfinished=True)), "and more."),
        ((*talk, caller("what did I say")), "You said: hello"),
    ):
        events = [event async for event in model.reply(asked)]
        assert words(events) == answered
    used = ToolUse(ToolCall("find_order"), ToolResult("1", "sent"))
    events = [
        event
        async for event in llm(by_turn=True, replies=replies, reply="It was sent.").reply(
            (*talk, Utterance(Role.AGENT, "Two.", tools=(used,)))
        )
    ]
    assert words(events) == "It was sent."
