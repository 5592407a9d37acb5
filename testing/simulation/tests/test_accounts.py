"""Takeovers, slots and the outbox, interleaved and killed behind any statement.

The seed stands, as in `test_calls`.
"""

import os

import pytest

from testing.simulation.choices import Choices
from testing.simulation.explore import REPLAY, explore
from testing.simulation.scenarios import NEEDS_DATABASE, SCENARIOS

pytestmark = pytest.mark.django_db

TOKEN = os.environ.get(REPLAY, "")
OUTCOMES = {
    "takeover": "moved: socket_closed",
    "slots": "answered 3, declined 1",
    "outbox": "3 mails",
}


@pytest.mark.parametrize("name", sorted(NEEDS_DATABASE))
def test_accounts_are_right_whatever_is_interleaved(name):
    if TOKEN:
        of, _, choices = TOKEN.partition(":")
        if of == name:
            SCENARIOS[name](Choices.of(choices))
        return
    figures = explore(name, SCENARIOS[name], schedules=25, seed="suite")
    assert any(outcome.startswith(OUTCOMES[name]) for outcome in figures.outcomes), figures
