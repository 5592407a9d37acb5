"""What belongs to an event loop is shared on it, and only on it."""

import asyncio

from agents.engines.loop_cache import LoopCache


def numbered():
    """A maker of values that are all different."""
    made = []

    def make(key):
        made.append(key)
        return f"{key}{len(made)}"

    return make


def test_calls_on_one_loop_share_a_value_and_another_loop_has_its_own():
    cache = LoopCache(numbered(), limit=8)

    async def twice():
        return cache.get("a"), cache.get("a")

    assert asyncio.run(twice()) == ("a1", "a1")
    assert asyncio.run(twice()) == ("a2", "a2")


async def test_the_least_recently_used_makes_room():
    cache = LoopCache(numbered(), limit=2)
    assert [cache.get(key) for key in "abac"] == ["a1", "b2", "a1", "c3"]
    assert cache.get("a") == "a1"
    assert cache.get("b") == "b4"


async def test_take_all_returns_each_value_once():
    cache = LoopCache(numbered(), limit=8)
    cache.get("a")
    cache.get("b")
    assert cache.take_all() == ["a1", "b2"]
    assert cache.take_all() == []
