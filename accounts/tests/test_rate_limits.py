"""A limit lets the first uses of a window through, and no more."""

import pytest
from django.core.cache import cache

from accounts.rate_limits import is_within


@pytest.fixture(autouse=True)
def _fresh(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


def test_the_first_uses_pass_and_the_next_do_not():
    assert [is_within(2, seconds=60, name="voice:1") for _ in range(4)] == [
        True,
        True,
        False,
        False,
    ]


def test_each_name_has_its_own_count():
    assert is_within(1, seconds=60, name="voice:1")
    assert is_within(1, seconds=60, name="voice:2")


def test_a_new_window_counts_anew():
    assert is_within(1, seconds=60, name="voice:1")
    cache.delete("rate:voice:1")  # as the cache does when the window is over
    assert is_within(1, seconds=60, name="voice:1")
