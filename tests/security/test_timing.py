"""What the measuring of texts finds, and what it lets pass."""

import re

import pytest

from tests.security.attacks import Attack
from tests.security.timing import slow

pytestmark = pytest.mark.slow  # measures


def test_the_square_of_a_text_is_found_below_its_limit():
    spaces = re.compile(r"\s+$")
    found = slow(spaces.search, [Attack("a", " ", "b!")], limit=1_000)
    assert found is not None
    assert found.growth > 2.6


def test_a_long_way_that_grows_with_the_text_passes():
    words = re.compile(r"\w+")
    assert slow(words.findall, [Attack("a", "a ", "b!")], limit=20_000) is None


def test_what_takes_too_long_at_the_limit_is_found_whatever_its_growth():
    assert slow(lambda text: sum(range(2_000_000)), [Attack("a", "a", "b")], limit=100) is not None
