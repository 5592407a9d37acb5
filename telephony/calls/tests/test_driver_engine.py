"""Any engine that keeps the protocol carries a call: the driver builds none and knows none."""

import asyncio

import pytest

from agents.engines.base import Abilities, Emit, Usage
from agents.engines.conversation import Utterance
from agents.engines.events import (
    AudioDelta,
    ResponseEnded,
    SpeechPaused,
    SpeechStarted,
    SpeechStopped,
    Transcribed,
)
from telephony.calls.sink import EventSink
from testing.calls.harness import CallHarness, running_call
from testing.engines import settle

WORDS = "When do you open?"
ANSWER = "We open at nine."
SECOND = b"\x10" * 8_000


class OneModel:
    """A model that hears and speaks by itself, without text between; it is fed by `caller_asks`."""

    def __init__(self, *, drafts: bool = False, peeks: bool = False) -> None:
        self.abilities = Abilities(drafts=drafts, peeks=peeks)
        self.peeked: list[tuple[int, bytes, int]] = []
        self.usage = Usage()
        self.heard_bytes = 0
        self.said: list[str] = []
        self.asked: list[tuple[Utterance, ...]] = []
        self.is_closed = False

    def start(self, *, tasks: asyncio.TaskGroup, emit: Emit) -> None:
        self._tasks = tasks
        self._emit = emit

    def hear(self, payload: bytes) -> None:
        self.heard_bytes += len(payload)

    def end_turn(self) -> None: ...

    def peek(self, after_ms: int, *, played: bytes, played_from_ms: int) -> None:
        self.peeked.append((after_ms, played, played_from_ms))

    def respond(self, response_id: str, conversation: tuple[Utterance, ...]) -> None:
        self.asked.append(conversation)
        self._speak(response_id, ANSWER)

    def say(
        self, response_id: str, text: str, *, is_fixed: bool = True, in_english: str = ""
    ) -> None:
        self.said.append(text)
        self._speak(response_id, text)

    def cancel(self, response_id: str, *, heard_ms: int) -> None:
        assert heard_ms >= 0

    def heard(self, response_id: str, ms: int) -> None: ...

    def end_turn_after(self, silence_ms: int, *, ask_sound: bool = False) -> None: ...

    def close(self) -> None:
        self.is_closed = True

    async def caller_asks(self, *, up_to: type = SpeechStopped) -> None:
        """A turn of the caller as the model reports it, up to the first event of this kind."""
        for event in (
            SpeechStarted(at_ms=100),
            SpeechPaused(at_ms=900),
            Transcribed(WORDS),
            SpeechStopped(at_ms=900),
        ):
            self._emit(event)
            await settle()
            if isinstance(event, up_to):
                return

    def _speak(self, response_id: str, text: str) -> None:
        self._tasks.create_task(self._spoken(response_id, text), name=f"response {response_id}")

    async def _spoken(self, response_id: str, text: str) -> None:
        self.usage.tts_characters += len(text)
        self._emit(AudioDelta(response_id, SECOND, text))
        self._emit(ResponseEnded(response_id))


async def greeted(call: CallHarness) -> None:
    await call.stream.until(lambda: call.stream.heard("mark"))
    await settle()
    call.stream.returns_marks()
    await settle()


async def test_a_speech_to_speech_model_carries_a_call():
    model = OneModel()
    async with running_call(engine=model) as (call, task):
        await greeted(call)
        call.stream.speaks(SECOND)
        await model.caller_asks()
        call.stream.returns_marks()
        await settle()
        call.stream.stops()
    assert task.exception() is None
    call.records.check_complete("stop")
    assert [turn["text"] for turn in call.records.turns()] == [call.greeting, WORDS, ANSWER]
    assert (model.said, model.heard_bytes, model.is_closed) == ([call.greeting], 8_000, True)
    assert call.records.of("save_usage")[-1]["tts_characters"] == len(call.greeting + ANSWER)


@pytest.mark.parametrize("drafts", [True, False])
async def test_an_answer_is_begun_before_the_turn_is_over_only_by_an_engine_that_can(drafts):
    model = OneModel(drafts=drafts)
    async with running_call(engine=model) as (call, _):
        await greeted(call)
        await model.caller_asks(up_to=Transcribed)
        assert len(model.asked) == drafts
        call.stream.stops()


async def test_an_engine_that_peeks_is_given_what_is_played_and_the_agent_speaks_on():
    model = OneModel(peeks=True)
    async with running_call(engine=model) as (call, _):
        await call.stream.until(lambda: call.stream.heard("mark"))
        call.stream.speaks(SECOND[:800])
        await model.caller_asks(up_to=SpeechStarted)
        [(after_ms, played, from_ms)] = model.peeked
        assert after_ms > 0
        begins = played.index(SECOND[:1]) // 8 + from_ms
        assert 0 <= begins <= 100  # where the greeting was sent
        assert not call.stream.heard("clear")
        call.stream.stops()


async def test_any_sound_interrupts_an_engine_that_cannot_peek():
    model = OneModel()
    async with running_call(engine=model) as (call, _):
        await call.stream.until(lambda: call.stream.heard("mark"))
        await model.caller_asks(up_to=SpeechStarted)
        await call.stream.until(lambda: call.stream.heard("clear"))
        assert model.peeked == []
        call.stream.stops()


def test_a_closed_sink_passes_nothing_on():
    taken: list[object] = []
    sink = EventSink(taken.append)
    sink.emit(SpeechStarted(1))
    sink.close()
    sink.close()
    sink.emit(SpeechStarted(2))
    assert taken == [SpeechStarted(1)]
