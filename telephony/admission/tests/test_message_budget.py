"""How many messages of each kind one socket may bring."""

import pytest

from telephony.admission.message_budget import FRAMES_AT_ONCE, LIMITS, Limit, MessageBudget
from telephony.session.events import CallerTyped, DigitPressed, FrameHeard, MarkPlayed

HOUR = 3_600
NARROW = {FrameHeard: Limit(60, 2 * FRAMES_AT_ONCE), DigitPressed: Limit(10, 3)}


def taken(takes, most: int = 1_000) -> int:
    """How many are within the budget before one is not."""
    return next((count for count in range(most) if not takes()), most)


def test_frames_above_the_burst_wait_for_the_rate() -> None:
    budget = MessageBudget(NARROW)
    assert taken(lambda: budget.takes_frame(0.0)) == 2 * FRAMES_AT_ONCE
    # Frames are taken by the second, so half a second's worth opens nothing yet.
    assert not budget.takes_frame(0.5)
    assert taken(lambda: budget.takes_frame(1.0)) == FRAMES_AT_ONCE


def test_a_kind_has_a_budget_of_its_own() -> None:
    budget = MessageBudget(NARROW)
    assert taken(lambda: budget.takes(DigitPressed, 0.0)) == 3
    assert budget.takes_frame(0.0)
    assert budget.takes(DigitPressed, 0.1)
    assert not budget.takes(DigitPressed, 0.1)


def test_kinds_without_a_limit_are_always_accepted() -> None:
    budget = MessageBudget(NARROW)
    assert taken(lambda: budget.takes(str, 0.0)) == 1_000


@pytest.mark.parametrize("seconds", [60, 600])
def test_a_telephone_stays_within_it(seconds: int) -> None:
    budget = MessageBudget()
    assert all(budget.takes_frame(frame / 50) for frame in range(50 * seconds))


def test_an_hour_of_an_ordinary_call_is_within_every_limit():
    budget = MessageBudget()
    for second in range(HOUR):
        kinds = [FrameHeard] * 50 + [MarkPlayed] * 5 + [DigitPressed] * 4 + [type(None)]
        if second % 5 == 0:
            kinds.append(CallerTyped)
        assert all(budget.takes(kind, float(second)) for kind in kinds)


def test_a_minute_that_was_missed_may_be_caught_up_with_and_every_mark_come_back_at_once():
    budget = MessageBudget()
    assert all(budget.takes(FrameHeard, 60.0) for _ in range(60 * 50))
    assert all(budget.takes(MarkPlayed, 60.0) for _ in range(60_000 // 200))


def test_frames_that_are_taken_by_the_second_come_as_often_as_one_by_one():
    budget = MessageBudget()
    limit = LIMITS[FrameHeard]
    assert sum(budget.takes_frame(0.0) for _ in range(63_000)) == limit.burst
    assert all(budget.takes_frame(float(second)) for second in range(1, HOUR) for _ in range(50))
    flood = sum(budget.takes_frame(HOUR + 10.0) for _ in range(63_000))
    assert 0 < flood <= limit.burst


@pytest.mark.parametrize("kind", LIMITS)
def test_no_kind_comes_without_a_limit(kind):
    budget = MessageBudget()
    assert sum(budget.takes(kind, 0.0) for _ in range(63_000)) <= 3_600
