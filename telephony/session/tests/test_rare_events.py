"""Events that hardly ever come, each in the state where it matters."""

from agents.engines.events import (
    ResponseEnded,
    ResponseFailed,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    ToolCalled,
    Transcribed,
    TranscriptionFailed,
)
from agents.settings.config import Recording, RecordingMode
from agents.settings.groups import Sensitivity
from telephony.session.commands import Cancel, Clear, HangUp, Peek, Respond, RunTool, Say
from telephony.session.events import HangUpAsked, Tick
from telephony.session.replies.playout import MARK_GRACE_MS
from telephony.session.silence.timekeeping import LONGEST_TURN_MS
from telephony.session.tests.conversation import Conversation, greeted
from telephony.session.tests.test_timekeeping import talks
from telephony.session.turns import TurnState
from telephony.spoken.languages import ENGLISH


def kinds(commands) -> list[type]:
    return [type(each) for each in commands]


def test_a_member_who_hangs_up_ends_the_call_in_any_state():
    for call in (Conversation(), greeted()):
        call.opens() if call.now_ms == 0 else call.caller_says("Hello")
        assert HangUp("hung_up_by_member") in call.hears(HangUpAsked("hung_up_by_member"))


def test_a_goodbye_whose_mark_is_lost_ends_the_call_all_the_same():
    call = greeted()
    call.caller_says("Bye.")
    call.agent_says("Goodbye.", ends=False)
    call.agent_hangs_up()
    call.unplayed.clear()  # the carrier has lost it
    for _ in range((2_000 + MARK_GRACE_MS) // 200 + 2):
        call.passes(200)
        if HangUp in kinds(call.hears(Tick())):
            break
    assert call.session.state is TurnState.ENDED


def test_a_draft_that_fails_is_asked_for_again_when_the_turn_is_over():
    call = greeted()
    call.caller_begins()
    call.passes(600)
    (begun,) = [each for each in call.caller_pauses("When are you open?") if type(each) is Respond]
    assert call.hears(ResponseFailed(begun.response_id, "EngineTimeout")) == []
    call.passes(140)
    (asked,) = [each for each in call.caller_ends() if isinstance(each, Respond)]
    assert asked.response_id != begun.response_id


def test_a_pause_whose_words_failed_is_heard_again_at_the_next():
    call = greeted()
    call.caller_begins()
    call.passes(600)
    call.hears(SpeechPaused(at_ms=call.now_ms))
    call.hears(SpeechResumed(at_ms=call.now_ms))
    call.hears(TranscriptionFailed("timeout"))  # of the words before the pause
    call.passes(600)
    call.caller_pauses("When are you open?")
    call.passes(140)
    call.caller_ends()
    assert [turn.text for turn in call.turns][-1] == "When are you open?"


def test_a_tool_that_a_greeting_wants_is_not_run():
    call = Conversation()
    (greeting,) = call.opens()
    assert RunTool not in kinds(call.hears(ToolCalled(greeting.response_id, "book", "{}")))
    call.agent_says("Hello, how can I help?", ends=False)
    assert call.hears(ToolCalled(greeting.response_id, "book", "{}")) == []


def test_an_answer_about_a_recording_that_was_not_understood_is_no_yes():
    call = Conversation(recording=Recording(RecordingMode.WORD, "Say yes to be recorded."))
    call.opens()
    call.agent_says("Say yes to be recorded.")
    call.passes(2_000)
    call.carrier_plays()
    call.caller_begins()
    call.passes(600)
    call.hears(SpeechPaused(at_ms=call.now_ms))
    call.hears(TranscriptionFailed("timeout"))
    call.ended_ms = call.now_ms
    call.passes(140)
    (said,) = [each for each in call.caller_ends() if isinstance(each, Say)]
    assert said.text == "Hello, how can I help?"  # the call continues, unrecorded


def interrupted_speaker() -> Conversation:
    """A caller who has talked for a minute, and is told so while they talk on."""
    call = greeted()
    call.caller_begins()
    talks(call, LONGEST_TURN_MS + 2_000)
    call.caller_begins()
    call.hears(Transcribed("I was saying"))
    return call


def test_a_caller_does_not_interrupt_the_interruption():
    call = interrupted_speaker()
    call.agent_says(ENGLISH.interrupting, ms=3_000)
    call.passes(500)
    assert Clear not in kinds(call.hears(SpeechStarted(call.now_ms, continues=False)))


def test_an_interruption_without_a_voice_leads_to_the_answer():
    call = interrupted_speaker()
    commands = call.hears(ResponseFailed(call.last_response(), "EngineTimeout"))
    assert Respond in kinds(commands)


def test_a_turn_that_was_taken_without_words_is_heard_on():
    call = greeted()
    call.caller_begins()
    talks(call, LONGEST_TURN_MS + 2_000)
    call.caller_begins()
    call.hears(Transcribed(""))
    assert call.session.state is TurnState.HEARING


def test_over_a_question_for_consent_no_sound_is_doubted():
    call = Conversation(
        recording=Recording(RecordingMode.WORD, "Say yes to be recorded."),
        sensitivity=Sensitivity.BALANCED,
    )
    call.opens()
    call.agent_says("Say yes to be recorded.")
    call.passes(2_000)
    call.carrier_plays()
    assert Peek not in kinds(call.caller_begins())


def test_nothing_that_is_cancelled_is_said():
    call = greeted()
    call.caller_says("When are you open?")
    response = call.last_response()
    call.agent_says("We are open from nine", ends=False)
    assert Cancel in kinds(call.caller_begins())
    assert call.hears(ResponseEnded(response)) == []
