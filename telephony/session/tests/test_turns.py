"""The table of states."""

from telephony.session.events import CallerGone
from telephony.session.turns import TRANSITIONS, Turn


def test_every_state_is_reached():
    assert set(TRANSITIONS.values()) | {Turn.LISTENING} == set(Turn)


def test_the_end_absorbs():
    assert {target for (turn, _), target in TRANSITIONS.items() if turn is Turn.ENDED} == {
        Turn.ENDED
    }


def test_a_caller_may_leave_in_any_state():
    assert all(TRANSITIONS[turn, CallerGone] is Turn.ENDED for turn in Turn)
