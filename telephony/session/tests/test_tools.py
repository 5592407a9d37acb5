"""What an answer has done beside talking, and what becomes of what that gives."""

from agents.engines.conversation import Role, ToolCall, ToolResult, ToolUse, Utterance
from agents.engines.events import ResponseEnded, ResponseFailed, ToolCalled
from telephony.session.commands import Cancel, Clear, Respond, RunTool, SaveTurn, Say
from telephony.session.events import Tick, ToolReturned
from telephony.session.replies.tool_runs import MOST_ROUNDS, MOST_RUNS
from telephony.session.tests.conversation import Conversation
from telephony.session.turns import TurnState
from telephony.spoken.languages import ENGLISH

MONDAY = '{"day":"Monday"}'
CALL = ToolCall("opening_hours", MONDAY, id="call00001")
QUESTION = "when do you open on monday"


def asked(**turn_taking) -> Conversation:
    call = Conversation(**turn_taking)
    call.greets()
    call.caller_says(QUESTION)
    return call


def calls_tool(call, name="opening_hours"):
    response_id = call.last_response()
    return call.hears(ToolCalled(response_id, name, MONDAY)) + call.hears(
        ResponseEnded(response_id)
    )


def of(kind, commands):
    return [command for command in commands if isinstance(command, kind)]


def test_a_tool_is_run_and_what_it_gives_is_answered():
    call = asked()
    response_id = call.last_response()
    assert of(RunTool, calls_tool(call)) == [RunTool(response_id, CALL)]
    assert call.session.state is TurnState.THINKING
    [respond] = of(Respond, call.hears(ToolReturned(CALL.id, "from nine")))
    assert respond.conversation[-2:] == (
        Utterance(Role.CALLER, QUESTION),
        Utterance(Role.AGENT, "", tools=(ToolUse(CALL, ToolResult(CALL.id, "from nine")),)),
    )
    call.agent_says("We open at nine.")
    call.passes(2000)
    call.carrier_plays()
    assert call.session.state is TurnState.LISTENING


def test_a_run_is_a_row_of_the_transcript_from_its_beginning():
    call = asked()
    [begun] = of(SaveTurn, calls_tool(call))
    assert (begun.turn.role, begun.turn.text) == (Role.TOOL, f"opening_hours {MONDAY}")
    assert begun.turn.heard_text == ""
    call.passes(300)
    [ended] = of(SaveTurn, call.hears(ToolReturned(CALL.id, "from nine")))
    assert ended.turn.number == begun.turn.number
    assert ended.turn.heard_text == "from nine"
    assert ended.turn.ended_ms - ended.turn.started_ms == 300


def test_words_before_a_tool_are_heard_to_their_end_before_its_result_is_answered():
    call = asked()
    call.agent_says("Let me look.", ms=1000, ends=False)
    calls_tool(call)
    assert not of(Respond, call.hears(ToolReturned(CALL.id, "from nine")))
    call.passes(1000)
    [respond] = of(Respond, call.carrier_plays())
    said = respond.conversation[-1]
    assert (said.text, len(said.tools)) == ("Let me look.", 1)


def test_a_caller_who_waits_for_a_tool_is_told_that_it_takes_a_moment():
    call = asked()
    calls_tool(call)
    call.passes(2_000)
    assert [said.text for said in of(Say, call.hears(Tick()))] == [ENGLISH.waiting[0]]


def test_a_tool_of_a_draft_is_run_only_when_the_draft_is_the_answer():
    call = Conversation()
    call.greets()
    call.caller_begins()
    call.passes(500)
    call.caller_pauses(QUESTION)
    assert calls_tool(call) == []
    call.passes(140)
    assert of(RunTool, call.caller_ends())


def test_a_tool_of_a_draft_that_is_dropped_is_never_run():
    call = Conversation()
    call.greets()
    call.caller_begins()
    call.passes(500)
    call.caller_pauses(QUESTION)
    calls_tool(call)
    call.caller_goes_on()
    call.caller_pauses("never mind")
    call.passes(140)
    call.caller_ends()
    assert not of(RunTool, call.log)


def test_a_caller_who_interrupts_is_answered_with_what_was_done_in_mind():
    call = asked()
    call.agent_says("Let me look.", ms=1000, ends=False)
    response_id = call.last_response()
    calls_tool(call)
    call.passes(400)
    commands = call.caller_begins()
    assert commands[0] == Clear()
    assert of(Cancel, commands)[0].response_id == response_id
    call.hears(ToolReturned(CALL.id, "from nine"))
    call.passes(500)
    call.caller_pauses("and on sunday")
    [*_, respond] = of(Respond, call.log)
    assert [use.result.text for said in respond.conversation for use in said.tools] == ["from nine"]
    assert respond.conversation[-1] == Utterance(Role.CALLER, "and on sunday")


def test_a_tool_that_has_given_nothing_yet_is_remembered_as_one_that_runs():
    call = asked()
    calls_tool(call)
    call.caller_says("hello")
    [*_, respond] = of(Respond, call.log)
    assert [use.result for said in respond.conversation for use in said.tools] == [None]


def test_what_a_tool_gave_is_answered_although_the_answer_broke_off():
    call = asked()
    response_id = call.last_response()
    call.hears(ToolCalled(response_id, "opening_hours", MONDAY))
    call.hears(ResponseFailed(response_id, "EngineTimeout"))
    assert of(Respond, call.hears(ToolReturned(CALL.id, "from nine")))


def test_a_model_that_calls_tools_without_end_is_excused():
    call = asked()
    for number in range(1, MOST_ROUNDS + 1):
        calls_tool(call)
        assert of(Respond, call.hears(ToolReturned(f"call{number:05}", "once more")))
    calls_tool(call)
    [said] = of(Say, call.hears(ToolReturned(f"call{MOST_ROUNDS + 1:05}", "once more")))
    assert said.text == ENGLISH.trouble


def test_a_model_that_calls_tools_in_each_turn_is_excused_in_other_words():
    call = asked()
    for excuse in (ENGLISH.trouble, ENGLISH.still_trouble):
        for _ in range(MOST_ROUNDS + 1):
            [run] = of(RunTool, calls_tool(call))
            commands = call.hears(ToolReturned(run.call.id, "once more"))
        assert [said.text for said in of(Say, commands)] == [excuse]
        call.agent_says(excuse)
        call.passes(2_000)
        call.carrier_plays()
        call.caller_says(QUESTION)


def test_a_caller_whose_model_may_run_no_more_tools_is_not_left_in_silence():
    call = asked()
    for number in range(1, MOST_RUNS + 1):
        call.hears(ToolCalled(call.last_response(), "opening_hours", MONDAY))
        call.hears(ToolReturned(f"call{number:05}", "once more"))
    commands = calls_tool(call)
    assert not of(RunTool, commands)
    assert [said.text for said in of(Say, commands)] == [ENGLISH.trouble]


def test_a_goodbye_stays_one_when_no_more_tools_may_run():
    call = asked()
    for number in range(1, MOST_RUNS + 1):
        call.hears(ToolCalled(call.last_response(), "opening_hours", MONDAY))
        call.hears(ToolReturned(f"call{number:05}", "once more"))
    call.agent_says("Goodbye!", ends=False)
    call.hears(ToolCalled(call.last_response(), "opening_hours", MONDAY))
    call.agent_hangs_up()
    call.passes(2000)
    call.carrier_plays()
    assert call.session.end_reason == "agent_hung_up"


def test_results_of_no_tool_and_tools_of_no_answer_change_nothing():
    call = asked()
    assert call.hears(ToolReturned("call00007", "x")) == []
    assert call.hears(ToolCalled("r99", "opening_hours")) == []


def test_a_noise_while_a_tool_runs_does_not_swallow_the_question():
    call = asked()
    calls_tool(call)
    call.caller_begins()
    call.hears(ToolReturned(CALL.id, "from nine"))
    call.passes(100)
    call.caller_pauses("")
    call.passes(140)
    [respond] = of(Respond, call.caller_ends())
    assert respond.conversation[-1].tools[0].result == ToolResult(CALL.id, "from nine")


def test_hanging_up_is_no_row_of_the_transcript():
    call = Conversation()
    call.greets()
    call.caller_says("that is all")
    call.agent_says("Goodbye!", ends=False)
    call.agent_hangs_up()
    call.passes(2000)
    call.carrier_plays()
    assert [turn.role for turn in call.turns] == [Role.AGENT, Role.CALLER, Role.AGENT]
    assert call.session.end_reason == "agent_hung_up"
