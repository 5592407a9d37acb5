"""Sounds over the agent in any order with marks, ticks and engine events: two things always hold.

No acknowledgement and no noise silences the agent, and there is no state in which all wait.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.engines.conversation import Role
from agents.engines.events import (
    PartlyHeard,
    SpeechLasted,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechStopped,
    Transcribed,
    TranscriptionFailed,
)
from agents.settings.groups import Reminders, Sensitivity
from telephony.session.commands import Clear, HangUp, Peek, Respond, Say
from telephony.session.events import Tick
from telephony.session.tests.conversation import Conversation
from telephony.session.turns import TurnState

LISTENING = ["Mm-hmm.", "Yes.", "Okay.", "Right, I see.", "", "Um.", "[cough]"]
CLAIMING = ["Stop.", "And on Sundays?", "No, wait, that is wrong.", "Tuesday"]
SENTENCE = "We open at nine and close at five on every day of the week, also on holidays. "
LONGEST_MS = 640  # of an acknowledgement; what no words are known of may then be speech
PROMPT_MS = 480  # a recogniser's time that is not called slow

doings = st.sampled_from(
    ["begin", "part", "pause", "words", "resume", "stop", "pass", "pass", "mark", "tick", "answer"]
)
scripts = st.lists(st.tuples(doings, st.integers(1, 10)), max_size=60)


class Line(Conversation):
    """A caller whose sounds keep to the order in which an engine reports them.

    `does` passes over what cannot be now. is_prompt: the recogniser is, and sounds are short.
    """

    def __init__(self, texts: list[str], *, is_prompt: bool, **settings) -> None:
        super().__init__(reminders=Reminders.OFF, **settings)  # nothing but the answers is heard
        self.texts = texts
        self.is_prompt = is_prompt
        self.sound = "none"  # speaking, paused
        self.is_due = False  # words are
        self.due_ms: int | None = None  # of a peek
        self.spoken: list[str] = []  # whose words came
        self.ended: set[str] = set()
        self.greets()
        self.caller_says("tell me everything")
        self.agent_says(SENTENCE * 4, ms=24_000)
        for _ in range(3):  # of its first word every sound is an interruption
            self.passes(400)
            self._mark(1)
        self.begun_at = len(self.log)

    def hears(self, event):
        commands = super().hears(event)
        for command in commands:
            if isinstance(command, Peek):
                self.due_ms = command.after_ms
        return commands

    @property
    def text(self) -> str:
        return self.texts[len(self.spoken) % len(self.texts)]

    @property
    def lasted_ms(self) -> int:
        return self.now_ms - self.began_ms

    def does(self, doing: str, amount: int) -> None:
        getattr(self, f"_{doing}")(amount)

    def _pass(self, amount: int) -> None:
        ms = amount * 20
        if self.is_prompt and self.sound == "speaking":
            ms = min(ms, LONGEST_MS - self.lasted_ms)
        elif self.is_prompt and self.is_due:
            ms = min(ms, PROMPT_MS - (self.now_ms - self.paused_ms))
        self.passes(ms)
        if self.sound == "speaking" and self.due_ms is not None and self.lasted_ms >= self.due_ms:
            self._is_measured()

    def _is_measured(self) -> None:
        self.due_ms = None
        self.hears(SpeechLasted(self.lasted_ms, self.lasted_ms * 3 // 5))

    def _begin(self, amount: int) -> None:
        if self.sound == "none" and not (self.is_prompt and self.is_due):
            self.began_ms = self.now_ms - 64
            self.is_due = False
            self.due_ms = None
            self.sound = "speaking"
            self.hears(SpeechStarted(self.began_ms))

    def _part(self, amount: int) -> None:
        if self.sound == "speaking" and self.lasted_ms > 100:
            heard = self.text[: 1 + len(self.text) * amount // 10]
            self.hears(PartlyHeard(heard, self.lasted_ms - 10 * amount))

    def _pause(self, amount: int) -> None:
        if self.sound == "speaking":
            if self.due_ms is not None:
                self._is_measured()
            self.sound, self.is_due, self.paused_ms = "paused", True, self.now_ms
            self.hears(SpeechPaused(self.now_ms))

    def _words(self, amount: int) -> None:
        if self.is_due and self.sound != "speaking":
            self.is_due = False
            said = self.text
            self.spoken.append(said)
            if amount == 10 and not self.is_prompt:
                self.hears(TranscriptionFailed("timeout"))
            else:
                self.hears(Transcribed(said))

    def _resume(self, amount: int) -> None:
        if self.sound == "paused" and not self.is_prompt:
            self.sound, self.is_due = "speaking", False
            self.hears(SpeechResumed(self.now_ms))

    def _stop(self, amount: int) -> None:
        if self.sound == "paused":
            self.sound = "none"
            self.hears(SpeechStopped(self.paused_ms))

    def _mark(self, amount: int) -> None:
        # As soon as it was played, and no sooner.
        heard = self.session.heard(self.now_ms)
        if heard and self.unplayed:
            self.carrier_plays(heard[1])

    def _tick(self, amount: int) -> None:
        self._mark(amount)
        self.hears(Tick())

    def _answer(self, amount: int) -> None:
        if self._is_asked():
            self.ended.add(self.last_response())
            self.agent_says(SENTENCE, ms=6_000)

    def _is_asked(self) -> bool:
        return self.session.state is TurnState.THINKING and self.last_response() not in self.ended

    def settles(self) -> None:
        """The sound ends, its words come, all answers come and are heard."""
        for doing in ("pause", "words", "stop"):
            self.does(doing, 1)
        for _ in range(120):
            if self._is_asked():
                self.ended.add(self.last_response())
                self.agent_says("At nine. ", ms=600)
            self.passes(500)
            self.carrier_plays()
            self.hears(Tick())

    @property
    def since(self):
        return self.log[self.begun_at :]


@settings(max_examples=300)
@given(
    scripts,
    st.lists(st.sampled_from(LISTENING), min_size=1, max_size=4),
    st.sampled_from([Sensitivity.BALANCED, Sensitivity.PATIENT]),
)
def test_no_acknowledgement_and_no_noise_ever_silences_the_agent(script, texts, sensitivity):
    line = Line(texts, is_prompt=True, sensitivity=sensitivity)
    for doing, amount in script:
        line.does(doing, amount)
    assert not any(isinstance(each, Clear | Respond | Say | HangUp) for each in line.since)
    assert line.session.state is TurnState.SPEAKING


@settings(max_examples=400)
@given(
    scripts,
    st.lists(st.sampled_from(LISTENING + CLAIMING), min_size=1, max_size=4),
    st.sampled_from(Sensitivity),
)
def test_there_is_no_state_in_which_all_wait(script, texts, sensitivity):
    line = Line(texts, is_prompt=False, sensitivity=sensitivity)
    for doing, amount in script:
        line.does(doing, amount)
    line.settles()
    assert line.session.state is TurnState.LISTENING
    assert line.session._doubt._evidence is None
    assert line.turns[-1].role is Role.AGENT, "the caller had the last word"


@settings(max_examples=200)
@given(scripts, st.sampled_from(CLAIMING), st.sampled_from(Sensitivity))
def test_words_are_never_lost(script, text, sensitivity):
    line = Line([text], is_prompt=False, sensitivity=sensitivity)
    for doing, amount in script:
        if (doing, amount) != ("words", 10):  # a recogniser that fails loses them
            line.does(doing, amount)
    begun = line.sound != "none"
    line.settles()
    if begun:
        assert any(text in turn.text for turn in line.turns if turn.role is Role.CALLER)
