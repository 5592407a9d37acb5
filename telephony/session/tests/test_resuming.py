"""A call whose line was lost continues in another session, from what is known of it."""

from dataclasses import replace

import msgspec
import pytest
from msgspec import structs

from agents.engines.conversation import Role, ToolCall, ToolResult, ToolUse, Utterance
from agents.engines.events import AudioDelta, ResponseEnded, ToolCalled
from agents.settings.config import Recording, RecordingMode, Transfers
from telephony.session.call import CallSession
from telephony.session.commands import Cancel, Clear, HangUp, Leave, Record, Respond, RunTool, Say
from telephony.session.events import (
    CallResumed,
    DigitPressed,
    MarkPlayed,
    MoveAsked,
    Tick,
    ToolReturned,
    TransferReady,
)
from telephony.session.replies.playout import Playout
from telephony.session.resuming.state import (
    DONE,
    MOST_BYTES,
    MOST_CHARACTERS,
    CallState,
    SavedPlayout,
    SavedTurns,
    UnreadableState,
    decoded,
    encoded,
    fitting,
    forgetful,
)
from telephony.session.tests.conversation import LOUD, Conversation, greeted
from telephony.session.tests.test_barge_in import aside
from telephony.session.transcript import Transcript
from telephony.session.turns import TurnRecord, TurnState
from telephony.spoken.languages import ENGLISH, GERMAN

GAP_MS = 800


def moved(call: Conversation, *, gap_ms: int = GAP_MS, saved: CallState | None = None):
    """`call` as another process continues it, and what it does first."""
    state = saved or call.session.snapshot(now_ms=call.now_ms)
    other = Conversation()
    other.session = CallSession.restored(call.session.config, decoded(encoded(state)))
    other.now_ms = call.now_ms + gap_ms
    return other, other.hears(CallResumed(call.now_ms))


def said(commands) -> list[str]:
    return [command.text for command in commands if isinstance(command, Say)]


def heard(call: Conversation) -> list[str]:
    return [turn.heard_text for turn in call.turns if turn.heard_text]


def test_announcements_stay_apart_from_answers_that_are_passed_over():
    call = greeted(speculate=False)
    call.caller_says("Your call is important to us.")
    turns = call.session.snapshot(now_ms=call.now_ms).turns
    assert (turns.passed_over, turns.announcements) == ((), (2,))
    older = structs.replace(turns, passed_over=(2,), announcements=())  # as of an older release
    for saved in (turns, older):
        transcript = Transcript()
        transcript.restore(saved)
        assert not transcript.is_answer_due
        assert transcript.save() == turns
        assert transcript.conversation()[-1].text == "Your call is important to us."


# --- the agent had the word -----------------------------------------------------------------------


def test_a_reply_is_finished_from_the_word_that_was_heard_last():
    call = greeted()
    call.caller_says("when do you open")
    call.agent_says("We open at nine. On Sundays we rest.", ms=4000)
    call.passes(1500)
    other, commands = moved(call)
    assert said(commands) == ["nine. On Sundays we rest."]
    other.agent_says("nine. On Sundays we rest.", ms=2100)
    other.passes(2100)
    other.carrier_plays()
    assert heard(other)[-2:] == ["We open at", "nine. On Sundays we rest."]
    assert other.session.state is TurnState.LISTENING


def test_audio_heard_since_the_state_was_saved_is_derived_from_the_time():
    call = greeted()
    call.caller_says("when do you open")
    call.agent_says("We open at nine. On Sundays we rest.", ms=4000)
    saved = call.session.snapshot(now_ms=call.now_ms)
    call.passes(1500)
    assert said(moved(call, saved=saved)[1]) == ["nine. On Sundays we rest."]


def test_the_model_remembers_both_parts_as_one():
    call = greeted()
    call.caller_says("when do you open")
    call.agent_says("We open at nine. On Sundays we rest.", ms=4000)
    call.passes(1500)
    other, _ = moved(call)
    other.agent_says("nine. On Sundays we rest.", ms=2100)
    other.passes(2100)
    other.carrier_plays()
    other.caller_says("and on Mondays")
    [asked] = [each for each in other.log if isinstance(each, Respond)]
    assert [each.text for each in asked.conversation] == [
        "Hello, how can I help?",
        "when do you open",
        "We open at nine. On Sundays we rest.",
        "and on Mondays",
    ]
    assert not any(each.interrupted for each in asked.conversation)


def test_after_a_long_gap_the_caller_is_told_about_it_first():
    call = greeted()
    call.caller_says("when do you open")
    call.agent_says("We open at nine.", ms=2000)
    call.passes(1000)
    _, commands = moved(call, gap_ms=5_000)
    assert said(commands) == [f"{ENGLISH.cut_off} at nine."]


@pytest.mark.parametrize("is_speaking", [False, True])
def test_words_said_aside_are_not_what_a_restored_call_begins_with(is_speaking):
    call = aside()
    call.lives(200)
    if is_speaking:  # what the caller says when the line is lost is not known
        call.caller_begins()
        call.passes(200)
    other, commands = moved(call, gap_ms=800 if is_speaking else 5_000)
    before = len(commands)
    other.lives(2_000 if is_speaking else 20)
    commands += other.log[before:]
    assert said(commands)[:1] == [ENGLISH.cut_off_saying]
    assert not any(isinstance(each, Respond) for each in commands)
    other.agent_says(ENGLISH.cut_off_saying, ms=1_000)
    other.passes(1_000)
    other.carrier_plays()
    other.lives(4_000)  # and the question has the last word
    assert not any(isinstance(each, Respond) for each in other.log)


def test_a_greeting_is_said_to_its_end():
    call = Conversation()
    call.opens()
    call.hears(AudioDelta(call.last_response(), LOUD * 800 * 8, "Hello,"))
    call.passes(800)
    call.carrier_plays()
    assert said(moved(call)[1]) == ["how can I help?"]


@pytest.mark.parametrize("takeovers", [1, 2])
def test_the_rest_of_a_greeting_may_no_more_be_interrupted_than_its_beginning(takeovers):
    call = Conversation(greeting_interruptible=False)
    call.opens()
    call.hears(AudioDelta(call.last_response(), LOUD * 800 * 8, "Hello,"))
    for _ in range(takeovers):
        call.passes(800)
        call, _ = moved(call)
        call.agent_says("how can I help?", ms=3000)
    call.passes(800)
    commands = call.caller_says("when do you open", ms=600)
    assert not any(isinstance(each, Clear | Cancel) for each in commands)
    assert call.session.state is TurnState.SPEAKING


def test_a_greeting_that_made_no_sound_is_said():
    call = Conversation()
    call.opens()
    assert said(moved(call)[1]) == ["Hello, how can I help?"]


def test_a_call_that_was_not_opened_starts_from_the_beginning():
    call = Conversation()
    assert said(moved(call)[1]) == ["Hello, how can I help?"]


def test_an_answer_that_was_still_being_written_is_continued_by_the_model():
    call = greeted()
    call.caller_says("when do you open")
    call.agent_says("We open at nine. ", ms=1200, ends=False)
    call.passes(1200)
    _, commands = moved(call)
    [asked] = [each for each in commands if isinstance(each, Respond)]
    assert asked.conversation[-1] == Utterance(Role.AGENT, "We open at nine. ", is_unfinished=True)


def test_an_answer_of_which_nothing_was_heard_is_begun_again():
    call = greeted()
    call.caller_says("when do you open")
    other, commands = moved(call)
    [asked] = [each for each in commands if isinstance(each, Respond)]
    assert asked.conversation[-1] == Utterance(Role.CALLER, "when do you open")
    assert asked.response_id not in [
        each.response_id for each in call.log if isinstance(each, Respond)
    ]
    assert other.session.state is TurnState.THINKING


def test_a_reply_that_was_heard_whole_is_not_said_again():
    call = greeted()
    call.caller_says("when do you open")
    call.agent_says("We open at nine.", ms=1000)
    saved = call.session.snapshot(now_ms=call.now_ms)
    call.passes(1500)
    other, commands = moved(call, saved=saved)
    assert said(commands) == []
    assert other.session.state is TurnState.LISTENING
    assert heard(other)[-1] == "We open at nine."


def test_a_goodbye_is_finished_and_ends_the_call():
    call = Conversation(max_call_ms=10_000)
    call.greets()
    call.passes(8_000)
    call.hears(Tick())
    call.agent_says(ENGLISH.time_is_up, ms=4000)
    call.passes(1000)
    other, commands = moved(call)
    assert other.session.state is TurnState.LEAVING
    [rest] = said(commands)
    assert ENGLISH.time_is_up.endswith(rest)
    other.agent_says(rest, ms=1000)
    other.passes(1000)
    assert other.carrier_plays()[-1] == HangUp("agent_hung_up")


def test_after_a_goodbye_that_was_heard_it_hangs_up():
    call = Conversation(max_call_ms=10_000)
    call.greets()
    call.passes(8_000)
    call.hears(Tick())
    call.agent_says(ENGLISH.time_is_up, ms=1000)
    saved = call.session.snapshot(now_ms=call.now_ms)
    call.passes(1500)
    _, commands = moved(call, saved=saved)
    assert commands[-1] == HangUp("agent_hung_up")


# --- tools ----------------------------------------------------------------------------------------


def asked_for_a_tool() -> Conversation:
    call = greeted()
    call.caller_says("take a message")
    call.hears(ToolCalled(call.last_response(), "take_message", '{"message": "x"}'))
    return call


def test_a_tool_under_way_is_asked_for_again_under_its_key():
    call = asked_for_a_tool()
    [first] = [each for each in call.log if isinstance(each, RunTool)]
    other, commands = moved(call)
    [again] = [each for each in commands if isinstance(each, RunTool)]
    assert (again.call, again.is_again) == (first.call, True)
    assert not first.is_again
    [asked] = [
        each for each in other.hears(ToolReturned(again.call.id, "done")) if type(each) is Respond
    ]
    assert asked.conversation[-1].tools[0].result.text == "done"


def test_a_tool_that_had_returned_is_not_run_again():
    call = asked_for_a_tool()
    [first] = [each for each in call.log if isinstance(each, RunTool)]
    call.hears(ToolReturned(first.call.id, "done"))
    _, commands = moved(call)
    assert not [each for each in commands if isinstance(each, RunTool)]
    [asked] = [each for each in commands if isinstance(each, Respond)]
    assert asked.conversation[-1].tools[0].result.text == "done"


def test_a_new_call_of_a_tool_gets_an_id_of_its_own():
    call = asked_for_a_tool()
    [first] = [each for each in call.log if isinstance(each, RunTool)]
    other, _ = moved(call)
    asked = other.hears(ToolReturned(first.call.id, "done"))
    [respond] = [each for each in asked if isinstance(each, Respond)]
    commands = other.hears(ToolCalled(respond.response_id, "opening_hours"))
    [run] = [each for each in commands if isinstance(each, RunTool)]
    assert run.call.id != first.call.id


# --- the caller had the word ----------------------------------------------------------------------


def test_a_caller_who_is_silent_when_the_line_comes_back_is_asked_to_go_on():
    call = greeted()
    call.caller_begins()
    call.passes(600)
    other, commands = moved(call)
    assert said(commands) == []  # perhaps they still speak
    assert [text for _, text in other.lives(1_000)] == []
    assert [text for _, text in other.lives(1_000)] == [ENGLISH.cut_off_saying]


def test_a_caller_who_is_still_speaking_does_not_notice_the_handover():
    call = greeted()
    call.caller_begins()
    call.passes(600)
    other, _ = moved(call)
    commands = other.caller_says("tomorrow at nine")
    assert said(commands) == []
    assert other.last_response()
    assert heard(other)[-1] == "tomorrow at nine"
    assert said(other.hears(Tick())) == []


def test_words_that_were_known_are_kept_and_what_follows_joins_them():
    call = greeted()
    call.caller_begins()
    call.passes(600)
    call.caller_pauses("my number is four one five")
    call.caller_goes_on()
    call.caller_pauses("my number is four one five")
    other, _ = moved(call)
    other.caller_says("five five five")
    assert heard(other)[-1] == "my number is four one five five five five"


def test_words_that_were_known_are_answered_when_no_more_come():
    call = greeted()
    call.caller_begins()
    call.passes(600)
    call.caller_pauses("when do you open")
    other, _ = moved(call)
    other.lives(2_500)
    assert other.session.state is TurnState.THINKING
    [asked] = [each for each in other.log if isinstance(each, Respond)]
    assert asked.conversation[-1].text == "when do you open"


def test_after_a_long_gap_the_caller_is_asked_to_go_on_at_once():
    call = greeted()
    _, commands = moved(call, gap_ms=5_000)
    assert said(commands) == [ENGLISH.cut_off_saying]


def test_the_sentence_is_in_the_agents_language():
    call = greeted(language="de")
    _, commands = moved(call, gap_ms=5_000)
    assert said(commands) == [GERMAN.cut_off_saying]


def test_keys_that_were_pressed_are_part_of_the_number():
    call = greeted()
    for key in "415":
        call.hears(DigitPressed(key))
    other, _ = moved(call)
    other.hears(DigitPressed("5"))
    other.lives(2_000)
    assert heard(other)[-1] == "4155"


# --- consent, bounds, and what comes too late -----------------------------------------------------


def test_the_caller_is_asked_for_consent_again_and_a_given_one_holds():
    recording = Recording(mode=RecordingMode.KEY, sentence="May we record? Press 1.", key="1")
    call = Conversation(recording=recording)
    call.opens()
    call.agent_says("May we record? Press 1.")
    call.passes(1_000)
    assert said(moved(call)[1]) == ["May we record? Press 1."]
    call.hears(DigitPressed("1"))
    other, commands = moved(call)
    assert said(commands) == ["Hello, how can I help?"]
    assert commands[0] == Record(RecordingMode.KEY, is_continued=True)
    assert other.session.snapshot(now_ms=0).consent is True


def test_a_long_call_keeps_its_newest_turns_and_their_numbers():
    call = greeted()
    for number in range(40):
        call.caller_says(f"{number} " + "tell me more " * 40)
        call.agent_says("Yes, of course. " * 40, ms=1000)
        call.passes(1000)
        call.carrier_plays()
    state = call.session.snapshot(now_ms=call.now_ms)
    assert len(encoded(state)) < 60_000
    other, _ = moved(call)
    assert [turn.number for turn in other.turns] == list(range(1, len(call.turns) + 1))
    assert other.turns[-1] == call.turns[-1]
    assert other.turns[0].text == ""


def test_what_is_no_state_is_refused():
    call = greeted()
    state = call.session.snapshot(now_ms=0)
    for data in (
        b"",
        b"\xc1",
        encoded(state)[:-1],
        bytes(MOST_BYTES + 1),
        encoded(
            CallState(**{**{f: getattr(state, f) for f in state.__struct_fields__}, "format": 2})
        ),
    ):
        with pytest.raises(UnreadableState):
            decoded(data)


def test_marks_of_the_lost_stream_mean_nothing():
    call = greeted()
    call.caller_says("when do you open")
    call.agent_says("We open at nine.", ms=2000)
    marks = list(call.unplayed)
    other, _ = moved(call)
    assert [each for mark in marks for each in other.hears(MarkPlayed(mark))] == []
    assert not [each for each in other.log if isinstance(each, Cancel)]


# --- leaving a process in order -------------------------------------------------------------------


def left(commands) -> bool:
    return Leave() in commands


def test_a_call_whose_caller_has_just_heard_the_agent_out_leaves_at_once():
    call = greeted()
    assert call.hears(MoveAsked()) == [Leave()]
    assert call.hears(MoveAsked()) == []


@pytest.mark.parametrize(("silent_ms", "leaves_after_ms"), [(1_000, 3_000), (5_000, 0)])
def test_a_caller_who_may_be_about_to_speak_is_not_left(silent_ms, leaves_after_ms):
    call = greeted()
    call.passes(silent_ms)
    assert left(call.hears(MoveAsked())) == (not leaves_after_ms)
    for _ in range(leaves_after_ms // 1_000):
        assert not left(call.log)
        call.passes(1_000)
        call.hears(Tick())
    assert left(call.log)


@pytest.mark.parametrize("times", [0, 1, 2])
def test_who_is_asked_to_leave_in_any_pause_waits_for_no_better_moment(times):
    call = greeted()
    call.passes(1_000)
    for _ in range(times):
        assert not left(call.hears(MoveAsked()))
    assert call.hears(MoveAsked(in_any_pause=True)) == [Leave()]


def test_who_waits_for_any_pause_does_so_when_asked_for_less_meanwhile():
    call = greeted()
    call.caller_says("when do you open")
    call.agent_says("Please key in your number now.", ms=4000)
    call.passes(1_000)
    assert not left(call.hears(MoveAsked(in_any_pause=True)) + call.hears(MoveAsked()))
    assert left(call.hears(DigitPressed("4")))  # between two keys: in any pause only


def test_a_caller_who_keys_in_a_number_is_not_left_between_two_keys():
    call = greeted()
    call.caller_says("when do you open")
    call.agent_says("Please key in your number now.", ms=4000)
    call.passes(1_000)
    assert call.hears(DigitPressed("4"))[0] == Clear()  # and from now on it is the caller's turn
    assert not left(call.hears(MoveAsked()))
    for digit in "711":
        call.passes(400)
        assert not left(call.hears(DigitPressed(digit)) + call.hears(Tick()))
    call.passes(400)
    assert call.hears(MoveAsked(in_any_pause=True)) == [Leave()]
    assert call.session.snapshot(now_ms=call.now_ms).caller.digits == "4711"


def test_one_who_speaks_before_the_call_leaves_is_heard_out_and_answered_first():
    call = greeted()
    call.passes(1_000)
    assert not left(call.hears(MoveAsked()))
    call.caller_says("when do you open")
    call.passes(1_000)
    assert not left(call.hears(Tick()))
    call.agent_says("We open at nine.", ms=1000)
    call.passes(980)
    assert not left(call.hears(Tick()))
    call.passes(20)
    assert left(call.carrier_plays())  # in that moment, and not at the next look


def test_a_call_leaves_between_two_sentences_and_the_next_says_the_rest():
    call = greeted()
    call.caller_says("when do you open")
    call.agent_says("We open at nine. ", ms=2000, ends=False)
    call.agent_says("On Sundays we rest.", ms=2000)
    call.passes(1_500)
    call.carrier_plays(1_500)
    assert not left(call.hears(MoveAsked()))
    call.passes(240)
    assert not left(call.hears(Tick()))
    call.passes(400)
    call.carrier_plays(2_000)
    assert call.hears(Tick())[-2:] == [Clear(), Leave()]
    state = call.session.snapshot(now_ms=call.now_ms)
    _, commands = moved(call, saved=state, gap_ms=0)
    assert said(commands) == ["On Sundays we rest."]


def test_no_handover_while_the_caller_speaks_or_waits_for_an_answer():
    call = greeted()
    call.caller_begins()
    assert not left(call.hears(MoveAsked()))
    call.passes(600)
    call.caller_pauses("when do you open")
    call.passes(140)
    call.caller_ends()
    assert not left(call.hears(Tick()))
    call.agent_says("We open at nine.", ms=1000)
    call.passes(1000)
    assert left(call.carrier_plays())


def test_an_urgent_handover_happens_in_mid_sentence():
    call = greeted()
    call.caller_says("when do you open")
    call.agent_says("We open at nine. On Sundays we rest.", ms=4000)
    call.passes(500)
    kept, *left = call.hears(MoveAsked(is_urgent=True))
    assert left == [Clear(), Leave()]
    # The caller may hang up before anybody else has the call.
    assert (kept.turn.heard_text, kept.turn.interrupted) == ("We", False)


def test_no_handover_while_the_caller_is_asked_for_consent():
    recording = Recording(mode=RecordingMode.KEY, sentence="May we record? Press 1.", key="1")
    call = Conversation(recording=recording)
    call.opens()
    call.agent_says("May we record? Press 1.")
    call.passes(2_000)
    call.carrier_plays()
    assert not left(call.hears(MoveAsked()))


# --- what is kept of it where words are not -------------------------------------------------------


def test_a_state_without_words_has_nothing_that_the_caller_said_and_begins_its_answer_anew():
    call = greeted()
    call.caller_says("my card is four one one one")
    call.agent_says("We open at nine.", ms=4000)
    call.passes(500)
    state = call.session.snapshot(now_ms=call.now_ms)
    kept = forgetful(state, ())
    assert b"four one one one" in encoded(state)
    assert b"four one one one" not in encoded(kept)
    assert kept.reply is not None
    assert kept.reply.playout == SavedPlayout()


def test_a_state_without_words_knows_that_tools_ran_and_which_are_running():
    call = asked_for_a_tool()
    call.hears(ToolReturned("call00001", "booked for Jane Doe"))
    call.agent_says("It is booked.", ms=1000)
    call.passes(1000)
    call.carrier_plays()
    call.caller_says("and another one for Jane Doe")
    call.hears(ToolCalled(call.last_response(), "book", '{"name":"Jane Doe"}'))
    kept = forgetful(call.session.snapshot(now_ms=call.now_ms), ())
    assert b"Jane" not in encoded(kept)
    uses = [use for _, use in kept.turns.tools]
    assert [(use.call.name, use.result and use.result.text) for use in uses] == [
        (uses[0].call.name, DONE), ("book", None),
    ]  # fmt: skip
    assert kept.reply is not None
    assert [(run.call.name, run.call.arguments) for run in kept.reply.runs] == [("book", "")]


def test_a_fixed_sentence_stays_where_no_word_of_the_caller_came_before_it():
    call = Conversation()
    call.opens()
    call.agent_says("Hello, how can I help?", ends=False)
    state = call.session.snapshot(now_ms=call.now_ms)
    assert forgetful(state, state.turns.turns).reply == state.reply
    said_before = replace(state.turns.turns[0], role=Role.CALLER)
    assert forgetful(state, (said_before,)).reply is None


def test_a_stream_that_resumes_a_call_which_has_gone_on_changes_nothing():
    call = greeted()
    assert call.hears(CallResumed(call.now_ms)) == []


def test_a_call_that_was_over_when_its_process_was_lost_ends():
    call = greeted()
    state = call.session.snapshot(now_ms=call.now_ms)
    _, commands = moved(call, saved=msgspec.structs.replace(state, doing=TurnState.ENDED))
    assert HangUp in [type(each) for each in commands]


def test_of_a_reply_without_end_only_so_many_words_are_kept():
    playout = Playout("r1")
    for _ in range(3):
        playout.push(LOUD * 800, "a" * (MOST_CHARACTERS // 2), 0)
    assert len(playout.save().spans) == 2


def asks_for_sales() -> Conversation:
    """A caller who asks for a person, and whose agent calls the tool."""
    call = greeted(transfers=Transfers(targets="Sales = +14155550100"))
    call.caller_says("put me through to sales")
    return call


def calls_tool(call: Conversation) -> None:
    response_id = call.last_response()
    call.hears(ToolCalled(response_id, "transfer_call", '{"target":"Sales"}'))
    call.hears(ResponseEnded(response_id))


def put_through() -> Conversation:
    """A caller who hears that they are put through."""
    call = asks_for_sales()
    calls_tool(call)
    call.hears(TransferReady("Sales", "Ann calls."))
    call.hears(ToolReturned("call00001", "ready"))
    call.agent_says(ENGLISH.putting_through, ms=2000)
    call.passes(500)
    return call


def test_a_transfer_survives_a_handover():
    other, commands = moved(put_through())
    [rest] = said(commands)
    assert rest
    assert ENGLISH.putting_through.endswith(rest)
    assert other.session.snapshot(now_ms=0).transfer == TransferReady("Sales", "Ann calls.")
    other.agent_says(rest, ms=1000)
    other.passes(1000)
    assert HangUp("transferred") in other.carrier_plays()


def test_an_announcement_of_a_transfer_is_not_repeated():
    call = put_through()
    call.passes(1500)
    assert HangUp("transferred") in moved(call)[1]


def test_a_take_over_by_a_member_survives_a_handover():
    call = asks_for_sales()
    call.agent_says("They know", ms=1000, ends=False)
    call.hears(TransferReady("Bob", address="+14155550123"))
    assert said(moved(call)[1]) == [ENGLISH.putting_through]


def test_an_answer_is_said_to_its_end_before_the_caller_is_put_through():
    call = asks_for_sales()
    call.agent_says("They know all about it.", ms=2000, ends=False)
    calls_tool(call)
    call.hears(TransferReady("Sales"))
    call.hears(ToolReturned("call00001", "ready"))
    call.passes(500)
    other, commands = moved(call)
    [rest] = said(commands)
    assert "They know all about it.".endswith(rest)
    other.agent_says(rest, ms=1000)
    other.passes(1000)
    assert said(other.carrier_plays()) == [ENGLISH.putting_through]


def test_whose_answer_was_not_whole_is_put_through_and_no_model_is_asked():
    call = asks_for_sales()
    call.agent_says("They know", ms=1000, ends=False)
    call.hears(ToolCalled(call.last_response(), "transfer_call", '{"target":"Sales"}'))
    call.hears(TransferReady("Sales"))
    _, commands = moved(call)
    assert said(commands) == [ENGLISH.putting_through]
    assert not [each for each in commands if isinstance(each, Respond | RunTool)]


def test_a_tool_that_had_not_found_the_target_is_run_again():
    call = asks_for_sales()
    calls_tool(call)
    [run] = [each for each in moved(call)[1] if isinstance(each, RunTool)]
    assert (run.call.name, run.is_again) == ("transfer_call", True)


@pytest.mark.parametrize("transfer", [None, TransferReady("Nobody")])
def test_a_caller_whose_transfer_is_not_known_is_told_and_not_hung_up_on(transfer):
    call = put_through()
    saved = structs.replace(call.session.snapshot(now_ms=call.now_ms), transfer=transfer)
    other, commands = moved(call, saved=saved)
    assert said(commands) == [ENGLISH.trouble]
    other.agent_says(ENGLISH.trouble, ms=1000)
    other.passes(1000)
    other.carrier_plays()
    assert other.session.state is TurnState.LISTENING


def test_whom_a_caller_is_put_through_to_stays_known_where_words_are_taken_out():
    state = put_through().session.snapshot(now_ms=0)
    assert forgetful(state, ()).transfer == TransferReady("Sales")


def test_a_state_that_is_too_large_loses_old_words_and_says_so():
    state = put_through().session.snapshot(now_ms=0)
    turns = tuple(TurnRecord(n, Role.CALLER, "a", "a", False, 0, 0) for n in range(1, 400))
    tool = ToolUse(ToolCall("find", "b" * MOST_BYTES, id="call00001"), ToolResult("call00001", "c"))
    saved = SavedTurns(turns=turns, spoken=("a",), tools=((399, tool), (2, tool)))
    found = decoded(fitting(structs.replace(state, turns=saved)))
    assert (len(found.turns.turns), found.turns.dropped) == (399, 0)
    assert [use.result.text for _, use in found.turns.tools if use.result] == [DONE, DONE]
    long = tuple(replace(turn, text="d" * 1_000) for turn in turns)
    found = decoded(fitting(structs.replace(state, turns=structs.replace(saved, turns=long))))
    assert [turn.number for turn in found.turns.turns] == list(range(390, 400))
    assert (found.turns.dropped, [number for number, _ in found.turns.tools]) == (389, [399])
    assert (found.transfer, found.reply) == (state.transfer, state.reply)
    endless = structs.replace(state, turns=SavedTurns(spoken=("e" * MOST_BYTES,)))
    assert fitting(endless) == b""


@pytest.mark.parametrize("is_ready", [True, False])
def test_a_call_is_not_left_while_its_caller_is_being_put_through(is_ready):
    call = asks_for_sales()
    call.agent_says("Of course. ", ms=2000, ends=False)
    call.agent_says("They know all about it.", ms=2000)
    if is_ready:
        call.hears(TransferReady("Sales"))
    call.passes(1_500)
    call.carrier_plays(1_500)
    call.hears(MoveAsked())
    call.passes(240)
    call.hears(Tick())
    call.passes(400)
    call.carrier_plays(2_000)
    assert left(call.hears(Tick())) is not is_ready


def test_a_transfer_that_was_known_before_a_word_of_it_was_said_is_announced():
    state = greeted(transfers=Transfers(targets="Sales = +14155550100"))
    saved = structs.replace(state.session.snapshot(now_ms=0), transfer=TransferReady("Sales"))
    assert saved.reply is None
    assert said(moved(state, saved=saved)[1]) == [ENGLISH.putting_through]
