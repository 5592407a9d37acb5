"""Whatever happens in whatever order, some things hold. Random scripts against the core."""

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.engines.conversation import Role
from agents.engines.events import (
    AudioDelta,
    PartlyHeard,
    ResponseEnded,
    ResponseFailed,
    SpeechLasted,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechStopped,
    Stage,
    StageReached,
    ToolCalled,
    Transcribed,
    TranscriptionFailed,
)
from agents.settings.config import Recording, RecordingMode, TurnTaking
from agents.settings.groups import Sensitivity
from agents.tools import hang_up
from telephony.session.commands import (
    Cancel,
    Clear,
    HangUp,
    Play,
    Respond,
    RunTool,
    SaveTurn,
    Say,
)
from telephony.session.events import (
    BudgetSpent,
    CallerGone,
    CallerTyped,
    CallOpened,
    DigitPressed,
    FrameHeard,
    HangUpAsked,
    LeaveAsked,
    MarkPlayed,
    Tick,
    ToolReturned,
)
from telephony.session.tests.conversation import Conversation
from telephony.session.turns import TurnState

ids = st.integers(1, 8).map("r{}".format)
words = st.sampled_from(["", "okay", "when do you open", "no", "tell me about the prices please"])
texts = st.sampled_from(["", "We open at nine. ", "And on Sundays we rest."])
events = st.one_of(
    st.builds(SpeechStarted, at_ms=st.integers(0, 60_000), continues=st.booleans()),
    st.builds(SpeechPaused, at_ms=st.integers(0, 60_000)),
    st.builds(SpeechResumed, at_ms=st.integers(0, 60_000)),
    st.builds(SpeechStopped, at_ms=st.integers(0, 60_000)),
    st.builds(
        SpeechLasted, st.integers(0, 3_000), st.integers(0, 3_000), st.booleans(), st.booleans()
    ),
    st.builds(PartlyHeard, words, st.integers(0, 3_000), st.booleans()),
    st.builds(Transcribed, words),
    st.just(TranscriptionFailed("timeout")),
    st.builds(AudioDelta, ids, st.integers(0, 12_000).map(bytes), texts),
    st.builds(ToolCalled, ids, st.sampled_from([hang_up.NAME, "opening_hours"])),
    st.builds(ResponseEnded, ids),
    st.builds(ResponseFailed, ids, st.just("EngineTimeout")),
    st.builds(StageReached, ids, st.sampled_from(Stage)),
    st.builds(MarkPlayed, st.builds("{}:{}".format, ids, st.integers(0, 4000))),
    st.builds(DigitPressed, st.sampled_from("0123456789*#")),
    st.builds(CallerTyped, st.sampled_from(["when do you open", "no"])),
    st.builds(ToolReturned, st.integers(1, 4).map("call{:05}".format), texts, st.booleans()),
    st.just(Tick()),
    st.just(FrameHeard(b"\xff" * 160)),
)
# Seldom, for nothing much happens after them.
ends = st.sampled_from([LeaveAsked(), BudgetSpent(), HangUpAsked("hung_up_by_member"), Tick()])
recordings = st.sampled_from(RecordingMode).map(
    lambda mode: Recording(mode=mode, sentence="May we record?", key="1", word="yes")
)
# In these a reply is under way; in all other states there is none.
REPLYING = {TurnState.THINKING, TurnState.SPEAKING, TurnState.LEAVING}
# "mark" stands for the oldest mark that the carrier has not returned yet.
steps = st.lists(
    st.tuples(st.integers(0, 2000), st.one_of(events, events, st.just("mark"))), max_size=60
)


LONGEST_SECONDS = 240  # a minute that was granted, three questions, and what engines lose


class Observed(Conversation):
    """Checks each command as it comes."""

    def __init__(self, **turn_taking) -> None:
        super().__init__(**turn_taking)
        self.wanted: set[str] = set()
        self.sent_ms: dict[str, int] = {}
        self.said_by: dict[int, Role] = {}  # by number of the turn
        self.running: set[str] = set()  # ids of the calls of tools

    def hears(self, event):
        was_over = self.session.state is TurnState.ENDED
        commands = super().hears(event)
        assert not (was_over and commands), "something happened after the end"
        assert (self.session._replies.current is not None) == (self.session.state in REPLYING)
        for position, command in enumerate(commands):
            match command:
                case Respond(response_id) | Say(response_id):
                    assert response_id not in self.wanted
                    self.wanted.add(response_id)
                case Cancel(response_id, heard_ms):
                    assert response_id in self.wanted
                    self.wanted.discard(response_id)
                    assert 0 <= heard_ms <= self.sent_ms.get(response_id, 0)
                case Clear():
                    assert position == 0, "nothing goes before Clear"
                    self.unplayed.clear()
                case RunTool(response_id, tool_call):
                    assert response_id in self.wanted, "a tool of a cancelled response"
                    assert tool_call.id not in self.running
                    self.running.add(tool_call.id)
                case Play(payload, mark):
                    response_id = mark.split(":")[0]
                    assert response_id in self.wanted, "audio of a cancelled response"
                    self.sent_ms[response_id] = self.sent_ms.get(response_id, 0) + (
                        -(-len(payload) // 8)
                    )
                case SaveTurn(turn):
                    assert turn.role is Role.TOOL or turn.text.startswith(turn.heard_text)
                    assert turn.number <= len(self.turns)
                    # Records are kept by number: none takes the place of the other speaker's.
                    assert self.said_by.setdefault(turn.number, turn.role) is turn.role
                    assert turn.started_ms <= turn.ended_ms
                case HangUp():
                    assert self.session.state is TurnState.ENDED
        return commands

    def runs(self, script) -> None:
        self.opens()
        for ms, event in script:
            self.now_ms += ms
            if event != "mark":
                self.hears(event)
            elif self.unplayed:
                self.hears(MarkPlayed(self.unplayed.pop(0)))

    def ends_in_silence(self) -> None:
        """The line is silent and all that was begun ends: then the agent must leave."""
        for call_id in sorted(self.running):
            self.hears(ToolReturned(call_id, "done"))
        for _ in range(LONGEST_SECONDS):
            for response_id in sorted(self.wanted):
                self.hears(ResponseEnded(response_id))
            self.now_ms += 1_000
            self.hears(FrameHeard(b"\xff" * 160))
            self.hears(Tick())
            if self.session.state is TurnState.ENDED:
                return
        raise AssertionError(f"still {self.session.state} after {LONGEST_SECONDS} s of silence")


@settings(max_examples=400)
@given(steps, st.booleans(), st.booleans(), st.sampled_from(Sensitivity))
def test_nothing_forbidden_ever_happens(script, interruptible, speculate, sensitivity):
    Observed(interruptible=interruptible, speculate=speculate, sensitivity=sensitivity).runs(script)


@settings(max_examples=300)
@given(
    steps,
    ends,
    steps,
    recordings,
    st.sampled_from(["", "Hello, how can I help?"]),
    st.sampled_from(Sensitivity),
)
def test_no_move_is_made_that_the_table_does_not_list(
    first, end, then, recording, greeting, sensitivity
):
    # A session without a report raises; see `telephony.session.turns`.
    call = Observed(
        recording=recording, greeting=greeting, max_call_ms=40_000, sensitivity=sensitivity
    )
    call.runs([*first, (0, end), *then])


@settings(max_examples=200)
@given(steps, st.sampled_from(Sensitivity))
def test_the_agent_is_never_stuck_speaking(script, sensitivity):
    call = Observed(sensitivity=sensitivity)
    call.runs(script)
    # Tools return, the engine ends what it began, the line lives, time passes: the agent falls
    # silent.
    for call_id in sorted(call.running):
        call.hears(ToolReturned(call_id, "done"))
    for response_id in sorted(call.wanted):
        call.hears(ResponseEnded(response_id))
    for _ in range(120):
        call.now_ms += 1000
        call.hears(FrameHeard(b"\xff" * 160))
        call.hears(Tick())
        for response_id in sorted(call.wanted):  # goodbyes that are said until then
            call.hears(ResponseEnded(response_id))
    assert call.session.state is not TurnState.SPEAKING


@settings(max_examples=200)
@given(steps)
def test_turns_are_numbered_without_gaps_and_the_end_keeps_them(script):
    call = Observed()
    call.runs(script)
    call.hears(CallerGone("stop"))
    assert [turn.number for turn in call.turns] == list(range(1, len(call.turns) + 1))
    assert call.session.state is TurnState.ENDED
    assert call.hears(CallOpened()) == []


def test_turn_taking_defaults_are_what_the_documentation_says():
    assert TurnTaking().endpointing_ms == 128
