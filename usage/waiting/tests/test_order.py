"""The line of an organization: who is before whom, and who is believed to exist."""

from datetime import UTC, datetime, timedelta

import pytest

from usage.waiting.order import (
    MOST_OF_A_NUMBER,
    ROWS_A_PLACE,
    UNASKED_AHEAD,
    UNASKED_FOR,
    WaitingQueue,
)

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
JUST_NOW = NOW - timedelta(seconds=5)
LONG_AGO = NOW - UNASKED_FOR


def line(*groups, is_signed=False):
    """Callers who wait, of their own number each; groups: how many, rounds, last heard of."""
    waiting = [each for count, *rest in groups for each in [rest] * count]
    rows = [(f"CA{n}", f"+4930{n}", *rest) for n, rest in enumerate(waiting)]
    return WaitingQueue(rows, is_signed, NOW)


@pytest.mark.parametrize(
    ("groups", "ahead"),
    [
        ([(4, 1, JUST_NOW)], 4),
        ([(1, 0, JUST_NOW)], 1),
        ([(9, 0, JUST_NOW)], UNASKED_AHEAD),
        ([(9, 0, LONG_AGO)], 0),
        ([(2, 0, LONG_AGO), (2, 3, LONG_AGO), (9, 0, JUST_NOW)], 2 + UNASKED_AHEAD),
    ],
)
def test_without_signatures_few_are_waited_for_who_have_not_asked_again(groups, ahead):
    assert line(*groups).ahead_of("CA-new") == ahead
    everyone = sum(count for count, *_rest in groups)
    assert line(*groups, is_signed=True).ahead_of("CA-new") == everyone


def test_callers_are_told_how_many_are_before_them_whoever_is_believed():
    together = line((5, 0, JUST_NOW))
    assert [together.position(f"CA{n}") for n in range(5)] == [1, 2, 3, 4, 5]
    a_round_later = line((5, 1, JUST_NOW))
    assert [a_round_later.position(f"CA{n}") for n in range(5)] == [1, 2, 3, 4, 5]
    assert line((9, 0, LONG_AGO)).position("CA-new") == 1
    assert line((9, 0, LONG_AGO), is_signed=True).position("CA-new") == 10


def test_only_those_before_are_waited_for():
    assert line((2, 1, JUST_NOW), (5, 0, JUST_NOW)).ahead_of("CA1") == 1


def test_without_signatures_half_of_the_places_are_for_those_who_have_asked_again():
    assert line((7, 0, JUST_NOW)).has_place("+491", most=4)
    assert line((5, 0, JUST_NOW), (1, 1, JUST_NOW)).has_place("+491", most=4)
    assert not line((5, 0, JUST_NOW), (2, 1, JUST_NOW)).has_place("+491", most=4)
    assert not line((4, 0, JUST_NOW), is_signed=True).has_place("+491", most=4)


def test_the_rows_of_a_line_are_bounded():
    assert line((4 * ROWS_A_PLACE - 1, 0, LONG_AGO)).has_place("+491", most=4)
    assert not line((4 * ROWS_A_PLACE, 0, LONG_AGO)).has_place("+491", most=4)


def test_without_signatures_one_number_has_few_places():
    def has_place(number, *, of="+491", is_signed=False):
        waiting = [(f"CA{n}", of, 1, JUST_NOW) for n in range(MOST_OF_A_NUMBER)]
        return WaitingQueue(waiting, is_signed, NOW).has_place(number, most=20)

    assert not has_place("+491")
    assert has_place("+492")
    assert has_place("anonymous", of="anonymous")  # any number of people
    assert has_place("+491", is_signed=True)
