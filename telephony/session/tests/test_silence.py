"""A caller who says nothing is asked whether they are there, and left in words after that."""

import pytest

from agents.engines.conversation import Role
from agents.engines.events import ResponseEnded, SpeechStarted, ToolCalled, Transcribed
from agents.settings.config import Recording, RecordingMode, Reminders
from telephony.session.commands import Cancel, Clear, HangUp, Respond, Say
from telephony.session.events import CallerTyped, CallOpened, DigitPressed, Tick, ToolReturned
from telephony.session.silence.patience import GRANTED_MS
from telephony.session.tests.conversation import Conversation, greeted, texts
from telephony.session.turns import TurnState
from telephony.spoken.languages import ENGLISH

FIRST, SECOND = ENGLISH.still_there


def coughs(call: Conversation, *, ms: int = 200) -> list:
    return call.caller_says("", ms=ms)


def test_a_silent_caller_is_asked_twice_in_different_words_and_then_left():
    call = greeted()
    from_ms = call.now_ms
    said = call.lives(60_000)
    assert texts(said) == [FIRST, SECOND, ENGLISH.unanswered]
    assert FIRST != SECOND
    first, second, goodbye = (at_ms - from_ms for at_ms, _ in said)
    assert 10_000 <= first < 10_500
    assert 11_000 <= second - first < 11_500  # a second of speech, and ten of silence
    assert 11_000 <= goodbye - second < 11_500
    assert call.log[-1] == HangUp("caller_inactive")


@pytest.mark.parametrize(
    ("reminders", "sentences"),
    [
        (Reminders.TWICE, [FIRST, SECOND, ENGLISH.unanswered]),
        (Reminders.ONCE, [FIRST, ENGLISH.unanswered]),
        (Reminders.OFF, []),
    ],
)
def test_how_often_is_a_setting(reminders, sentences):
    assert texts(greeted(reminders=reminders).lives(120_000)) == sentences


def test_how_long_the_agent_waits_is_a_setting():
    call = greeted(reminder_ms=30_000)
    assert call.lives(29_000) == []
    assert texts(call.lives(1_500)) == [FIRST]


def test_a_setting_that_was_stored_as_text_is_the_same():
    assert texts(greeted(reminders="once").lives(40_000)) == [FIRST, ENGLISH.unanswered]


def test_an_agent_without_a_greeting_does_not_wait_for_ever():
    call = Conversation(greeting="")
    call.opens()
    assert texts(call.lives(60_000)) == [FIRST, SECOND, ENGLISH.unanswered]


def test_a_caller_who_is_back_has_all_reminders_before_them_again():
    call = greeted()
    assert texts(call.lives(15_000)) == [FIRST]
    call.caller_says("yes, I am here")
    call.agent_says("Good. What can I do for you?")
    call.passes(2_000)
    call.carrier_plays()
    assert texts(call.lives(60_000)) == [FIRST, SECOND, ENGLISH.unanswered]


def test_a_reminder_is_a_turn_that_the_model_remembers():
    call = greeted()
    call.lives(12_000)
    assert [(turn.role, turn.heard_text) for turn in call.turns] == [
        (Role.AGENT, "Hello, how can I help?"),
        (Role.AGENT, FIRST),
    ]
    (asked,) = [each for each in call.caller_says("yes") if isinstance(each, Respond)]
    assert FIRST in asked.conversation[0].text
    assert asked.conversation[-1].text == "yes"


def test_a_reminder_can_be_interrupted():
    call = greeted()
    call.lives(10_320, speaks=False)
    call.agent_says(FIRST)
    call.passes(500)
    assert [type(each) for each in call.caller_begins()][:2] == [Clear, Cancel]
    assert call.session.state is TurnState.HEARING


def test_the_goodbye_is_heard_whole():
    call = greeted(reminders=Reminders.ONCE)
    assert texts(call.lives(12_000)) == [FIRST]
    while call.session.state is not TurnState.LEAVING:
        call.lives(240, speaks=False)
    call.agent_says(ENGLISH.unanswered, ms=3_000)
    call.passes(500)
    assert call.hears(SpeechStarted(at_ms=call.now_ms)) == []  # nothing cuts it off
    assert call.hears(CallerTyped("wait")) == []
    call.passes(2_400)
    assert HangUp not in [type(each) for each in call.carrier_plays(up_to_ms=2_800)]
    assert call.carrier_plays()[-1] == HangUp("caller_inactive")
    assert call.turns[-1].heard_text == ENGLISH.unanswered


def test_a_goodbye_of_the_model_is_heard_whole_after_a_noise():
    call = greeted()
    call.caller_says("no, that is all")
    call.agent_says("Thank you for calling. Goodbye.", ends=False)
    call.agent_hangs_up()
    call.passes(1_000)
    call.carrier_plays(up_to_ms=800)
    call.caller_begins()
    call.unplayed.clear()
    call.passes(200)
    call.caller_pauses("")
    (rest,) = [each for each in call.caller_ends() if isinstance(each, Say)]
    assert rest.text.endswith("Goodbye.")
    call.agent_says(rest.text)
    call.passes(2_000)
    assert call.carrier_plays()[-1] == HangUp("agent_hung_up")


# --- what is no silence ---------------------------------------------------------------------------


def test_while_the_agent_thinks_there_is_no_reminder():
    call = greeted()
    call.caller_says("when do you open")
    said = texts(call.lives(30_000))
    assert said
    assert not {FIRST, SECOND, ENGLISH.unanswered} & set(said)


def test_while_a_tool_works_there_is_no_reminder():
    call = greeted()
    call.caller_says("when do you open")
    call.agent_says("Let me look.", ends=False)
    response = call.last_response()
    call.hears(ToolCalled(response, "opening_hours"))
    call.hears(ResponseEnded(response))
    call.passes(2_000)
    call.carrier_plays()
    assert FIRST not in texts(call.lives(20_000))
    assert Respond in [type(each) for each in call.hears(ToolReturned("call00001", "at nine"))]


def test_a_question_about_recording_has_its_own_silence():
    recording = Recording(RecordingMode.KEY, sentence="May we record? Press one.", key="1")
    call = Conversation(recording=recording, reminder_ms=4_000)
    call.opens()
    call.agent_says(recording.sentence)
    call.passes(2_000)
    call.carrier_plays()
    assert texts(call.lives(5_500)) == []
    assert texts(call.lives(1_000)) == ["Hello, how can I help?"]


def test_a_caller_who_only_types_is_never_asked():
    call = Conversation()
    call.hears(CallOpened(has_audio=False))
    call.agent_says("Hello, how can I help?")
    call.passes(2_000)
    call.carrier_plays()
    assert call.lives(120_000) == []


def test_a_number_on_the_keypad_is_no_silence():
    call = greeted()
    for _ in range(20):
        call.hears(DigitPressed("4"))
        assert call.lives(960) == []
    assert call.lives(480) == []
    assert Respond in [type(each) for each in call.hears(DigitPressed("#"))]


def test_after_failures_the_caller_who_was_asked_to_wait_is_not_reminded():
    call = greeted()
    call.session._replies.failures = 2
    said = texts(call.lives(60_000))
    assert said == [ENGLISH.giving_up]


# --- noise and music ------------------------------------------------------------------------------


def test_a_noise_puts_a_reminder_off_for_a_moment_only():
    call = greeted()
    from_ms = call.now_ms
    call.lives(9_600)
    coughs(call)
    ((at_ms, text),) = call.lives(2_000)
    assert text == FIRST
    assert 10_900 <= at_ms - from_ms <= 11_500


def test_noise_again_and_again_does_not_reset_the_clock():
    call = greeted()
    from_ms = call.now_ms
    said = []
    while not said:
        coughs(call)
        said = call.lives(480)
    assert said[0][1] == FIRST
    assert said[0][0] - from_ms <= 21_000


def test_music_that_never_pauses_is_left_in_words():
    call = greeted()
    call.caller_begins()
    for _ in range(400):
        call.lives(960, speaks=False)
        if call.session.state is TurnState.TRANSCRIBING:
            call.hears(Transcribed(""))
            call.caller_begins()
        if call.session.state is TurnState.LEAVING:
            break
    sentences = [each.text for each in call.log if isinstance(each, Say)]
    assert sentences[1:] == [ENGLISH.unanswered]  # and it was never answered
    assert 300_000 <= call.now_ms <= 310_000


def test_speech_without_words_is_asked_for_only_so_often():
    call = greeted(reminders=Reminders.OFF)
    for _ in range(30):
        call.caller_says("", ms=1_000)
        if call.session.state is TurnState.THINKING:
            call.agent_says(ENGLISH.say_again)
            call.passes(2_000)
            call.carrier_plays()
        call.lives(12_000)
    asked = [each for each in call.log if isinstance(each, Say) and each.text == ENGLISH.say_again]
    assert len(asked) == 6


# --- a caller who asks for a moment ---------------------------------------------------------------


def asks_for_a_moment(call: Conversation, text: str = "One moment, please.") -> list:
    commands = call.caller_says(text)
    call.agent_says(ENGLISH.take_your_time, ms=1_000)
    call.passes(1_000)
    call.carrier_plays()
    return commands


def test_a_caller_who_asks_for_a_moment_has_a_minute():
    call = greeted()
    commands = asks_for_a_moment(call)
    assert [each.text for each in commands if isinstance(each, Say)] == [ENGLISH.take_your_time]
    from_ms = call.now_ms
    ((at_ms, text),) = call.lives(GRANTED_MS + 1_000)
    assert text == FIRST
    assert at_ms - from_ms >= GRANTED_MS
    assert texts(call.lives(30_000)) == [SECOND, ENGLISH.unanswered]  # in the usual time


def test_the_answer_that_was_begun_to_it_is_dropped():
    call = greeted()
    commands = call.caller_says("Hold on a second.")
    (draft,) = [each for each in commands if isinstance(each, Respond)]
    assert Cancel(draft.response_id, heard_ms=0) in commands


def test_music_and_noise_do_not_end_the_moment_and_are_not_answered():
    call = greeted()
    asks_for_a_moment(call)
    for _ in range(10):
        assert not [each for each in coughs(call, ms=2_000) if isinstance(each, Say | Respond)]
        assert call.lives(2_400) == []
    assert call.session.state is TurnState.LISTENING


def test_words_end_the_moment():
    call = greeted()
    asks_for_a_moment(call)
    call.lives(5_000)
    call.caller_says("here is my number")
    call.agent_says("Go ahead.", ms=1_000)
    call.passes(1_000)
    call.carrier_plays()
    assert texts(call.lives(11_000)) == [FIRST]


def test_a_question_with_a_moment_in_it_is_answered():
    call = greeted()
    call.caller_says("what do you charge", ms=600)
    commands = call.caller_says("one moment", ms=600)
    assert not [each for each in commands if isinstance(each, Say)]


def test_ticks_of_a_call_in_which_people_talk_do_nothing():
    call = greeted()
    call.caller_begins()
    call.passes(5_000)
    assert call.hears(Tick()) == []


def test_an_announcement_is_a_turn_that_is_not_answered():
    call = greeted(speculate=False)
    announced = "Your call is important to us."
    assert not [each for each in call.caller_says(announced) if isinstance(each, Respond | Say)]
    assert call.turns[-1].text == announced
    assert not call.session.transcript.is_answer_due
    asked = [each for each in call.caller_says("Hello, this is Anna.") if isinstance(each, Respond)]
    assert len(asked) == 1
    assert [turn.text for turn in call.turns[-2:]] == [announced, "Hello, this is Anna."]
    assert asked[0].conversation[-1].text.startswith(announced)


def test_an_announcement_does_not_take_the_place_of_a_question():
    call = greeted()
    call.caller_says("When do you open?")
    call.caller_says("Your call is important to us.")
    assert call.session.transcript.is_answer_due
