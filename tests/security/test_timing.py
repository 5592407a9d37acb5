"""What counts as slow: on a clock that gives each text the time that it is said to take."""

import pytest

from tests.security import timing
from tests.security.attacks import Attack
from tests.security.timing import GROWTH, LONGEST, SECONDS_AT_LIMIT, slow

ATTACK = Attack("a", " ", "b!")


@pytest.fixture(autouse=True)
def fake_clock(monkeypatch) -> None:
    """A call returns how many seconds it takes."""
    monkeypatch.setattr(timing, "_seconds", lambda call, text: call(text))
    monkeypatch.setattr(timing, "slowness", lambda: 1.0)


@pytest.mark.parametrize("linear", [0.0, 1e-7], ids=["alone", "beside a linear part"])
def test_the_square_of_a_text_is_found_below_its_limit(linear):
    found = slow(lambda text: linear * len(text) + 4e-9 * len(text) ** 2, [ATTACK], limit=1_000)
    assert found is not None
    assert found.growth > GROWTH


def test_a_long_way_that_grows_with_the_text_passes():
    assert slow(lambda text: 9e-7 * len(text), [ATTACK], limit=20_000) is None


def test_a_step_is_no_growth():
    def paged(text: str) -> float:
        return 1e-8 * len(text) * (4 if len(text) == LONGEST else 1)

    assert slow(paged, [ATTACK], limit=LONGEST) is None


def test_what_takes_too_long_at_the_limit_is_found_whatever_its_growth():
    assert slow(lambda _text: 1.1 * SECONDS_AT_LIMIT, [ATTACK], limit=100) is not None


def test_a_slower_machine_may_take_longer_but_not_for_ever(monkeypatch):
    monkeypatch.setattr(timing, "slowness", lambda: 1.5)
    assert slow(lambda _text: 1.4 * SECONDS_AT_LIMIT, [ATTACK], limit=100) is None
    assert slow(lambda _text: 1.6 * SECONDS_AT_LIMIT, [ATTACK], limit=100) is not None
