"""How people write amounts of money."""

import pytest

from agents.budget import Budget, Caps, fault_in_amount, micros_in


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("25", 25_000_000),
        (" 12.5 ", 12_500_000),
        ("0,07", 70_000),
        ("9999999.99", 9_999_999_990_000),
    ],
)
def test_amounts_are_whole_cents(text, micros):
    assert micros_in(text) == micros
    assert fault_in_amount(text) is None


@pytest.mark.parametrize(
    "text", ["0", "0.00", "-1", "1.234", "1e3", "ten", "12345678", "$5", "1,000.00", "٣"]
)
def test_what_is_none_is_refused_and_never_a_limit(text):
    assert micros_in(text) is None
    assert fault_in_amount(text) is not None


def test_nothing_is_no_limit():
    assert fault_in_amount("") is None
    assert not Budget().caps
    assert Budget(monthly="3").caps == Caps(monthly_micros=3_000_000)
