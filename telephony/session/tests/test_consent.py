"""Consent to a recording, tested as conversations: who is recorded, and from when on."""

import pytest

from agents.engines.events import (
    AudioDelta,
    ResponseEnded,
    ResponseFailed,
    SpeechStarted,
    Transcribed,
)
from agents.settings.config import Recording, RecordingMode
from telephony.session.commands import Clear, HangUp, Record, Respond, Say
from telephony.session.consent import ANSWER_MS, LONGEST_ANSWER, Consent
from telephony.session.events import CallerTyped, CallOpened, DigitPressed, Tick
from telephony.session.tests.conversation import LOUD, Conversation
from telephony.session.turns import TurnState
from telephony.spoken.languages import ENGLISH

SENTENCE = "This call is recorded."
GREETING = "Hello, how can I help?"


class Recorded(Conversation):
    """A call of an agent that records."""

    def __init__(self, mode: RecordingMode, **turn_taking) -> None:
        super().__init__(recording=Recording(mode, SENTENCE), **turn_taking)

    @property
    def said(self) -> list[str]:
        return [command.text for command in self.log if isinstance(command, Say)]

    @property
    def records(self) -> list[RecordingMode]:
        return [command.consent for command in self.log if isinstance(command, Record)]

    def is_told(self) -> None:
        """The sentence is said and heard."""
        self.opens()
        self.agent_says(SENTENCE)
        self.passes(2000)
        self.carrier_plays()

    def waits(self, ms: int) -> None:
        for _ in range(ms // 200):
            self.passes(200)
            self.hears(Tick())


def test_without_recording_there_is_no_announcement():
    call = Conversation()
    assert call.opens() == [Say("r1", GREETING)]


def test_an_announcement_comes_first_and_the_recording_begins_when_it_was_heard():
    call = Recorded(RecordingMode.ANNOUNCED)
    assert call.opens() == [Say("r1", SENTENCE)]
    call.agent_says(SENTENCE)
    assert call.records == []
    call.passes(2000)
    assert call.carrier_plays()[-2:] == [Record(RecordingMode.ANNOUNCED), Say("r2", GREETING)]


def test_talking_does_not_skip_an_announcement():
    call = Recorded(RecordingMode.ANNOUNCED)
    call.opens()
    call.caller_says("hello? are you there?")  # before its first sound
    call.agent_says(SENTENCE)
    call.caller_says("hello?")
    call.hears(DigitPressed("5"))
    call.hears(CallerTyped("hello"))
    assert not [command for command in call.log if isinstance(command, Clear)]
    call.passes(2000)
    call.carrier_plays()
    assert call.records == [RecordingMode.ANNOUNCED]
    call.waits(400)  # what was typed during it is answered now
    assert [turn.text for turn in call.turns][1:] == [SENTENCE, "hello? hello"]


@pytest.mark.parametrize(
    ("mode", "act", "is_recorded"),
    [
        (RecordingMode.KEY, DigitPressed("1"), True),
        (RecordingMode.KEY, DigitPressed("2"), False),
        (RecordingMode.KEY, "yes", False),
        (RecordingMode.WORD, "Yes, that is fine.", True),
        (RecordingMode.WORD, "yesterday", False),
        (RecordingMode.WORD, "No, not yes!", False),
        (RecordingMode.WORD, "when do you open", False),
        (RecordingMode.WORD, DigitPressed("1"), False),
        (RecordingMode.KEY, None, False),
        (RecordingMode.WORD, None, False),
    ],
)
@pytest.mark.parametrize("greeting", [GREETING, ""])
def test_only_the_asked_for_answer_is_a_yes_and_the_call_continues(
    mode, act, is_recorded, greeting
):
    call = Recorded(mode, greeting=greeting)
    call.is_told()
    assert call.records == []
    if act is None:
        call.waits(ANSWER_MS + 400)
    elif isinstance(act, str):
        call.caller_says(act)
    else:
        call.hears(act)
    assert call.records == ([mode] if is_recorded else [])
    assert call.said == ([SENTENCE, greeting] if greeting else [SENTENCE])
    assert call.session.state is (TurnState.THINKING if greeting else TurnState.LISTENING)
    assert not [command for command in call.log if isinstance(command, Respond)]
    if greeting:
        call.agent_says(greeting)
        call.passes(2000)
        call.carrier_plays()
    call.caller_says("when do you open")
    assert [command for command in call.log if isinstance(command, Respond)]
    assert call.records == ([mode] if is_recorded else [])


def test_the_right_key_need_not_wait_for_the_end_of_the_question():
    call = Recorded(RecordingMode.KEY)
    call.opens()
    call.agent_says(SENTENCE)
    call.passes(400)
    commands = call.hears(DigitPressed("1"))
    assert isinstance(commands[0], Clear)
    assert commands[-2:] == [Record(RecordingMode.KEY), Say("r2", GREETING)]


def test_the_right_word_need_not_either():
    call = Recorded(RecordingMode.WORD)
    call.opens()
    call.agent_says(SENTENCE)
    call.hears(SpeechStarted(0))
    commands = call.hears(Transcribed("yes yes"))
    assert commands[-2:] == [Record(RecordingMode.WORD), Say("r2", GREETING)]


def test_a_caller_who_coughs_may_still_answer():
    call = Recorded(RecordingMode.WORD)
    call.is_told()
    call.caller_says("")
    assert call.said == [SENTENCE]
    call.caller_says("yes")
    assert call.records == [RecordingMode.WORD]


def test_a_key_pressed_while_speaking_is_an_answer():
    call = Recorded(RecordingMode.KEY)
    call.is_told()
    call.caller_begins()
    call.hears(DigitPressed("1"))
    assert call.records == [RecordingMode.KEY]
    assert call.session.state is TurnState.THINKING


@pytest.mark.parametrize("mode", [RecordingMode.ANNOUNCED, RecordingMode.KEY])
def test_a_caller_who_heard_half_of_the_announcement_is_not_recorded(mode):
    call = Recorded(mode)
    call.opens()
    call.hears(AudioDelta("r1", LOUD * 4000, "This call"))
    call.hears(ResponseFailed("r1", "gone"))
    call.passes(1000)
    call.carrier_plays()
    assert call.records == []
    assert call.said == [SENTENCE, GREETING]


def test_a_sentence_without_a_sound_is_no_announcement():
    call = Recorded(RecordingMode.ANNOUNCED)
    call.opens()
    call.hears(ResponseEnded("r1"))
    assert call.records == []
    assert call.said == [SENTENCE, GREETING]


def test_a_typing_caller_is_not_recorded_and_hears_no_announcement():
    call = Recorded(RecordingMode.ANNOUNCED)
    assert call.hears(CallOpened(has_audio=False)) == [Say("r1", GREETING)]


@pytest.mark.parametrize("words", ["Ja!", "ja, gern", "  JA  "])
def test_a_word_is_found_however_it_is_written(words):
    assert Consent(Recording(RecordingMode.WORD, "Darf ich?", word="ja")).is_word(words)


@pytest.mark.parametrize("words", ["nein", "ja nein", "jawohl", ""])
def test_and_is_not_found_within_another(words):
    assert not Consent(Recording(RecordingMode.WORD, "Darf ich?", word="ja")).is_word(words)


def test_a_speech_is_no_plain_yes():
    asking = Consent(Recording(RecordingMode.WORD, "Darf ich?", word="ja"))
    answer = "ja " * (LONGEST_ANSWER // 3)
    assert asking.is_word(answer)
    assert not asking.is_word(answer + "ja ja")


@pytest.mark.parametrize("is_asked", [True, False])
@pytest.mark.parametrize("mode", [RecordingMode.KEY, RecordingMode.WORD])
def test_an_answer_after_the_time_of_the_call_does_not_cut_off_the_last_words(mode, is_asked):
    call = Recorded(mode, max_call_ms=2_000)
    if is_asked:
        call.is_told()
    else:  # the time is up in the middle of the question
        call.opens()
        call.agent_says(SENTENCE, ms=4_000)
        call.passes(2_000)
    call.hears(Tick())
    assert call.said[-1] == ENGLISH.time_is_up
    call.hears(DigitPressed("1"))
    call.caller_says("yes")
    call.unplayed.clear()  # marks of the question, which was cut off
    call.agent_says(ENGLISH.time_is_up)
    call.passes(2_000)
    assert call.carrier_plays()[-1] == HangUp("agent_hung_up")
    assert call.said[-1] == ENGLISH.time_is_up
    assert call.records == []
