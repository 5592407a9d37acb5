"""Any call, cut anywhere and continued elsewhere, goes on as if nothing had been, but for what
was in flight. Random scripts against the core.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.engines.conversation import Role
from agents.settings.groups import Sensitivity
from telephony.session.call import CallSession
from telephony.session.commands import Respond, RunTool, SaveTurn, Say
from telephony.session.events import CallResumed, FrameHeard, MarkPlayed, Tick
from telephony.session.resuming.state import decoded, encoded
from telephony.session.tests.test_call_properties import Observed, recordings, steps
from telephony.session.turns import TurnState

gaps = st.sampled_from([0, 300, 1_500, 4_000, 30_000])


class Moved(Observed):
    """The rest of a call in another process, with the same checks."""

    def __init__(self, before: Observed, *, gap_ms: int) -> None:
        super().__init__()
        state = before.session.snapshot(now_ms=before.now_ms)
        assert decoded(encoded(state)) == state
        self.session = CallSession.restored(before.session.config, state)
        assert self.session.snapshot(now_ms=before.now_ms) == state
        self.said_by = dict(before.said_by)
        self.used = {each.response_id for each in before.log if isinstance(each, Respond | Say)}
        self.ran = {each.call.id for each in before.log if isinstance(each, RunTool)}
        self.now_ms = before.now_ms + gap_ms
        self.resumes(before.now_ms)

    def resumes(self, lost_at_ms: int) -> None:
        self.first = self.hears(CallResumed(lost_at_ms))

    def hears(self, event):
        # A tool that is asked for again belongs to an answer that nobody is asked for again.
        current = self.session._replies.current
        if current is not None and current.tools:
            self.wanted.add(current.id)
        is_first = isinstance(event, CallResumed)
        commands = self._resume(event) if is_first else super().hears(event)
        for command in commands:
            match command:
                case Respond(response_id) | Say(response_id):
                    assert response_id not in self.used, "an id of the lost process"
                case RunTool(_, tool_call, is_again):
                    assert is_again == (tool_call.id in self.ran), "a tool runs twice unknowingly"
        return commands

    def _resume(self, event):
        commands = self.session.receive(event, now_ms=self.now_ms)
        self.log += commands
        for command in commands:
            match command:
                case Respond(response_id) | Say(response_id) | RunTool(response_id):
                    self.wanted.add(response_id)
                case SaveTurn(turn):
                    assert self.said_by.setdefault(turn.number, turn.role) is turn.role
        return commands

    def runs_on(self, script) -> None:
        for ms, event in script:
            self.now_ms += ms
            if event != "mark":
                self.hears(event)
            elif self.unplayed:
                self.hears(MarkPlayed(self.unplayed.pop(0)))


@settings(max_examples=300)
@given(steps, steps, gaps, recordings, st.sampled_from(Sensitivity), st.booleans())
def test_nothing_forbidden_happens_after_a_move(
    first, then, gap_ms, recording, sensitivity, interruptible
):
    call = Observed(recording=recording, sensitivity=sensitivity, interruptible=interruptible)
    call.runs(first)
    if call.session.state is not TurnState.ENDED:
        Moved(call, gap_ms=gap_ms).runs_on(then)


@settings(max_examples=300)
@given(steps, gaps)
def test_every_word_that_was_heard_is_remembered_and_none_is_said_again(script, gap_ms):
    call = Observed()
    call.runs(script)
    if call.session.state is TurnState.ENDED:
        return
    other = Moved(call, gap_ms=gap_ms)
    after = {turn.number: turn for turn in other.turns}
    for turn in call.turns:
        if turn.role is Role.AGENT:
            continue
        if call.session._speech.is_again and call.session._speech.result:
            continue  # what is pending includes the words of the turn before, and replaces them
        if turn.role is Role.TOOL:
            assert after[turn.number] == turn
        else:  # what was pending of it may have joined it
            assert turn.heard_text in after[turn.number].heard_text
    reply = call.session._replies.current
    for turn in call.turns:
        if turn.role is Role.AGENT and (reply is None or turn.number != reply.number):
            assert after[turn.number] == turn
    if reply is None or reply.number is None or reply.fixed_text:
        return
    heard = after[reply.number].heard_text
    for command in other.first:
        if isinstance(command, Say) and command.text != other.session._floor.phrases.cut_off_saying:
            assert f"{heard} {command.text}".split()[-len(command.text.split()) :] == (
                command.text.split()
            )
            assert reply.playout.text[len(heard) :].strip() in command.text


@settings(max_examples=200)
@given(steps, steps)
def test_a_call_in_which_nothing_is_in_flight_continues_as_if_nothing_had_been(script, then):
    call = Observed()
    call.runs(script)
    if call.session.state is not TurnState.LISTENING or call.session._speech.is_going_on:
        return
    if not call.session._typed.keypad.is_empty or call.session._typed.texts:
        return
    other = Moved(call, gap_ms=0)
    assert other.first == []
    for one in (call, other):
        one.hears(FrameHeard(b"\xff" * 160))
        one.caller_says("what is your address")
    asked = [[each for each in one.log if isinstance(each, Respond)][-1] for one in (call, other)]
    assert asked[0].conversation == asked[1].conversation
    assert asked[0].response_id == asked[1].response_id
    assert call.session.state is other.session.state
    for ms, event in then:
        if not isinstance(event, Tick):
            continue
        for one in (call, other):
            one.now_ms += ms
        mine, theirs = call.hears(event), other.hears(event)
        assert mine == theirs
