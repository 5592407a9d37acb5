"""Calls that are cancelled, killed, frozen, cut off and moved at any step: `simulation.calls`.

The seed stands: what fails here is the change's fault. `python -m testing.simulation` draws anew.
"""

import os

import pytest

from testing.simulation.calls.errands import run_errands
from testing.simulation.calls.scenario import FAULTS, MOST_STEPS, run_call, steps_of_a_call
from testing.simulation.choices import Choices
from testing.simulation.explore import REPLAY, explore, sweep

TOKEN = os.environ.get(REPLAY, "")
# What was found once, and must not come again: the run, and what it comes to. One that comes to
# something else is another run since the code has changed: look for it again, without the remedy.
FOUND = {
    "a turn replaced by one in doubt is written nevertheless": (
        "AAEAUAQBBgEKAQABGAUCAxUBGAI",
        "cancel: stop",
    ),
    "a turn keeps its place before later ones": ("AAIAWgQBBgEKAQABGAUCAxUB", "kill: stop"),
    "the rest of a broken answer is not glued to it": (
        "AwILAiABDQMLBQ0DBwoQAx8BGAEAAxgBGwE",
        "nothing: stop",
    ),
}


@pytest.mark.slow
def test_calls_end_once_with_their_records_whatever_happens():
    if TOKEN:
        pytest.skip(f"{REPLAY} is set: test_accounts has that run again")
    figures = explore("call", run_call, schedules=520, seed="suite")
    # Of each fault there were some, and calls have ended in many ways.
    assert {outcome.partition(":")[0] for outcome in figures.outcomes} == set(FAULTS)
    assert len(figures.outcomes) > 12


@pytest.mark.slow
def test_what_calls_do_outside_is_done_once_whatever_happens():
    if TOKEN:
        pytest.skip(f"{REPLAY} is set: test_accounts has that run again")
    figures = explore("errands", run_errands, schedules=200, seed="suite")
    ends = {outcome.partition(": ")[2] for outcome in figures.outcomes}
    assert {"transferred", "transfer_abandoned", "transfer_failed", "stop"} <= ends


@pytest.mark.parametrize("fault", FAULTS[1:])
def test_a_call_is_right_wherever_it_is_struck(fault):
    steps = steps_of_a_call(fault)
    assert 100 < steps < MOST_STEPS
    number = FAULTS.index(fault)
    figures = sweep("call", run_call, ([number, at] for at in range(0, steps, 3)))
    assert figures.runs == len(range(0, steps, 3))
    assert any(outcome.startswith(fault) for outcome in figures.outcomes)


@pytest.mark.parametrize(("token", "outcome"), FOUND.values(), ids=FOUND.keys())
def test_what_was_found_once(token, outcome):
    assert run_call(Choices.of(token)) == outcome
