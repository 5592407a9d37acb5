"""Calls of the core alone, for events that no script of a conversation brings."""

from collections.abc import Callable

from agents.engines.events import (
    PartlyHeard,
    ResponseEnded,
    ResponseFailed,
    SpeechLasted,
    SpeechPaused,
    Stage,
    StageReached,
    ToolCalled,
    TranscriptionFailed,
    TurnEndHeard,
)
from agents.settings.config import Recording, RecordingMode, Transfers
from agents.settings.groups import Sensitivity
from telephony.calls.flight_recorder import FlightRecorder
from telephony.session.call import CallSession
from telephony.session.commands import Clear, HangUp, Leave, Play, Say
from telephony.session.events import (
    BudgetSpent,
    CallerGone,
    CallerTyped,
    CallOpened,
    CallResumed,
    DigitPressed,
    FrameHeard,
    HangUpAsked,
    LeaveAsked,
    MarkPlayed,
    MoveAsked,
    NoteGiven,
    SayAsked,
    Tick,
    ToolReturned,
    TransferReady,
)
from telephony.session.resuming.state import decoded, encoded
from telephony.session.tests.conversation import Conversation
from telephony.simulator.sound.playout import Playout

WHEN = "when do you open"
OPEN = "We open at nine. On Sundays we rest. On Saturdays we close at one."
ASKED = "This call is recorded. Press one to agree."


class Flown(Conversation):
    """A conversation with a carrier, whose events are recorded as a driver records them."""

    def __init__(self, **settings) -> None:
        super().__init__(**settings)
        self.records: list[bytes] = []
        self._recorder = FlightRecorder(self.session.config)
        self._carrier = Playout()
        self._is_deaf = False  # as a driver is when it has left or ended the call

    def hears(self, event):
        if self._is_deaf:
            return []
        if isinstance(event, FrameHeard):
            self._recorder.record_frame(event.payload, self.now_ms)
        else:
            self._recorder.record(event, self.now_ms)
        commands = super().hears(event)
        self.unplayed.clear()  # the carrier has them
        self._is_deaf = any(isinstance(each, Leave | HangUp) for each in commands)
        for command in commands:
            if isinstance(command, Play):
                self._carrier.media(command.payload, now_ms=self.now_ms)
                self._carrier.mark(command.mark, now_ms=self.now_ms)
            elif isinstance(command, Clear):
                self._gives_back(self._carrier.clear(now_ms=self.now_ms))
        return commands

    def passes(self, ms: int) -> None:
        """The caller is silent, and hears what was sent."""
        for _ in range(ms // 20):
            super().passes(20)
            self._gives_back(self._carrier.reached(now_ms=self.now_ms))

    def goes_on(self, ms: int) -> None:
        """Silence on the line, with ticks."""
        for _ in range(ms // 240):
            self.passes(240)
            self.hears(Tick())

    def types(self, text: str) -> None:
        """The caller of a call without sound writes, after a while; all was heard until then."""
        self.now_ms += 3000
        self._gives_back(self._carrier.reached(now_ms=self.now_ms))
        self.hears(Tick())
        self.hears(CallerTyped(text))

    def is_heard(self, text: str, *, ms: int = 2000) -> None:
        """The agent says `text`, and the caller hears all of it."""
        self.agent_says(text, ms=ms)
        self.goes_on(ms + 240)

    def moves(self, *, gap_ms: int = 800) -> None:
        """The line is lost; another process goes on."""
        config, lost_at_ms = self.session.config, self.now_ms
        state = decoded(encoded(self.session.snapshot(now_ms=self.now_ms)))
        self.packs()
        self.session = CallSession.restored(config, state)
        self._carrier, self._is_deaf = Playout(), False
        self._recorder = FlightRecorder(config)
        self.now_ms += gap_ms
        self.hears(CallResumed(lost_at_ms))

    def packs(self) -> list[bytes]:
        """The records of all processes until now."""
        self.records.append(self._recorder.pack())
        return self.records

    def _gives_back(self, marks: list[str]) -> None:
        for mark in marks:
            self.hears(MarkPlayed(mark))


def asked(**settings) -> Flown:
    """A caller who was greeted, and asks."""
    call = Flown(**settings)
    call.greets()
    call.caller_says(WHEN)
    return call


def member_speaks() -> Flown:
    """A member has the agent say something, tells its model something, and hangs up."""
    call = asked()
    call.agent_says(OPEN, ms=3000)
    call.hears(SayAsked("My colleague will call you back."))
    call.goes_on(3600)
    call.is_heard("My colleague will call you back.")
    call.hears(NoteGiven("The caller is a supplier."))
    call.caller_says("fine")
    call.is_heard("Can I do anything else for you?")
    call.hears(HangUpAsked("hung_up_by_member"))
    return call


def typed() -> Flown:
    """A caller who types is never waited for by their sound."""
    call = Flown()
    call.hears(CallOpened(has_audio=False))
    call.agent_says("Hello, how can I help?")
    call.types(WHEN)
    call.agent_says(OPEN, ms=4000)
    call.types("and on Mondays")
    call.agent_says("At ten.")
    call.types("thanks")
    call.hears(CallerGone("socket_closed"))
    return call


def _recorded(mode: RecordingMode) -> Flown:
    call = Flown(recording=Recording(mode, ASKED))
    call.opens()
    call.is_heard(ASKED)
    return call


def consent_by_key() -> Flown:
    """A key agrees to the recording, and the greeting follows."""
    call = _recorded(RecordingMode.KEY)
    call.hears(DigitPressed("1"))
    call.is_heard("Hello, how can I help?")
    call.caller_says(WHEN)
    call.is_heard(OPEN)
    return call


def consent_by_word() -> Flown:
    """A yes in words agrees."""
    call = _recorded(RecordingMode.WORD)
    call.caller_says("yes of course")
    call.is_heard("Hello, how can I help?")
    return call


def consent_is_refused() -> Flown:
    """Other words are no consent, and the call goes on unrecorded."""
    call = _recorded(RecordingMode.WORD)
    call.caller_says("no I do not want that")
    call.is_heard("Hello, how can I help?")
    call.caller_says(WHEN)
    call.is_heard(OPEN)
    return call


def consent_is_awaited() -> Flown:
    """Nobody agrees within the time for it."""
    call = _recorded(RecordingMode.KEY)
    call.goes_on(12_000)
    return call


def recording_is_announced() -> Flown:
    """Callers who are told of a recording are recorded from then on."""
    call = _recorded(RecordingMode.ANNOUNCED)
    call.is_heard("Hello, how can I help?")
    call.caller_says(WHEN)
    return call


def budget_is_spent() -> Flown:
    """What calls may cost is used up: the call is brought to its end."""
    call = asked()
    call.is_heard(OPEN)
    call.hears(BudgetSpent())
    call.goes_on(1200)
    call.is_heard("We have to end soon.")
    call.goes_on(40_000)
    call.is_heard("Goodbye.")
    return call


def process_stops() -> Flown:
    """A process that nobody continues ends the call in words, over an answer that it stops."""
    call = asked()
    call.agent_says(OPEN, ms=4000)
    call.goes_on(1200)
    call.hears(LeaveAsked())
    call.is_heard("We have to restart.")
    return call


def hearing_fails() -> Flown:
    """What could not be heard is asked for again."""
    call = Flown()
    call.greets()
    for _ in range(3):
        call.caller_begins()
        call.passes(800)
        call.hears(SpeechPaused(at_ms=call.now_ms))
        call.ended_ms = call.now_ms
        call.hears(TranscriptionFailed("timeout"))
        call.passes(140)
        call.caller_ends()
        call.is_heard("Could you say that again?", ms=1500)
    return call


def answers_fail() -> Flown:
    """An answer fails, its apology is heard; then nothing speaks any more."""
    call = asked()
    call.hears(ResponseFailed(call.last_response(), "EngineTimeout"))
    call.is_heard("Sorry, that took too long.")
    for _ in range(3):
        call.caller_says(WHEN)
        for _ in ("the answer", "its apology"):
            call.hears(ResponseFailed(call.last_response(), "EngineDown"))
            call.goes_on(480)
    return call


def answer_breaks_off() -> Flown:
    """An answer that breaks off in the middle is finished by another one."""
    call = asked()
    call.agent_says("We open at nine.", ms=1000, ends=False)
    call.hears(ResponseFailed(call.last_response(), "EngineDown"))
    call.goes_on(1200)
    call.is_heard("On Sundays we rest.")
    call.caller_says("thanks")
    return call


def draft_is_discarded() -> Flown:
    """An answer that was begun in a pause is given up as the caller goes on, and begun again."""
    call = Flown()
    call.greets()
    call.caller_begins()
    call.passes(800)
    call.caller_pauses("what does it cost")
    call.hears(StageReached(call.last_response(), Stage.LLM))
    call.agent_says("That depends.", ms=800)
    call.caller_goes_on()
    call.passes(600)
    call.caller_pauses("what does it cost on Sundays")
    call.agent_says("Ten euros.", ms=800)
    call.passes(140)
    call.caller_ends()
    call.goes_on(960)
    return call


def end_of_turn_by_sound() -> Flown:
    """The sound of a pause says that the turn is over, or that it is not."""
    call = Flown(speculate=False)
    call.greets()
    for finished, words in ((0.05, "I would like to book"), (0.98, "I would like to book a table")):
        call.caller_begins()
        call.passes(900)
        call.caller_pauses(words)
        call.hears(TurnEndHeard(finished))
        call.passes(400)
        call.caller_ends()
    return call


def doubt_is_settled() -> Flown:
    """A sound over an answer is a nod first, then an echo, then a question."""
    call = asked(sensitivity=Sensitivity.BALANCED)
    call.agent_says(OPEN, ms=9000)
    call.goes_on(1680)
    for lasted, words in (
        (SpeechLasted(200, 60), "okay"),
        (SpeechLasted(400, 350, True), "at nine on"),
        (SpeechLasted(600, 500), "okay but what"),
    ):
        call.caller_begins()
        call.passes(140)
        call.hears(lasted)
        call.hears(PartlyHeard(words, lasted.ms))
        call.passes(400)
        call.caller_pauses(words)
        call.passes(200)
        call.caller_ends()
        call.goes_on(480)
    return call


def transfer_by_member() -> Flown:
    """A member has the caller put through, while a tool of the model still runs."""
    call = asked(transfers=Transfers("Sales = +14155550100"))
    _calls_tool(call)
    call.goes_on(480)
    call.hears(TransferReady("Sales", "Wants to know when we open.", "+14155550199"))
    call.hears(ToolReturned("call00001", "from nine"))
    call.is_heard("I am putting you through.", ms=1000)
    return call


def line_is_dead() -> Flown:
    """No sound comes from the line any more."""
    call = asked()
    call.is_heard(OPEN)
    for _ in range(100):
        call.now_ms += 240
        call.hears(Tick())
    return call


def _calls_tool(call: Flown) -> None:
    response_id = call.last_response()
    call.hears(ToolCalled(response_id, "opening_hours", '{"day":"Monday"}'))
    call.hears(ResponseEnded(response_id))


def tool_is_slow() -> Flown:
    """A slow tool is bridged by a sign of life, fails, and another one is asked."""
    call = asked()
    _calls_tool(call)
    call.goes_on(6000)
    call.is_heard("One moment, please.", ms=1000)
    call.hears(ToolReturned("call00001", "Nobody answers.", is_error=True))
    _calls_tool(call)
    call.hears(ToolReturned("call00002", "from nine"))
    call.is_heard("We open at nine.")
    return call


def moves_between_sentences() -> Flown:
    """A call moves when a sentence is over; the rest of the answer follows in the next process."""
    call = asked()
    for sentence in ("We open at nine. ", "On Sundays we rest. ", "On Saturdays we close at one."):
        call.agent_says(sentence, ms=2000, ends=sentence.endswith("one."))
    call.goes_on(960)
    call.hears(MoveAsked())
    while Leave() not in call.log:
        call.goes_on(240)
    call.moves(gap_ms=300)
    call.goes_on(480)
    call.is_heard("On Sundays we rest. On Saturdays we close at one.")
    return call


def moves_at_once() -> Flown:
    """A call that moves in the middle of a word says the rest from that word on."""
    call = asked()
    call.agent_says(OPEN, ms=6000)
    call.goes_on(1440)
    call.hears(MoveAsked(is_urgent=True))
    call.moves()
    call.goes_on(480)
    call.is_heard("nine. On Sundays we rest.")
    call.caller_says("thanks")
    return call


def lost_in_a_tool() -> Flown:
    """A tool that was running is run again, under its key."""
    call = asked()
    _calls_tool(call)
    call.goes_on(480)
    call.moves()
    call.goes_on(480)
    call.hears(ToolReturned("call00001", "from nine"))
    call.is_heard("We open at nine.")
    return call


def lost_for_long() -> Flown:
    """After a long gap the caller is told what has happened."""
    call = asked()
    call.agent_says(OPEN, ms=6000)
    call.goes_on(1440)
    call.moves(gap_ms=6000)
    call.goes_on(480)
    call.is_heard("Sorry, we were cut off.")
    call.goes_on(480)
    call.is_heard(OPEN)
    return call


def lost_while_the_caller_speaks() -> Flown:
    """The caller was speaking: nothing is said, and what is said on is the turn."""
    call = asked()
    call.is_heard(OPEN)
    call.caller_begins()
    call.passes(600)
    call.caller_pauses("and on")
    call.moves(gap_ms=400)
    call.goes_on(480)
    call.caller_says("and on Mondays")
    call.is_heard("At ten.")
    return call


def lost_twice() -> Flown:
    """A greeting that was lost twice is finished."""
    call = Flown()
    call.opens()
    call.agent_says("Hello, how can I help?", ms=2400)
    call.goes_on(480)
    call.moves()
    call.agent_says("Hello, how can I help?", ms=2400)
    call.goes_on(480)
    call.moves()
    call.is_heard("Hello, how can I help?", ms=2400)
    call.caller_says(WHEN)
    return call


def caller_goes() -> Flown:
    """The caller hangs up over an answer: only what was heard of it is remembered."""
    call = asked()
    call.agent_says(OPEN, ms=6000)
    call.goes_on(1440)
    call.hears(CallerGone("stop"))
    return call


def nobody_answers() -> Flown:
    """A model that does not answer is bridged by one sign of life after the other, each heard."""
    call = asked()
    for _ in range(130):
        before = len(call.log)
        call.goes_on(240)
        if any(isinstance(each, Say) for each in call.log[before:]):
            call.is_heard("One moment, please.", ms=1000)
    return call


def tools_in_circles() -> Flown:
    """A model that calls a tool again and again has to answer at some time."""
    call = asked()
    for number in range(1, 8):
        _calls_tool(call)
        call.hears(ToolReturned(f"call{number:05}", "from nine"))
        call.goes_on(240)
    return call


def sound_of_which_nothing_is_heard() -> Flown:
    """A sound over an answer that nobody tells anything of silences the agent in the end."""
    call = asked(sensitivity=Sensitivity.BALANCED)
    call.agent_says(OPEN, ms=9000)
    call.goes_on(1680)
    call.caller_begins()
    call.goes_on(3600)
    return call


def spoken_into_the_beginning() -> Flown:
    """Who speaks into the first words of an answer had not ended."""
    call = asked(sensitivity=Sensitivity.BALANCED)
    call.agent_says(OPEN, ms=9000)
    call.goes_on(960)
    call.caller_begins()
    call.passes(140)
    call.hears(SpeechLasted(200, 180))
    call.caller_pauses("on Mondays")
    call.passes(200)
    call.caller_ends()
    call.goes_on(960)
    return call


def nod_at_the_end() -> Flown:
    """A nod over the last words of an answer is the caller's turn."""
    call = asked(sensitivity=Sensitivity.BALANCED)
    call.agent_says(OPEN, ms=4000)
    call.goes_on(3120)
    call.caller_begins()
    call.passes(200)
    call.hears(SpeechLasted(200, 60))
    call.caller_pauses("okay")
    call.passes(200)
    call.caller_ends()
    call.goes_on(1920)
    return call


def speech_without_words() -> Flown:
    """Who is not understood is asked again, but not for ever."""
    call = Flown()
    call.greets()
    for _ in range(7):
        before = len(call.log)
        call.caller_says("", ms=1600)
        if any(isinstance(each, Say) for each in call.log[before:]):
            call.is_heard("Could you say that again?", ms=1500)
    return call


def answer_without_end() -> Flown:
    """An answer that is never said to be over is over when nothing more of it comes."""
    call = asked()
    call.agent_says("We open at nine.", ms=1000, ends=False)
    call.goes_on(36_000)
    return call


MADE: dict[str, Callable[[], Flown]] = {
    each.__name__: each
    for each in (
        member_speaks, typed, consent_by_key, consent_by_word, consent_is_refused,
        consent_is_awaited, recording_is_announced, budget_is_spent, process_stops, hearing_fails,
        answers_fail, answer_breaks_off, draft_is_discarded, end_of_turn_by_sound,
        doubt_is_settled, transfer_by_member, line_is_dead, tool_is_slow, moves_between_sentences,
        moves_at_once, lost_in_a_tool, lost_for_long, lost_while_the_caller_speaks, lost_twice,
        caller_goes, nobody_answers, tools_in_circles, sound_of_which_nothing_is_heard,
        spoken_into_the_beginning, nod_at_the_end, speech_without_words, answer_without_end,
    )
}  # fmt: skip
