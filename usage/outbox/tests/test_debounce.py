"""Debouncer: the first goes at once, many become one, and none is forgotten."""

from collections.abc import Callable

import pytest

from testing.guard import GUARD_SECONDS
from usage.outbox.debounce import SPACING_SECONDS, Debouncer


class Moment:
    """A clock that is set by hand, and what is due on it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, Callable[[], None]]] = []

    def call_later(self, seconds: float, function: Callable[[], None]) -> None:
        self.due.append((self.now + seconds, function))

    def goes_on(self, seconds: float) -> None:
        self.now += seconds
        ripe = [function for at, function in self.due if at <= self.now + 1e-9]
        self.due = [entry for entry in self.due if entry[0] > self.now + 1e-9]
        for function in ripe:
            function()


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
def sent() -> list[int]:
    return []


@pytest.fixture
def hints(moment: Moment, sent: list[int]) -> Debouncer:
    return Debouncer(sent.append, clock=lambda: moment.now, call_later=moment.call_later)


def test_the_first_goes_at_once(hints: Debouncer, sent: list[int]) -> None:
    hints.send(1)
    assert sent == [1]


def test_many_at_once_become_two(hints: Debouncer, moment: Moment, sent: list[int]) -> None:
    for call_id in range(1, 100):
        hints.send(call_id)
    assert sent == [1]
    moment.goes_on(SPACING_SECONDS)
    assert sent == [1, 99]
    moment.goes_on(10)
    assert sent == [1, 99]


def test_a_steady_stream_is_thinned(hints: Debouncer, moment: Moment, sent: list[int]) -> None:
    for call_id in range(1000):
        hints.send(call_id)
        moment.goes_on(SPACING_SECONDS / 10)
    moment.goes_on(SPACING_SECONDS)
    assert 90 <= len(sent) <= 110
    assert sent[-1] == 999


def test_after_a_pause_one_goes_at_once_again(
    hints: Debouncer, moment: Moment, sent: list[int]
) -> None:
    hints.send(1)
    moment.goes_on(SPACING_SECONDS)
    hints.send(2)
    assert sent == [1, 2]


def test_the_real_timer_passes_it_on() -> None:
    from threading import Event

    told = Event()
    seen: list[int] = []

    def send(call_id: int) -> None:
        seen.append(call_id)
        if call_id == 2:
            told.set()

    hints = Debouncer(send)
    hints.send(1)
    hints.send(2)
    assert told.wait(GUARD_SECONDS)
    assert seen == [1, 2]
