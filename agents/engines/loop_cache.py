"""A cache of objects that belong to one event loop and are shared by its calls: clients, pools."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

Key = TypeVar("Key")
Value = TypeVar("Value")


class LoopCache(Generic[Key, Value]):
    """A cache for each event loop: one value for each key, created on first use.

    At most `limit` values for each loop: the least recently used is dropped without closing it,
    because a call may still be using it.
    """

    def __init__(self, make: Callable[[Key], Value], *, limit: int) -> None:
        self._make = make
        self._limit = limit
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, OrderedDict[Key, Value]] = (
            WeakKeyDictionary()
        )

    def get(self, key: Key) -> Value:
        """The running loop's value for `key`. Raises any error of creating it."""
        values = self._by_loop.setdefault(asyncio.get_running_loop(), OrderedDict())
        if key not in values:
            values[key] = self._make(key)
            if len(values) > self._limit:
                values.popitem(last=False)
        values.move_to_end(key)
        return values[key]

    def __contains__(self, key: Key) -> bool:
        """Whether the running loop has a value for `key`."""
        return key in self._by_loop.get(asyncio.get_running_loop(), ())

    def take_all(self) -> list[Value]:
        """Remove and return all values of the running loop; the caller has to close them."""
        return list(self._by_loop.pop(asyncio.get_running_loop(), OrderedDict()).values())
