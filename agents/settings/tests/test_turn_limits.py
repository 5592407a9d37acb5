"""The bounds of turn-taking."""

import pytest

from agents.settings.config import TurnTaking
from agents.settings.limits import MILLISECONDS
from agents.settings.turn_limits import problems


def test_the_defaults_and_both_ends_of_every_bound_are_fine():
    assert problems({}) == []
    for name, (lowest, highest) in MILLISECONDS.items():
        pause = {"pause_ms": 32} if name == "endpointing_ms" else {}
        end = {"endpointing_ms": 3000} if name == "pause_ms" else {}
        for value in (lowest, highest):
            assert problems({name: value} | pause | end) == []
        for value in (lowest - 1, highest + 1):
            assert problems({name: value} | pause | end) != []


def test_every_number_of_turn_taking_has_bounds():
    numbers = {name for name, value in TurnTaking.__annotations__.items() if value is int}
    assert set(MILLISECONDS) == numbers


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([], "an object"),
        ({"patience": 5}, "no 'patience'"),
        ({"pause_ms": "64"}, "whole number"),
        ({"pause_ms": 64.5}, "whole number"),
        ({"barge_in_ms": True}, "whole number"),
        ({"interruptible": "no"}, "true or false"),
        ({"pause_ms": 500, "endpointing_ms": 400}, "comes first"),
    ],
)
def test_what_is_wrong_is_said_in_words(values, says):
    assert any(says in problem for problem in problems(values))
