"""The line ends at any moment: everything is recorded, once, and nothing is left running."""

import asyncio

import pytest

from telephony.twilio.transport import TwilioTransport
from testing.calls.harness import CallHarness, running_call
from testing.calls.media_stream import STREAM_SID
from testing.engines import Gate, StubLanguageModel, StubSpeechToText, StubTextToSpeech


async def during_the_greeting(call: CallHarness, gate: Gate) -> None:
    await gate.reached()


async def while_heard(call: CallHarness, gate: Gate) -> None:
    await call.greeted()
    await call.caller_speaks()


async def while_transcribed(call: CallHarness, gate: Gate) -> None:
    await while_heard(call, gate)
    await call.caller_is_silent()
    await gate.reached()


async def while_thinking(call: CallHarness, gate: Gate) -> None:
    await while_transcribed(call, gate)


async def while_speaking(call: CallHarness, gate: Gate) -> None:
    await while_transcribed(call, gate)
    await call.stream.until(lambda: len(call.stream.audio) > 80 * len(call.greeting))


MOMENTS = {
    "greeting": (during_the_greeting, lambda gate: {"tts": StubTextToSpeech([b"\1" * 800, gate])}),
    "hearing": (while_heard, lambda gate: {}),
    "transcribing": (while_transcribed, lambda gate: {"stt": StubSpeechToText([gate])}),
    "thinking": (while_thinking, lambda gate: {"llm": StubLanguageModel(["We", gate])}),
    "speaking": (
        while_speaking,
        lambda gate: {"llm": StubLanguageModel(["We open at nine. And ", gate])},
    ),
}


def stop(call: CallHarness, task: asyncio.Task) -> None:
    call.stream.stops()


def disconnect(call: CallHarness, task: asyncio.Task) -> None:
    call.stream.is_broken = True
    call.stream.disconnects()


def stop_and_disconnect(call: CallHarness, task: asyncio.Task) -> None:
    call.stream.stops()
    disconnect(call, task)


def cancel(call: CallHarness, task: asyncio.Task) -> None:
    task.cancel()


ENDINGS = {
    stop: "stop",
    disconnect: "socket_closed",
    stop_and_disconnect: "stop",
    cancel: "internal_error",
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_call_that_ends_at_any_moment_is_recorded_once(moment, ending):
    comes, parts = MOMENTS[moment]
    gate = Gate()
    async with running_call(**parts(gate)) as (call, task):
        await comes(call, gate)
        ending(call, task)
    call.records.check_complete(ENDINGS[ending])
    assert task.cancelled() == (ending is cancel)
    if not task.cancelled():
        assert task.exception() is None
    assert call.llm.closed == len(call.llm.asked)
    assert call.tts.closed == len(call.tts.spoken)


@pytest.mark.parametrize(
    ("moment", "roles"),
    [("greeting", ["agent"]), ("thinking", ["agent"]), ("speaking", ["agent", "caller", "agent"])],
)
async def test_the_turns_until_the_hang_up_are_kept_as_cut_off(moment, roles):
    comes, parts = MOMENTS[moment]
    gate = Gate()
    async with running_call(**parts(gate)) as (call, _):
        await comes(call, gate)
        call.stream.stops()
    turns = call.records.turns()
    assert [turn["role"] for turn in turns][: len(roles)] == roles
    assert turns[-1]["text"].startswith(turns[-1]["heard_text"])
    assert turns[-1]["interrupted"] == (turns[-1]["role"] == "agent" and moment != "thinking")


class BrokenTransport(TwilioTransport):
    """A line with a fault of ours in it, which every event meets."""

    def show_state(self, turn):
        raise ZeroDivisionError


async def test_a_call_that_cannot_even_be_ended_leaves_its_last_records():
    async with running_call(transport=BrokenTransport(STREAM_SID)) as (call, task):
        pass
    assert task.exception() is not None
    call.records.check_complete("internal_error")
