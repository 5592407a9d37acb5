"""Whatever comes in whatever order, a call ends once, without a fault, with its records."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.engines.base import Abilities, Emit, Usage
from agents.engines.events import (
    AudioDelta,
    ResponseEnded,
    ResponseFailed,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechStopped,
    Stage,
    StageReached,
    ToolCalled,
    Transcribed,
    TranscriptionFailed,
)
from agents.settings.config import TurnTaking
from agents.tools import hang_up
from telephony.admission.message_budget import LIMITS, Limit
from testing.calls.harness import CallHarness, running_call
from testing.calls.media_stream import STREAM_SID
from testing.engines import (
    SILENCE,
    SPEECH,
    Gate,
    StubLanguageModel,
    StubSpeechToText,
    StubTextToSpeech,
    settle,
)
from voicex.errors import EngineBusy, EngineSilent, ProtocolError

MESSAGES: dict[str, Any] = {
    "garbage": lambda stream: stream.sends_text("garbage"),
    "unknown": lambda stream: stream.sends_text('{"event":"weather"}'),
    "foreign": lambda stream: stream.sends_text('{"event":"stop","streamSid":"MZ0"}'),
    "numbered": lambda stream: stream.sends_text(
        json.dumps({"event": "mark", "streamSid": STREAM_SID, "mark": {"name": "r2:400"}})
    ),
    "marks": lambda stream: stream.returns_marks(),
    "digit": lambda stream: stream.sends_event("dtmf", dtmf={"digit": "5"}),
    "end of number": lambda stream: stream.sends_event("dtmf", dtmf={"digit": "#"}),
    "frame": lambda stream: stream.speaks(SILENCE),
    "stall": lambda stream: stream.stalls(),
    "flow": lambda stream: stream.flows(),
    "binary": lambda stream: stream.sends_bytes(b"\xff"),
}
# Each of these ends the call.
LAST: dict[str, Any] = {
    "stop": lambda stream: stream.stops(),
    "disconnect": lambda stream: stream.disconnects(),
}
REASONS = {"stop", "socket_closed", "agent_hung_up", "engine_failed"}

ids = st.integers(1, 6).map("r{}".format)
emissions = st.one_of(
    st.builds(SpeechStarted, st.integers(0, 9000), st.booleans()),
    st.builds(SpeechPaused, st.integers(0, 9000)),
    st.builds(SpeechResumed, st.integers(0, 9000)),
    st.builds(SpeechStopped, st.integers(0, 9000)),
    st.builds(Transcribed, st.sampled_from(["", "when do you open", "no"])),
    st.just(TranscriptionFailed("timeout")),
    st.builds(StageReached, ids, st.sampled_from(Stage)),
    st.builds(AudioDelta, ids, st.integers(0, 9000).map(bytes), st.sampled_from(["", "Yes. "])),
    st.builds(ToolCalled, ids, st.sampled_from([hang_up.NAME, "opening_hours"])),
    st.builds(ResponseEnded, ids),
    st.builds(ResponseFailed, ids, st.just("EngineTimeout")),
)


class RandomEngine:
    """Emits what the test draws, whatever was asked of it."""

    abilities = Abilities(drafts=True)

    def __init__(self) -> None:
        self.usage = Usage()
        self.is_closed = 0

    def start(self, *, tasks: object, emit: Emit) -> None:
        self.emit = emit

    def close(self) -> None:
        self.is_closed += 1

    def hear(self, payload: bytes) -> None: ...

    def end_turn(self) -> None: ...

    def respond(self, response_id: str, conversation: object) -> None: ...

    def say(
        self, response_id: str, text: str, *, is_fixed: bool = True, in_english: str = ""
    ) -> None: ...

    def end_turn_after(self, silence_ms: int, *, ask_sound: bool = False) -> None: ...

    def heard(self, response_id: str, ms: int) -> None:
        assert ms >= 0

    def cancel(self, response_id: str, *, heard_ms: int) -> None:
        assert heard_ms >= 0


def check_what_was_sent(call: CallHarness) -> None:
    """Only documented messages; none of a reply that a `clear` has silenced; one close."""
    silenced: set[str] = set()
    sent: set[str] = set()
    for message in call.stream.messages:
        keys = {"media": {"media"}, "mark": {"mark"}, "clear": set()}[message["event"]]
        assert message.keys() == {"event", "streamSid"} | keys
        assert message["streamSid"] == STREAM_SID
        if message["event"] == "clear":
            silenced |= sent
        elif message["event"] == "mark":
            response_id = message["mark"]["name"].split(":")[0]
            assert response_id not in silenced
            sent.add(response_id)
    assert len(call.stream.close_codes) <= 1


def check_records(call: CallHarness, task: "asyncio.Task[None]") -> None:
    assert task.exception() is None
    [finalized] = call.records.of("finalize")
    assert finalized["reason"] in REASONS
    call.records.check_complete(finalized["reason"])
    assert [turn["number"] for turn in call.records.turns()] == list(
        range(1, len(call.records.turns()) + 1)
    )
    for turn in call.records.of("save_turn"):
        assert turn["role"] == "tool" or turn["text"].startswith(turn["heard_text"])
    call.records.events()  # the flight record can be read


@settings(max_examples=150)
@given(
    st.lists(st.one_of(st.sampled_from([*MESSAGES, "settle"]), emissions, emissions), max_size=40),
    st.sampled_from([*LAST, "break"]),
    st.booleans(),
)
def test_random_messages_and_emissions_end_in_one_record(steps, last, interruptible):
    asyncio.run(messages_and_emissions(steps, last, TurnTaking(interruptible=interruptible)))


async def messages_and_emissions(steps: list[Any], last: str, turn_taking: TurnTaking) -> None:
    engine = RandomEngine()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(LIMITS, ProtocolError, Limit(1_000, 1_000))
        async with running_call(turn_taking=turn_taking, engine=engine) as (call, task):
            for step in steps:
                if step == "settle":
                    await settle()
                elif isinstance(step, str):
                    MESSAGES[step](call.stream)
                else:
                    engine.emit(step)
            if last == "break":
                call.stream.is_broken = True
            LAST.get(last, LAST["disconnect"])(call.stream)
            call.stream.flows()
    assert engine.is_closed == 1
    check_what_was_sent(call)
    check_records(call, task)


texts = st.sampled_from(["Yes. ", "We open at nine. ", "And", " then we close.", "", hang_up.CALL])
failures = st.sampled_from([EngineBusy, EngineSilent])
answers = st.lists(st.one_of(texts, st.just("gate"), failures), max_size=4)
sounds = st.lists(st.one_of(st.integers(0, 9000).map(bytes), st.just("gate"), failures), max_size=3)
hearings = st.lists(st.sampled_from(["yes", "", "gate", EngineBusy]), max_size=2)


@settings(max_examples=100)
@given(
    st.lists(hearings, max_size=4),
    st.lists(answers, max_size=4),
    st.lists(sounds, max_size=6),
    st.lists(st.sampled_from(["speech", "silence", "open", "settle", *MESSAGES]), max_size=40),
    st.sampled_from([*LAST, "break"]),
)
def test_random_engines_and_callers_end_in_one_record(heard, written, spoken, steps, last):
    asyncio.run(engines_and_callers(heard, written, spoken, steps, last))


async def engines_and_callers(
    heard: list[Any], written: list[Any], spoken: list[Any], steps: list[str], last: str
) -> None:
    gates: list[Gate] = []

    def scripts(drawn: list[list[Any]]) -> list[list[Any]]:
        return [[told(step) for step in script] for script in drawn]

    def told(step: Any) -> Any:
        if step == "gate":
            gates.append(Gate())
            return gates[-1]
        return step() if isinstance(step, type) else step

    parts = {
        "stt": StubSpeechToText(*scripts(heard)),
        "llm": StubLanguageModel(*scripts(written)),
        "tts": StubTextToSpeech(*scripts(spoken)),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(LIMITS, ProtocolError, Limit(1_000, 1_000))
        async with running_call(**parts) as (call, task):
            for step in steps:
                match step:
                    case "speech" | "silence":
                        for _ in range(8):
                            call.stream.speaks(SPEECH if step == "speech" else SILENCE)
                    case "open" if gates:
                        gates.pop(0).open()
                    case "settle":
                        await settle()
                    case _ if step in MESSAGES:
                        MESSAGES[step](call.stream)
            if last == "break":
                call.stream.is_broken = True
            LAST.get(last, LAST["disconnect"])(call.stream)
            call.stream.flows()
    check_what_was_sent(call)
    check_records(call, task)
    assert call.llm.closed == len(call.llm.asked)
    assert call.tts.closed == len(call.tts.spoken)
