"""Who may interrupt: scripted conversations, one for each kind of sound over the agent's voice."""

from itertools import pairwise

import pytest

from agents.engines.conversation import Role, Utterance
from agents.engines.events import (
    PartlyHeard,
    ResponseEnded,
    SpeechLasted,
    SpeechPaused,
    SpeechStopped,
    ToolCalled,
    Transcribed,
    TranscriptionFailed,
)
from agents.settings.groups import Sensitivity
from agents.speech.interruption.judgement import EARLY_MS
from telephony.session.barge_in.doubt import UNHEARD_MS
from telephony.session.commands import Cancel, Clear, HangUp, Peek, Respond, Say
from telephony.session.events import CallerTyped, DigitPressed, LeaveAsked, Tick, ToolReturned
from telephony.session.tests.conversation import Conversation
from telephony.session.turns import TurnState

SENTENCE = "We open at nine and close at five on every day of the week, also on holidays. "


class BargeIn(Conversation):
    """A call in which the agent has been telling something for a second and a half."""

    def __init__(self, text: str = SENTENCE, *, ms: int = 6_000, **settings):
        super().__init__(**{"sensitivity": Sensitivity.BALANCED, **settings})
        self.greets()
        self.caller_says("tell me everything")
        self.agent_says(text, ms=ms)
        self.reply = self.last_response()
        self.passes(1_500)
        self.before = len(self.log)
        self.turns_before = len(self.turns)

    def passes(self, ms: int) -> None:
        """Time passes, and marks come back as they are played."""
        for _ in range(ms // 20):
            super().passes(20)
            if heard := self.session.heard(self.now_ms):
                self.carrier_plays(heard[1])

    def sounds(self, ms: int, *, voiced: float = 0.7, **kind: bool) -> None:
        """A sound over the agent begins, and lasts so long; the engine measures it when asked."""
        commands = self.caller_begins()
        self.began_ms = self.now_ms - 96
        self.lasts(ms, commands, voiced=voiced, **kind)

    def lasts(self, ms: int, commands, *, voiced: float = 0.7, **kind: bool) -> None:
        due = [command.after_ms for command in commands if isinstance(command, Peek)]
        while self.now_ms - self.began_ms < ms:
            self.passes(20)
            lasted = self.now_ms - self.began_ms
            if due and lasted >= due[-1]:
                told = self.hears(SpeechLasted(lasted, int(voiced * lasted), **kind))
                due += [each.after_ms for each in told if isinstance(each, Peek)]

    def is_partly(self, text: str, ms: int | None = None) -> None:
        self.hears(PartlyHeard(text, ms or self.now_ms - self.began_ms))

    def ends(self, text: str | None, *, voiced: float = 0.7, **kind: bool) -> None:
        """It pauses, its words come, and it is over."""
        lasted = self.now_ms - self.began_ms
        self.ended_ms = self.now_ms
        self.passes(60)
        self.hears(SpeechLasted(lasted, int(voiced * lasted), **kind))
        self.hears(SpeechPaused(self.ended_ms))
        if text is not None:
            self.hears(Transcribed(text))
        self.passes(160)
        self.hears(SpeechStopped(self.ended_ms))

    @property
    def since(self):
        return self.log[self.before :]

    @property
    def asked(self) -> Respond:
        """The newest request for an answer since then."""
        return [each for each in self.since if isinstance(each, Respond)][-1]

    @property
    def is_cleared(self) -> bool:
        return any(isinstance(command, Clear) for command in self.since)

    def plays_on(self) -> None:
        """The rest of the reply is heard, and nothing of the sound has left a trace."""
        assert not self.is_cleared
        assert not any(isinstance(each, Cancel | Respond | Say) for each in self.since)
        assert self.session.state is TurnState.SPEAKING
        self.passes(5_000)
        self.carrier_plays()
        assert self.session.state is TurnState.LISTENING
        assert len(self.turns) == self.turns_before
        assert not self.turns[-1].interrupted
        assert self.turns[-1].heard_text == self.turns[-1].text


# --- What does not interrupt ---------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Mm-hmm.", "Yes.", "Okay.", "Right.", "Uh-huh.", "Oh, I see."])
def test_an_acknowledgement_is_no_interruption_and_no_turn(text):
    call = BargeIn()
    call.sounds(420)
    call.ends(text)
    call.plays_on()


@pytest.mark.parametrize("text", ["Ja.", "Genau.", "Mhm.", "Ach so.", "Alles klar."])
def test_neither_is_one_in_german(text):
    call = BargeIn(language="de-AT")
    call.sounds(420)
    call.ends(text)
    call.plays_on()


def test_a_long_acknowledgement_is_none_while_its_words_are_known():
    call = BargeIn()
    call.sounds(400)
    call.is_partly("Mm-hmm")
    call.lasts(800, [Peek(576)])
    call.is_partly("Mm-hmm, okay")
    call.lasts(1_100, [Peek(1_000)])
    call.ends("Mm-hmm, okay, right.")
    call.plays_on()


@pytest.mark.parametrize("text", ["", "Um.", "Haha.", "[cough]"])
def test_neither_is_a_cough_a_laugh_or_a_filler(text):
    call = BargeIn()
    call.sounds(380, voiced=0.2)
    call.ends(text, voiced=0.2)
    call.plays_on()


def test_noise_without_words_never_leaves_silence_however_long_it_lasts():
    call = BargeIn()
    call.sounds(480)
    call.is_partly("")
    commands = [Peek(600)]
    for ms in range(800, 2_800, 400):
        call.lasts(ms, commands)
        call.is_partly("")
        call.hears(Tick())
        commands = [Peek(ms + 300)]
    call.ends("")
    call.plays_on()


def test_its_own_echo_does_not_interrupt_the_agent_nor_become_a_turn():
    call = BargeIn()
    call.sounds(2_000, is_echo=True)
    call.ends("close at five on every day", is_echo=True)
    call.plays_on()


def test_an_echo_that_outlasts_the_reply_is_no_turn_either():
    call = BargeIn(ms=2_400)
    call.sounds(700, is_echo=True)
    call.passes(200)
    call.carrier_plays()
    assert call.session.state is TurnState.LISTENING
    call.ends("also on holidays", is_echo=True)
    call.passes(1_000)
    call.hears(Tick())
    assert call.session.state is TurnState.LISTENING
    assert len(call.turns) == call.turns_before


def test_words_that_the_agent_did_not_say_are_no_echo():
    call = BargeIn()
    call.sounds(500, is_echo=True)
    assert not call.is_cleared
    call.ends("Could you stop, please?", is_echo=True)
    assert call.is_cleared


def aside() -> BargeIn:
    """A reply was heard whole, over which the caller spoke to somebody else."""
    call = BargeIn()
    call.sounds(900, is_faint=True)
    call.is_partly("put that on the table")
    call.ends("Put that on the table over there.", is_faint=True)
    assert not call.is_cleared
    assert call.session.state is TurnState.SPEAKING
    while call.session.state is TurnState.SPEAKING:
        call.passes(20)
    assert call.turns[-1].text == "Put that on the table over there."
    return call


def test_who_speaks_aside_neither_stops_the_agent_nor_is_answered():
    call = aside()
    call.lives(2_900)
    assert call.session.state is TurnState.LISTENING
    call.caller_begins()
    asked = call.caller_pauses("And on sundays?")
    [respond] = [each for each in asked if isinstance(each, Respond)]
    assert "table" in respond.conversation[-1].text  # the model knows of it


def test_who_waits_in_silence_after_words_said_aside_is_answered():
    call = aside()
    call.lives(3_200)
    assert call.asked.conversation[-1].text.startswith("Put that")
    assert call.session.state is TurnState.THINKING


def test_words_for_the_agent_are_not_kept_waiting_by_those_said_aside():
    call = BargeIn(interruptible=False)
    call.sounds(900)
    call.ends("What about sundays?")
    call.sounds(900, is_faint=True)
    call.ends("Put that on the table.", is_faint=True)
    call.passes(5_000)
    call.carrier_plays()
    assert call.session.state is TurnState.THINKING


# --- What does -----------------------------------------------------------------------------------


def cleared_after(call) -> int:
    """How long after the beginning of the sound the agent fell silent."""
    assert call.is_cleared
    return call.now_ms - call.began_ms


@pytest.mark.parametrize(
    "text", ["Wait", "no", "stop", "I have a", "what about", "and on", "Yes but"]
)
def test_words_stop_the_agent_as_soon_as_they_are_understood(text):
    call = BargeIn()
    call.sounds(220)
    call.is_partly(text)
    assert cleared_after(call) <= 250
    assert call.session.state is TurnState.HEARING
    call.passes(600)
    asked = call.caller_pauses("Wait, what about sundays?")
    assert [each for each in asked if isinstance(each, Respond)]
    call.passes(140)
    call.caller_ends()
    assert [turn.role for turn in call.turns[-2:]] == [Role.AGENT, Role.CALLER]
    assert call.turns[-2].interrupted


@pytest.mark.parametrize("text", ["Warten Sie", "Moment", "nein", "Stopp"])
def test_so_they_do_in_german(text):
    call = BargeIn(language="de")
    call.sounds(220)
    call.is_partly(text)
    assert call.is_cleared


def test_without_a_text_a_voice_stops_it_when_it_lasts():
    call = BargeIn()
    call.sounds(690)
    assert not call.is_cleared
    call.lasts(780, [Peek(704)])
    assert call.is_cleared
    assert call.session.state is TurnState.HEARING


def test_first_words_are_looked_for_every_tenth_of_a_second():
    call = BargeIn()
    call.sounds(450)
    peeks = [each.after_ms for each in call.since if isinstance(each, Peek)]
    assert peeks[0] == 192
    assert all(each - before <= 120 for before, each in pairwise(peeks[:3]))


def test_a_short_word_stops_it_when_its_text_comes_at_the_pause():
    call = BargeIn()
    call.sounds(180)
    call.ends("No.")
    assert call.is_cleared
    assert call.turns[-1].text == "No."
    assert call.asked.conversation[-2].interrupted
    assert call.asked.conversation[-1] == Utterance(Role.CALLER, "No.")
    assert call.session.state is TurnState.THINKING


def test_words_that_come_after_the_end_of_the_sound_are_answered_at_once():
    call = BargeIn()
    call.sounds(300)
    call.ends(None)
    call.passes(200)
    assert not call.is_cleared
    call.hears(Transcribed("Stop."))
    assert call.is_cleared
    assert isinstance(call.log[-1], Respond)


def test_the_model_is_told_what_was_heard_and_by_what_it_was_interrupted():
    call = BargeIn()
    call.sounds(220)
    call.is_partly("what about")
    call.passes(500)
    asked = call.caller_pauses("What about Sundays?")[-1]
    cut, asks = asked.conversation[-2:]
    assert (cut.role, cut.interrupted) == (Role.AGENT, True)
    assert SENTENCE.startswith(cut.text)
    assert len(cut.text) < len(SENTENCE)
    assert asks == Utterance(Role.CALLER, "What about Sundays?")


def test_an_acknowledgement_that_goes_on_into_words_stops_it():
    call = BargeIn()
    call.sounds(400)
    call.is_partly("Okay")
    call.ended_ms = call.now_ms
    call.passes(60)
    call.hears(SpeechPaused(call.ended_ms))
    call.hears(Transcribed("Okay."))
    assert not call.is_cleared
    call.caller_goes_on()
    call.is_partly("Okay but what", 700)
    assert call.is_cleared
    assert call.session.state is TurnState.HEARING


@pytest.mark.parametrize("text", ["Yes.", "Mm-hmm.", "Okay"])
def test_after_a_question_an_acknowledgement_is_an_answer(text):
    call = BargeIn(
        "Would nine be fine? We have a table then, by the window, with a view. ", ms=4_000
    )
    call.sounds(300)
    call.ends(text)
    assert call.is_cleared
    assert call.turns[-1].text == text
    assert call.asked.conversation[-1] == Utterance(Role.CALLER, text)


def test_long_before_its_end_a_question_is_not_asked_yet():
    call = BargeIn(
        "We have a table by the window with a view of the sea, would nine be fine?", ms=6_000
    )
    call.sounds(300)
    call.ends("Mm-hmm.")
    call.plays_on()


@pytest.mark.parametrize("text", ["Okay.", "Yes, thanks."])
def test_an_acknowledgement_of_the_last_words_is_a_turn_after_them(text):
    call = BargeIn(ms=2_600)
    call.passes(300)
    call.sounds(300)
    call.ends(text)
    assert not call.is_cleared
    call.passes(600)
    call.carrier_plays()
    assert call.turns[-1].text == text
    assert not call.turns[-2].interrupted
    assert call.session.state is TurnState.THINKING


def test_an_acknowledgement_that_outlasts_the_reply_is_a_turn_too():
    call = BargeIn(ms=1_800)
    call.sounds(400)
    call.carrier_plays()
    assert call.session.state is TurnState.HEARING
    call.ends("Okay.")
    assert call.turns[-1].text == "Okay."
    assert call.session.state is TurnState.THINKING


@pytest.mark.parametrize("event", [Transcribed("Okay."), TranscriptionFailed("timeout")])
def test_nothing_waits_for_ever_when_the_reply_ends_between_the_words_and_the_end(event):
    call = BargeIn(ms=2_000)
    call.sounds(300)
    call.ended_ms = call.now_ms
    call.hears(SpeechLasted(300, 10))
    call.hears(SpeechPaused(call.ended_ms))
    call.hears(event)
    call.passes(300)
    call.carrier_plays()
    call.hears(SpeechStopped(call.ended_ms))
    assert call.session.state is TurnState.THINKING


# --- When the recogniser is slow or fails --------------------------------------------------------


def test_a_recogniser_that_is_slow_makes_the_agent_yield():
    call = BargeIn()
    call.sounds(300)
    call.ends(None)
    call.hears(Tick())
    assert not call.is_cleared
    call.passes(500)
    call.hears(Tick())
    assert call.is_cleared
    assert call.session.state is TurnState.TRANSCRIBING
    call.hears(Transcribed(""))
    assert isinstance(call.log[-1], Say)  # the rest of what it was saying


def test_a_cough_that_is_not_understood_for_long_does_not():
    call = BargeIn()
    call.sounds(300, voiced=0.1)
    call.ends(None, voiced=0.1)
    call.passes(1_000)
    call.hears(Tick())
    assert not call.is_cleared
    call.hears(Transcribed(""))
    call.plays_on()


def test_a_recogniser_that_fails_makes_it_yield():
    call = BargeIn()
    call.sounds(220)
    call.hears(PartlyHeard("", 220, has_failed=True))
    assert not call.is_cleared
    call.ended_ms = call.now_ms
    call.hears(SpeechPaused(call.ended_ms))
    call.hears(TranscriptionFailed("timeout"))
    assert call.is_cleared
    assert call.session.state is TurnState.HEARING


def test_an_engine_that_says_nothing_of_a_sound_makes_it_yield():
    call = BargeIn()
    call.caller_begins()
    call.passes(UNHEARD_MS - 20)
    call.hears(Tick())
    assert not call.is_cleared
    call.passes(20)
    call.hears(Tick())
    assert call.is_cleared
    assert call.session.state is TurnState.HEARING


def test_a_false_stop_resumes_with_the_first_word_that_was_not_heard():
    call = BargeIn()
    call.sounds(800)
    assert call.is_cleared
    heard = call.turns[-1].heard_text
    call.ended_ms = call.now_ms
    call.caller_pauses("")
    call.passes(160)
    call.hears(SpeechStopped(call.ended_ms))
    rest = call.log[-1]
    assert isinstance(rest, Say)
    assert f"{heard} {rest.text}" == SENTENCE.strip()


# --- What is as it was ---------------------------------------------------------------------------


def test_an_eager_agent_stops_at_any_sound():
    call = BargeIn(sensitivity=Sensitivity.EAGER)
    assert call.caller_begins()[0] == Clear()


def test_a_patient_agent_wants_two_words_or_a_stop_or_the_whole():
    for text, stops in (("table", False), ("a table", True), ("stop", True)):
        call = BargeIn(sensitivity=Sensitivity.PATIENT)
        call.sounds(400)
        call.is_partly(text)
        assert call.is_cleared is stops, text
    call = BargeIn(sensitivity=Sensitivity.PATIENT)
    call.sounds(1_000)
    assert not call.is_cleared
    call.ends("Tuesday.")
    assert call.is_cleared


def test_an_agent_that_may_not_be_interrupted_doubts_nothing():
    call = BargeIn(interruptible=False)
    assert call.caller_begins() == []


def early(*, heard_ms: int, continues: bool = False) -> Conversation:
    """A sound into an answer of which so much was heard."""
    call = Conversation(sensitivity=Sensitivity.BALANCED)
    call.greets()
    call.caller_says("i would like")
    call.agent_says(SENTENCE, ms=6_000)
    call.passes(heard_ms)
    call.carrier_plays(heard_ms)
    [peek] = call.caller_begins(continues=continues)
    assert isinstance(peek, Peek)
    return call


@pytest.mark.parametrize(("heard_ms", "continues"), [(300, False), (300, True), (900, True)])
def test_a_caller_who_continues_just_after_the_agent_began_interrupts_at_once(heard_ms, continues):
    call = early(heard_ms=heard_ms, continues=continues)
    assert call.hears(SpeechLasted(EARLY_MS, 64))[0] == Clear()


def test_later_the_first_sound_is_not_enough():
    assert Clear() not in early(heard_ms=900).hears(SpeechLasted(192, 160))


def test_the_echo_of_the_first_words_does_not_stop_the_agent():
    call = early(heard_ms=300, continues=True)
    assert Clear() not in call.hears(SpeechLasted(EARLY_MS, 64, is_echo=True))
    call.ended_ms = call.now_ms
    call.hears(SpeechPaused(call.ended_ms))
    call.hears(Transcribed("i would like we open at nine"))
    call.hears(SpeechStopped(call.ended_ms))
    assert Clear() not in call.log
    assert call.session.state is TurnState.SPEAKING
    assert [turn.text for turn in call.turns if turn.role is Role.CALLER] == ["i would like"]


def test_words_that_are_heard_again_behind_an_echo_are_the_callers():
    call = early(heard_ms=600, continues=True)
    call.hears(SpeechLasted(200, 0, is_echo=True))
    call.passes(200)
    call.hears(SpeechLasted(400, 100))
    call.ended_ms = call.now_ms
    call.hears(SpeechPaused(call.ended_ms))
    call.hears(Transcribed("i would like to know about the cancellation fee please"))
    assert Clear() in call.log
    call.passes(160)
    call.hears(SpeechStopped(call.ended_ms))
    [asked] = [each for each in call.log if isinstance(each, Respond)][-1:]
    assert "cancellation fee" in asked.conversation[-1].text


def test_words_that_are_typed_after_a_sound_over_the_answer_are_a_turn_of_their_own():
    call = early(heard_ms=400)
    call.ended_ms = call.now_ms
    call.passes(60)
    call.hears(SpeechPaused(call.ended_ms))
    call.hears(Transcribed(""))
    call.passes(160)
    call.hears(SpeechStopped(call.ended_ms))
    call.passes(6_000)
    call.carrier_plays()
    call.hears(CallerTyped("5 people"))
    said = [turn.text for turn in call.turns if turn.role is Role.CALLER]
    assert said == ["i would like", "5 people"]
    [asked] = [each for each in call.log if isinstance(each, Respond)][-1:]
    assert [each.role for each in asked.conversation[-3:]] == [
        Role.CALLER,
        Role.AGENT,
        Role.CALLER,
    ]


def test_a_failed_recognition_of_what_outlasted_the_reply_is_asked_for_again():
    call = BargeIn(ms=2_400)
    call.passes(500)
    call.sounds(300)
    call.ended_ms = call.now_ms
    call.hears(SpeechPaused(call.ended_ms))
    call.hears(SpeechStopped(call.ended_ms))
    call.carrier_plays()
    assert call.session.state is TurnState.LISTENING
    assert any(isinstance(each, Say) for each in call.hears(TranscriptionFailed("timeout")))


def test_an_echo_of_the_last_word_that_begins_after_the_reply_is_no_turn():
    call = BargeIn(ms=2_400)
    call.sounds(300, is_echo=True)
    call.ends("", is_echo=True)
    call.passes(600)
    call.carrier_plays()
    assert call.session.state is TurnState.LISTENING
    call.passes(200)
    call.sounds(200, is_echo=True)
    call.ends("holidays", is_echo=True)
    assert call.session.state is TurnState.LISTENING
    assert len(call.turns) == call.turns_before


def test_on_a_line_with_echo_speech_just_after_the_reply_is_a_turn():
    call = BargeIn(ms=2_400)
    call.sounds(300, is_echo=True)
    call.ends("", is_echo=True)
    call.passes(600)
    call.carrier_plays()
    call.passes(200)
    call.sounds(200)
    assert call.session.state is TurnState.HEARING
    call.ends("What about Sundays?")
    assert call.session.state is TurnState.THINKING


def test_in_a_gap_of_the_reply_there_is_nothing_to_keep_saying():
    call = Conversation(sensitivity=Sensitivity.BALANCED)
    call.greets()
    call.caller_says("tell me everything")
    call.agent_says("One moment.", ms=1_000, ends=False)
    call.passes(1_000)
    call.carrier_plays()
    call.passes(200)
    assert call.session.state is TurnState.SPEAKING
    assert call.caller_begins()[0] == Clear()


@pytest.mark.parametrize("event", [DigitPressed("5"), CallerTyped("when do you open")])
def test_keys_and_typed_words_stop_it_at_once_whatever_is_doubted(event):
    call = BargeIn()
    call.sounds(300)
    assert call.hears(event)[0] == Clear()
    call.ends("Okay.")
    assert call.session.state is not TurnState.SPEAKING


def test_last_words_are_not_doubted_and_end_the_call():
    call = BargeIn()
    call.sounds(300)
    assert call.hears(LeaveAsked())[0] == Clear()
    call.ends("Okay.")
    call.agent_says("Goodbye.", ms=400)
    call.passes(400)
    assert call.carrier_plays()[-1] == HangUp("restarting")


def test_the_doubt_outlasts_a_reply_that_continues_with_the_result_of_a_tool():
    call = Conversation(sensitivity=Sensitivity.BALANCED)
    call.greets()
    call.caller_says("tell me everything")
    call.agent_says("I look it up. ", ms=1_000, ends=False)
    response = call.last_response()
    call.hears(ToolCalled(response, "opening_hours"))
    call.hears(ResponseEnded(response))
    call.passes(800)
    call.carrier_plays(800)
    call.caller_begins()
    call.hears(SpeechLasted(200, 120))
    call.passes(200)
    call.carrier_plays()
    call.hears(ToolReturned("call00001", "nine to five"))
    assert call.session.state is TurnState.THINKING
    call.hears(PartlyHeard("no wait", 200))
    assert call.session.state is TurnState.HEARING
