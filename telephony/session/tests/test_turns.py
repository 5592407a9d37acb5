"""The table of states."""

import pytest

from agents.engines.events import SpeechStarted
from telephony.session.call import CallSession
from telephony.session.events import CallerGone, CallOpened
from telephony.session.floor import Floor
from telephony.session.tests.conversation import Conversation, config
from telephony.session.turns import INITIAL, TRANSITIONS, TurnState, UnlistedMove


def test_every_state_is_reached():
    assert set(TRANSITIONS.values()) | {INITIAL} == set(TurnState)


def test_the_end_absorbs():
    assert {target for (turn, _), target in TRANSITIONS.items() if turn is TurnState.ENDED} == {
        TurnState.ENDED
    }


def test_a_caller_may_leave_in_any_state():
    assert all(TRANSITIONS[turn, CallerGone] is TurnState.ENDED for turn in TurnState)


def test_last_words_are_left_by_the_end_alone():
    assert {target for (turn, _), target in TRANSITIONS.items() if turn is TurnState.LEAVING} == {
        TurnState.LEAVING,
        TurnState.ENDED,
    }


def test_a_move_that_the_table_does_not_list_is_raised_in_tests():
    call = Conversation()
    call.opens()
    with pytest.raises(UnlistedMove, match="CallOpened in the state thinking"):
        call.hears(CallOpened())


def test_a_move_that_the_table_does_not_list_is_reported_and_changes_nothing():
    reported = []
    floor = Floor(config(), lambda turn, event: reported.append((turn, event)))
    floor.move(SpeechStarted)
    assert reported == [(TurnState.OPENING, SpeechStarted)]
    assert floor.state is TurnState.OPENING


def test_a_call_continues_after_a_move_that_was_reported():
    reported = []
    session = CallSession(config(), report=lambda turn, event: reported.append((turn, event)))
    session.receive(CallOpened(), now_ms=0)
    session.receive(CallOpened(), now_ms=10)
    assert reported == [(TurnState.THINKING, CallOpened)]
    session.receive(CallerGone("stop"), now_ms=20)
    assert session.state is TurnState.ENDED
