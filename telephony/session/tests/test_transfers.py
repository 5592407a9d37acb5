"""A caller who is put through: what they hear, and that nothing cuts it off."""

import pytest

from agents.engines.conversation import Role, ToolCall, ToolResult, ToolUse
from agents.engines.events import ResponseEnded, ResponseFailed, ToolCalled
from telephony.session.call import CallSession
from telephony.session.commands import Cancel, Clear, HangUp, Respond, RunTool, Say
from telephony.session.events import CallerGone, LeaveAsked, ToolReturned, TransferReady
from telephony.session.tests.conversation import Conversation, config, greeted
from telephony.session.transcript import Transcript
from telephony.session.turns import TurnState
from telephony.spoken.languages import ENGLISH

TOLD = ENGLISH.putting_through
USE = ToolUse(
    ToolCall("transfer_call", "{}", id="past00003"), ToolResult("past00003", "no", is_error=True)
)


def of(kind, commands):
    return [command for command in commands if isinstance(command, kind)]


def asked() -> Conversation:
    call = greeted()
    call.caller_says("put me through to sales")
    return call


def calls_tool(call: Conversation) -> None:
    response_id = call.last_response()
    call.hears(ToolCalled(response_id, "transfer_call", '{"target":"Sales"}'))
    call.hears(ResponseEnded(response_id))


def is_ready(call: Conversation):
    return call.hears(TransferReady("Sales")) + call.hears(ToolReturned("call00001", "ready"))


def test_the_caller_is_told_and_the_stream_ends_when_that_was_heard():
    call = asked()
    calls_tool(call)
    assert [said.text for said in of(Say, is_ready(call))] == [TOLD]
    assert call.session.state is TurnState.LEAVING
    call.agent_says(TOLD, ms=1000)
    call.passes(1000)
    assert of(HangUp, call.carrier_plays()) == [HangUp("transferred")]
    assert call.session.end_reason == "transferred"


def test_words_of_the_model_are_heard_first_and_nothing_is_asked_of_it_any_more():
    call = asked()
    call.agent_says("They know that.", ms=1000, ends=False)
    calls_tool(call)
    assert of(Say, is_ready(call)) == []
    call.passes(1000)
    commands = call.carrier_plays()
    assert [said.text for said in of(Say, commands)] == [TOLD]
    assert not of(Respond, commands)
    assert not of(Cancel, commands)


@pytest.mark.parametrize("is_told", [False, True])
def test_speech_of_the_caller_does_not_cancel_a_transfer(is_told):
    call = asked()
    call.agent_says("They know that.", ms=1000, ends=False)
    calls_tool(call)
    is_ready(call)
    if is_told:
        call.passes(1000)
        call.carrier_plays()
        call.agent_says(TOLD, ms=1000)
    before = len(call.log)
    call.caller_begins()
    call.passes(500)
    call.caller_pauses("wait another question")
    call.passes(140)
    call.caller_ends()
    assert not [each for each in call.log[before:] if isinstance(each, Clear | Cancel | Respond)]
    call.passes(1000)
    call.carrier_plays()
    if not is_told:
        call.agent_says(TOLD, ms=1000)
        call.passes(1000)
        call.carrier_plays()
    assert call.session.end_reason == "transferred"
    assert "wait another question" in [turn.text for turn in call.turns if turn.role is Role.CALLER]


def test_a_caller_who_had_interrupted_before_it_was_ready_is_put_through_all_the_same():
    call = asked()
    call.agent_says("They know that.", ms=1000, ends=False)
    calls_tool(call)
    call.passes(200)
    call.caller_begins()
    assert [said.text for said in of(Say, is_ready(call))] == [TOLD]


@pytest.mark.parametrize("failure", [ResponseEnded, ResponseFailed])
def test_a_voice_that_fails_does_not_keep_the_caller_from_being_put_through(failure):
    call = asked()
    calls_tool(call)
    is_ready(call)
    arguments = () if failure is ResponseEnded else ("EngineTimeout",)
    call.hears(failure(call.last_response(), *arguments))
    assert call.session.end_reason == "transferred"


def test_a_caller_who_hangs_up_meanwhile_is_not_put_through():
    call = asked()
    calls_tool(call)
    is_ready(call)
    call.hears(CallerGone("stop"))
    assert call.session.end_reason == "stop"


def test_a_second_order_and_a_restart_change_nothing():
    call = asked()
    calls_tool(call)
    is_ready(call)
    assert call.hears(TransferReady("Sales")) == []
    assert call.hears(LeaveAsked()) == []
    call.agent_says(TOLD, ms=1000)
    call.passes(1000)
    call.carrier_plays()
    assert call.session.end_reason == "transferred"


def test_last_words_that_came_first_stay_the_last_words():
    call = asked()
    calls_tool(call)
    call.hears(LeaveAsked())
    assert of(Say, call.hears(TransferReady("Sales"))) == []
    call.agent_says(ENGLISH.restarting, ms=1000)
    call.passes(1000)
    call.carrier_plays()
    assert call.session.end_reason == "restarting"


def test_a_call_that_comes_back_continues_its_transcript_and_its_ids():
    first = asked()
    calls_tool(first)
    again = Conversation()
    again.session = CallSession(
        config(), transcript=Transcript(first.session.transcript.turns, {3: USE})
    )
    again.greets()
    again.caller_says("then take a message")
    [respond] = of(Respond, again.log)
    said = [(each.role, each.text) for each in respond.conversation]
    assert said[0] == (Role.AGENT, "Hello, how can I help?")
    assert said[1] == (Role.CALLER, "put me through to sales")
    assert [use for each in respond.conversation for use in each.tools] == [USE]
    again.hears(ToolCalled(respond.response_id, "take_message", "{}"))
    [run] = of(RunTool, again.log)
    assert run.call.id == "call00004"
    assert [turn.number for turn in again.turns] == list(range(1, len(again.turns) + 1))
