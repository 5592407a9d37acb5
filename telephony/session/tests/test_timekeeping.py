"""Every wait of a call ends in words, whatever does not come."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.engines.conversation import Role
from agents.engines.events import (
    AudioDelta,
    ResponseEnded,
    ResponseFailed,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechStopped,
    ToolCalled,
    Transcribed,
    TranscriptionFailed,
)
from agents.settings.config import Reminders
from telephony.session.call import CallSession
from telephony.session.commands import Cancel, EndTurn, HangUp, Respond, Say
from telephony.session.events import BudgetSpent, CallerTyped, FrameHeard, MarkPlayed, Tick
from telephony.session.silence.timekeeping import (
    LONGEST_TURN_MS,
    MOST_RECORDINGS,
    REPLY_LOST_MS,
    SPEECH_LOST_MS,
    WORDS_LOST_MS,
)
from telephony.session.tests.conversation import Conversation, greeted, texts
from telephony.session.tests.test_call_properties import Observed, recordings, steps
from telephony.session.turns import TurnState
from telephony.spoken.languages import ENGLISH
from voicex.reasons.ends import EndReason

BOUND_MS = 90_000  # the longest wait of one state, and the second sentences take


# --- a caller who never stops ---------------------------------------------------------------------


def talks(call: Conversation, ms: int) -> None:
    """Speech with pauses that are never the end, and ticks, until the turn is taken."""
    for _ in range(ms // 960):
        call.lives(960, speaks=False)
        if call.session.state is not TurnState.HEARING:
            return
        call.hears(SpeechPaused(at_ms=call.now_ms))
        call.hears(SpeechResumed(at_ms=call.now_ms))


def is_interrupted() -> Conversation:
    call = greeted()
    call.caller_begins()
    talks(call, LONGEST_TURN_MS + 2_000)
    return call


def test_a_caller_who_never_stops_is_interrupted_kindly_and_answered():
    call = is_interrupted()
    assert EndTurn() in call.log
    assert 60_000 <= call.session.media_ms - 2_000 <= 61_500
    call.caller_begins()  # and speaks on
    (said,) = [each for each in call.hears(Transcribed("I was saying")) if isinstance(each, Say)]
    assert said.text == ENGLISH.interrupting
    call.agent_says(said.text, ms=3_000)
    assert call.session.state is TurnState.SPEAKING
    call.passes(1_000)
    call.hears(SpeechPaused(at_ms=call.now_ms))
    call.hears(SpeechStopped(at_ms=call.now_ms))
    call.hears(Transcribed("oh sorry"))
    call.passes(2_000)
    (asked,) = [each for each in call.carrier_plays() if isinstance(each, Respond)]
    assert asked.conversation[-1].text == "I was saying oh sorry"
    assert [(turn.role, turn.text) for turn in call.turns[1:]] == [
        (Role.CALLER, "I was saying oh sorry"),
        (Role.AGENT, ENGLISH.interrupting),
    ]


def test_the_answer_comes_also_without_a_voice_for_the_interruption():
    call = is_interrupted()
    call.hears(Transcribed("I was saying"))
    commands = call.hears(ResponseEnded(call.last_response()))
    assert [type(each) for each in commands] == [Respond]


def test_a_caller_who_speaks_on_is_heard_on():
    call = is_interrupted()
    call.caller_begins()
    call.hears(Transcribed("I was saying"))
    call.agent_says(ENGLISH.interrupting, ms=3_000)
    call.passes(3_000)
    call.carrier_plays()
    assert call.session.state is TurnState.HEARING
    call.caller_pauses("and that is all")
    call.passes(140)
    asked = [each for each in call.caller_ends() + call.log if isinstance(each, Respond)]
    assert asked[-1].conversation[-1].text == "I was saying and that is all"


def test_a_turn_that_was_taken_and_failed_is_asked_for_again():
    call = is_interrupted()
    (said,) = call.hears(TranscriptionFailed("timeout"))
    assert said.text == ENGLISH.say_again


def test_a_long_turn_with_an_end_is_not_interrupted():
    call = greeted()
    call.caller_begins()
    talks(call, LONGEST_TURN_MS - 3_000)
    call.caller_pauses("and so on")
    assert [type(each) for each in call.caller_ends()][-1] is not EndTurn
    assert EndTurn() not in call.log


# --- the longest duration -------------------------------------------------------------------------


def test_the_end_of_the_time_is_announced_once_after_a_reply():
    call = greeted(max_call_ms=120_000, reminders=Reminders.OFF)
    assert call.lives(80_000) == []
    call.caller_says("and your prices")
    call.agent_says("Twenty euros.", ms=10_000)
    assert call.lives(9_600) == []  # not in the middle of the answer
    call.carrier_plays()
    ((at_ms, text),) = call.lives(1_000)
    assert text == ENGLISH.almost_over
    assert 90_000 <= at_ms <= 112_000
    assert texts(call.lives(30_000)) == [ENGLISH.time_is_up]


def test_without_a_natural_moment_it_is_not_announced():
    call = greeted(max_call_ms=120_000, reminders=Reminders.OFF)
    call.lives(86_000)
    call.caller_begins()
    talks(call, 34_000)
    said = [each.text for each in call.log if isinstance(each, Say)]
    assert said[1:] == [ENGLISH.time_is_up]


def test_in_a_very_short_call_it_is_not_announced():
    call = greeted(max_call_ms=60_000, reminders=Reminders.OFF)
    assert texts(call.lives(62_000)) == [ENGLISH.time_is_up]


def test_a_spent_budget_is_announced_and_ends_the_call_with_a_goodbye():
    call = greeted(reminders=Reminders.OFF)
    call.lives(20_000)
    began_ms = call.now_ms
    assert call.hears(BudgetSpent()) == []
    call.lives(100)
    call.hears(BudgetSpent())  # each snapshot says so
    said = call.lives(40_000)
    assert texts(said) == [ENGLISH.almost_over, ENGLISH.time_is_up]
    assert 29_000 <= said[1][0] - began_ms <= 32_000
    assert call.session.end_reason == EndReason.BUDGET_SPENT


def test_a_spent_budget_is_known_to_the_process_that_continues_the_call():
    call = greeted(reminders=Reminders.OFF)
    call.hears(BudgetSpent())
    state = call.session.snapshot(now_ms=call.now_ms)
    restored = CallSession.restored(call.session.config, state)
    assert restored.snapshot(now_ms=call.now_ms).ends_at_ms == state.ends_at_ms
    assert restored._time.is_winding_up
    assert restored._time.limit_ms == call.now_ms + 30_000


def test_a_call_that_would_end_sooner_ends_as_it_would():
    call = greeted(max_call_ms=30_000, reminders=Reminders.OFF)
    call.lives(20_000)
    call.hears(BudgetSpent())
    assert texts(call.lives(20_000)) == [ENGLISH.time_is_up]
    assert call.session.end_reason == EndReason.AGENT_HUNG_UP


# --- what never comes -----------------------------------------------------------------------------


def test_speech_of_which_no_news_comes_is_taken():
    call = greeted()
    call.caller_begins()
    assert call.lives(SPEECH_LOST_MS - 1_000) == []
    assert EndTurn() not in call.log
    call.lives(1_500)
    assert EndTurn() in call.log
    assert call.session.state is TurnState.TRANSCRIBING


def test_words_that_never_come_are_asked_for_again():
    call = greeted()
    call.caller_begins()
    call.hears(SpeechPaused(at_ms=call.now_ms))
    call.hears(SpeechStopped(at_ms=call.now_ms))
    said = call.lives(WORDS_LOST_MS + 500)
    assert said[-1][1] == ENGLISH.say_again


def test_a_reply_of_which_nothing_comes_has_failed():
    call = greeted()
    call.caller_says("when do you open")
    answer = call.last_response()
    said = call.lives(REPLY_LOST_MS + 10_000)
    assert Cancel(answer, heard_ms=0) in call.log
    assert ENGLISH.trouble in texts(said)


def test_a_reply_that_stops_in_the_middle_has_failed():
    call = greeted()
    call.caller_says("when do you open")
    call.agent_says("We open", ends=False)
    call.passes(2_000)
    call.carrier_plays()
    assert ENGLISH.broke_off in texts(call.lives(REPLY_LOST_MS + 10_000))


def test_a_tool_that_never_returns_is_waited_for_no_longer():
    call = greeted()
    call.caller_says("when do you open")
    answer = call.last_response()
    call.hears(ToolCalled(answer, "opening_hours"))
    call.hears(ResponseEnded(answer))
    call.lives(REPLY_LOST_MS + 10_000)
    assert [each for each in call.log if isinstance(each, Respond)][-1].response_id != answer


def test_last_words_that_never_come_are_left_to_the_carrier():
    call = greeted(max_call_ms=10_000)
    call.lives(REPLY_LOST_MS + 12_000, speaks=False)
    assert call.log[-1] == HangUp("engine_failed")


# --- in every order -------------------------------------------------------------------------------


def waits(call: Observed, ms: int) -> list:
    """The line lives and is silent, time passes, and nothing else happens."""
    commands = []
    for _ in range(ms // 250):
        call.now_ms += 250
        call.hears(FrameHeard(b"\xff" * 2_000))
        commands += call.hears(Tick())
        if call.session.state is TurnState.ENDED:
            break
    return commands


def test_who_has_heard_nothing_after_failures_waits_for_no_second_silence():
    call = Observed()
    call.runs(
        [
            (0, ResponseFailed("r1", "EngineTimeout")),
            (0, SpeechStarted(0)),
            (0, TranscriptionFailed("timeout")),
            (0, SpeechStopped(0)),
        ]
    )
    commands = waits(call, REPLY_LOST_MS + 1_000)
    assert [each.text for each in commands if isinstance(each, Say)] == [ENGLISH.giving_up]


reminders = st.sampled_from([Reminders.TWICE, Reminders.ONCE])


@settings(max_examples=200)
@given(steps, recordings, reminders)
def test_from_every_state_the_session_speaks_or_ends_within_a_bound(script, recording, count):
    call = Observed(recording=recording, reminders=count)
    call.runs(script)
    if call.session.state is not TurnState.ENDED:
        commands = waits(call, BOUND_MS)
        assert [each for each in commands if isinstance(each, Say | Respond | HangUp)]


@settings(max_examples=80)
@given(steps, recordings, reminders)
def test_with_engines_that_are_silent_for_ever_every_call_ends(script, recording, count):
    call = Observed(recording=recording, reminders=count)
    call.runs(script)
    waits(call, 600_000)
    assert call.session.state is TurnState.ENDED


@settings(max_examples=80)
@given(steps, reminders)
def test_with_engines_that_speak_a_silent_caller_hears_a_goodbye(script, count):
    call = Observed(reminders=count)
    call.runs(script)
    for _ in range(2_400):
        wanted = [each for each in waits(call, 250) if isinstance(each, Say | Respond)]
        for each in wanted:
            call.hears(AudioDelta(each.response_id, b"\x00" * 4_000, "Words."))
            call.hears(ResponseEnded(each.response_id))
        call.now_ms += 500 if call.unplayed else 0
        while call.unplayed:
            call.hears(MarkPlayed(call.unplayed.pop(0)))
    assert call.session.state is TurnState.ENDED


@pytest.mark.parametrize("typed", ["when do you open", "one moment"])
def test_words_end_every_wait(typed):
    call = greeted()
    call.lives(9_000)
    call.hears(CallerTyped(typed))
    assert call.session.state is TurnState.THINKING


# --- announcements of other companies -------------------------------------------------------------


def test_so_many_announcements_are_waited_out_and_the_next_is_answered():
    call = greeted(speculate=False)
    for _ in range(MOST_RECORDINGS):
        commands = call.caller_says("Your call is important to us.")
        assert not any(isinstance(command, Respond) for command in commands)
    commands = call.caller_says("Your call is important to us.")
    assert any(isinstance(command, Respond) for command in commands)
