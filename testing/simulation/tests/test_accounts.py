"""Takeovers, slots, transfers and the outbox, interleaved and killed behind any statement.

The seed stands, as in `test_calls`.
"""

import os

import pytest

from testing.simulation.explore import REPLAY, explore
from testing.simulation.scenarios import NEEDS_DATABASE, SCENARIOS, replay

pytestmark = pytest.mark.django_db

TOKEN = os.environ.get(REPLAY, "")
OUTCOMES = {
    "takeover": "moved: socket_closed",
    "slots": "answered 3, declined 1",
    "outbox": "3 mails",
    "transfer": "no_answer, back: stop",
}


def test_the_run_of_a_token_is_right():
    if not TOKEN:
        pytest.skip(f"{REPLAY} names no run")
    replay(TOKEN)


@pytest.mark.parametrize("name", sorted(NEEDS_DATABASE))
def test_accounts_are_right_whatever_is_interleaved(name):
    if TOKEN:
        pytest.skip(f"{REPLAY} is set: only that run is had again")
    figures = explore(name, SCENARIOS[name], schedules=32, seed="suite")
    assert any(outcome.startswith(OUTCOMES[name]) for outcome in figures.outcomes), figures
