"""When the caller's turn is taken for over, as conversations; the endpointer is the real one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.engines.conversation import Role, Utterance
from agents.engines.events import (
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    Transcribed,
    TranscriptionFailed,
    TurnEndHeard,
)
from agents.speech.audio.endpointing import TEXT_WAIT_MS, WINDOW_MS, Endpointer
from telephony.session.commands import Clear, EndTurnAfter, Respond
from telephony.session.events import CallerTyped, FrameHeard
from telephony.session.tests.conversation import Conversation
from telephony.session.turns import TurnState

VOICED, SILENT = 0.95, 0.02
FAILED = "(failed)"


class Line(Conversation):
    """A call whose caller is heard through the endpointer, and transcribed after a while."""

    def __init__(self, **turn_taking) -> None:
        super().__init__(**turn_taking)
        self.endpointer = Endpointer(self.session.config.turn_taking)
        self._text = ""
        self._text_ms = 0
        self._text_in: int | None = None  # windows
        self.silent_ms = 0
        self.sounds_finished: float | None = None  # what a model says of each pause; None: nothing

    def hears(self, event):
        commands = super().hears(event)
        for command in commands:
            if isinstance(command, EndTurnAfter):
                self.endpointer.wait(command.silence_ms)
                if command.ask_sound and self.sounds_finished is not None:
                    self.hears(TurnEndHeard(self.sounds_finished))
        return commands

    def window(self, probability: float) -> None:
        """32 ms of the caller."""
        self.now_ms += WINDOW_MS
        self.silent_ms = 0 if probability >= 0.5 else self.silent_ms + WINDOW_MS
        self.hears(FrameHeard(b"\xff" * 8 * WINDOW_MS))
        event = self.endpointer.push(probability)
        if isinstance(event, SpeechStarted | SpeechResumed):
            self._text_in = None
        if isinstance(event, SpeechPaused):
            self.endpointer.wait(TEXT_WAIT_MS)
            self._text_in = self._text_ms // WINDOW_MS
        if event is not None:
            self.hears(event)
        self._give_text()

    def _give_text(self) -> None:
        if self._text_in is None:
            return
        self._text_in -= 1
        if self._text_in >= 0:
            return
        self._text_in = None
        self.endpointer.wait(0)
        is_failed = self._text == FAILED
        self.hears(TranscriptionFailed("timeout") if is_failed else Transcribed(self._text))
        if stopped := self.endpointer.stop_if_due():
            self.hears(stopped)

    def speaks(self, text: str, *, ms: int = 640, text_ms: int = 0) -> None:
        """The caller speaks; `text` is what is known of the turn after the next pause."""
        self._text, self._text_ms = text, text_ms
        for _ in range(ms // WINDOW_MS):
            self.window(VOICED)

    def is_silent(self, ms: int) -> None:
        for _ in range(ms // WINDOW_MS):
            self.window(SILENT)

    def waits(self) -> int:
        """How much silence it takes until the agent has the turn, milliseconds."""
        while self.session.state is TurnState.HEARING:
            self.is_silent(WINDOW_MS)
            assert self.silent_ms < 10_000
        return self.silent_ms

    @property
    def endpoint(self):
        return [turn.endpoint for turn in self.turns if turn.role is Role.CALLER][-1]


def greeted(question: str = "Hello, how can I help?", **turn_taking) -> Line:
    call = Line(greeting=question, **turn_taking)
    call.opens()
    call.agent_says(question)
    call.is_silent(2_048)
    call.carrier_plays()
    return call


def test_finished_questions_are_answered_as_fast_as_ever():
    call = greeted()
    call.speaks("Hello, when are you open tomorrow?")
    assert call.waits() == 224
    assert call.endpoint == {"wait_ms": 200, "reason": "question"}


def test_questions_that_sound_clearly_finished_are_answered_sooner():
    call = greeted()
    call.sounds_finished = 0.97
    call.speaks("Hello, when are you open tomorrow?")
    assert call.waits() == 128
    assert call.endpoint == {"wait_ms": 128, "reason": "question", "finished_percent": 97}


def test_the_sound_of_a_question_is_asked_only_where_it_comes_in_time():
    asks = []
    for text_ms, paused_ms in ((0, 0), (96, 0), (0, 320)):
        call = greeted()
        if paused_ms:  # this caller pauses within turns
            call.speaks("Hello and")
            call.is_silent(paused_ms)
        call.speaks("Hello, when are you open tomorrow?", text_ms=text_ms)
        call.waits()
        asked = [each for each in call.log if isinstance(each, EndTurnAfter) and each.ask_sound]
        asks.append(any(each.silence_ms == 200 for each in asked))
    assert asks == [True, False, False]


def test_a_finished_turn_waits_no_longer_than_for_its_words():
    call = greeted()
    call.speaks("Hello, when are you open tomorrow?", text_ms=490)
    assert call.waits() == 544  # 64 of the pause, and 15 windows
    assert call.session.state is TurnState.THINKING


def test_the_answer_is_begun_at_the_pause_although_the_end_is_waited_for():
    call = greeted()
    call.speaks("I would like a table and")
    call.is_silent(64)
    assert isinstance(call.log[-1], Respond)
    assert call.waits() == 1_824
    assert call.session.draft_replies[1] == 1


def test_a_whole_sentence_that_does_not_sound_like_the_end_is_waited_for():
    call = greeted()
    call.sounds_finished = 0.02
    call.speaks("My car makes a noise.")
    assert call.waits() == 1_312
    assert call.endpoint == {"wait_ms": 1_300, "reason": "finished", "finished_percent": 2}


def test_the_sound_decides_nothing_where_the_words_leave_no_doubt():
    call = greeted("Would you like to book it?")
    call.sounds_finished = 0.02
    call.speaks("Yes.")
    assert call.waits() == 128
    assert call.endpoint == {"wait_ms": 128, "reason": "answered"}


def test_a_sound_that_is_judged_too_late_changes_nothing():
    call = greeted()
    call.speaks("My car makes a noise.")
    call.waits()
    before = len(call.log)
    call.hears(TurnEndHeard(0.02))
    assert call.log[before:] == []
    call.speaks("It rattles", text_ms=600)
    call.is_silent(64)
    assert not [c for c in call.hears(TurnEndHeard(0.02)) if isinstance(c, EndTurnAfter)]


def test_a_telephone_number_with_pauses_of_more_than_a_second_is_one_turn():
    call = greeted("What's your phone number?")
    for text in ("four one five", "four one five five five five"):
        call.speaks(text)
        call.is_silent(1_200)
        assert call.session.state is TurnState.HEARING
    call.speaks("four one five five five five oh one three two")
    assert call.waits() == 128
    assert [turn.role for turn in call.turns] == [Role.AGENT, Role.CALLER]
    assert call.endpoint == {"wait_ms": 128, "reason": "answered"}


def test_a_caller_who_breaks_off_is_answered_after_the_longest_wait():
    for longest_ms, waited_ms in ((2_500, 2_528), (1_000, 1_024), (200, 224)):
        call = greeted("What's your phone number?", longest_wait_ms=longest_ms)
        call.speaks("four one five")
        assert call.waits() == waited_ms


def test_words_that_come_late_are_waited_for_no_longer_than_needed():
    call = greeted()
    call.speaks("When do you open?", text_ms=2_000)
    assert call.waits() == 928
    assert call.session.state is TurnState.TRANSCRIBING
    call.is_silent(2_000)
    assert call.session.state is TurnState.THINKING
    assert call.endpoint == {"wait_ms": 928, "reason": "no_text"}


def test_a_caller_whose_transcription_fails_is_asked_again_at_once():
    call = greeted()
    call.speaks(FAILED)
    assert call.waits() == 128
    assert call.session.state is TurnState.THINKING


def test_whole_sentences_are_waited_for_once_the_caller_has_paused():
    call = greeted()
    call.speaks("My car makes a noise and")
    call.is_silent(640)
    call.speaks("My car makes a noise and it rattles.")
    assert call.waits() == 832  # 1.3 times the pause of 640 ms
    assert call.endpoint["reason"] == "statement"


def test_a_caller_who_goes_on_just_after_the_agent_began_has_said_one_turn():
    call = greeted()
    call.speaks("My car makes a noise.")
    call.waits()
    call.agent_says("I am sorry to hear that. Which car is it?", ms=3000)
    call.is_silent(320)
    before = len(call.log)
    call.speaks("It is a red one.", ms=64)
    assert isinstance(call.log[before + 2], Clear)  # behind two frames
    call.speaks("It is a red one.")
    call.is_silent(64)
    asked = call.log[-1]
    assert asked.conversation[-1] == Utterance(
        Role.CALLER, "My car makes a noise. It is a red one."
    )
    assert call.waits() > 400  # the rhythm has learned from it
    assert call.turns[1].text == "My car makes a noise. It is a red one."
    assert call.turns[2].interrupted
    assert [turn.number for turn in call.turns] == [1, 2, 3]


def test_a_reaction_to_what_was_heard_is_a_turn_of_its_own():
    call = greeted()
    call.speaks("When do you open?")
    call.waits()
    call.agent_says("We open at nine, and we close at five.", ms=3000)
    call.is_silent(1_280)
    call.carrier_plays(up_to_ms=1_200)
    call.speaks("Stop, that is too early.")
    call.waits()
    assert [turn.text for turn in call.turns if turn.role is Role.CALLER] == [
        "When do you open?",
        "Stop, that is too early.",
    ]


def test_a_turn_that_is_typed_has_no_end_to_explain():
    call = greeted()
    call.hears(CallerTyped("When do you open?"))
    assert call.endpoint is None


TEXTS = st.sampled_from(
    ["", "yes", "I want and", "my number is four one", "I left it outside.", "um", FAILED]
)
PARTS = st.lists(
    st.tuples(
        TEXTS,
        st.integers(0, 40),  # windows of speech
        st.integers(0, 100),  # windows of silence
        st.integers(0, 3_500),  # until the text comes
        st.sampled_from(["", "agent", "marks", "typed"]),
    ),
    max_size=8,
)


@settings(max_examples=200)
@given(PARTS, st.booleans(), st.one_of(st.none(), st.floats(0, 1)))
def test_in_no_order_of_pauses_texts_and_waits_is_a_turn_left_without_an_end(
    parts, speculate, sounds_finished
):
    call = greeted(speculate=speculate)
    call.sounds_finished = sounds_finished
    for text, voiced, silent, text_ms, then in parts:
        call.speaks(text, ms=voiced * WINDOW_MS, text_ms=text_ms)
        call.is_silent(silent * WINDOW_MS)
        if then == "agent" and call.session.state is TurnState.THINKING:
            call.agent_says("We open at nine.", ms=800)
        elif then == "marks":
            call.carrier_plays()
        elif then == "typed":
            call.hears(CallerTyped("no"))
    call.is_silent(6_500)
    assert call.session.state not in (TurnState.HEARING, TurnState.TRANSCRIBING)
