"""How many messages of each kind one socket may bring."""

import pytest

from telephony.admission.message_budget import FRAMES_AT_ONCE, Limit, MessageBudget
from telephony.session.events import DigitPressed, FrameHeard

LIMITS = {FrameHeard: Limit(60, 2 * FRAMES_AT_ONCE), DigitPressed: Limit(10, 3)}


def taken(takes, most: int = 1_000) -> int:
    """How many are within the budget before one is not."""
    return next((count for count in range(most) if not takes()), most)


def test_frames_above_the_burst_wait_for_the_rate() -> None:
    budget = MessageBudget(LIMITS)
    assert taken(lambda: budget.takes_frame(0.0)) == 2 * FRAMES_AT_ONCE
    # Frames are taken by the second, so half a second's worth opens nothing yet.
    assert not budget.takes_frame(0.5)
    assert taken(lambda: budget.takes_frame(1.0)) == FRAMES_AT_ONCE


def test_a_kind_has_a_budget_of_its_own() -> None:
    budget = MessageBudget(LIMITS)
    assert taken(lambda: budget.takes(DigitPressed, 0.0)) == 3
    assert budget.takes_frame(0.0)
    assert budget.takes(DigitPressed, 0.1)
    assert not budget.takes(DigitPressed, 0.1)


def test_kinds_without_a_limit_are_always_accepted() -> None:
    budget = MessageBudget(LIMITS)
    assert taken(lambda: budget.takes(str, 0.0)) == 1_000


@pytest.mark.parametrize("seconds", [60, 600])
def test_a_telephone_stays_within_it(seconds: int) -> None:
    budget = MessageBudget()
    assert all(budget.takes_frame(frame / 50) for frame in range(50 * seconds))
