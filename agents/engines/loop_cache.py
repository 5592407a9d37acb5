"""A cache of objects that belong to one event loop and are shared by its calls: clients, pools."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

Key = TypeVar("Key")
Value = TypeVar("Value")


class LoopCache(Generic[Key, Value]):
    """One value a key, made when first asked for, on each event loop its own.

    At most `limit` a loop: the least recently used is dropped, not closed, for a call may
    still be using it; it goes when the last call lets go of it.
    """

    def __init__(self, make: Callable[[Key], Value], *, limit: int) -> None:
        self._make = make
        self._limit = limit
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, OrderedDict[Key, Value]] = (
            WeakKeyDictionary()
        )

    def get(self, key: Key) -> Value:
        """The running loop's value for `key`. Raises what making it raises."""
        values = self._by_loop.setdefault(asyncio.get_running_loop(), OrderedDict())
        if key not in values:
            values[key] = self._make(key)
            if len(values) > self._limit:
                values.popitem(last=False)
        values.move_to_end(key)
        return values[key]

    def __contains__(self, key: Key) -> bool:
        """Whether the running loop's value for `key` is made."""
        return key in self._by_loop.get(asyncio.get_running_loop(), ())

    def take_all(self) -> list[Value]:
        """Every value of the running loop, forgotten here; the taker closes them."""
        return list(self._by_loop.pop(asyncio.get_running_loop(), OrderedDict()).values())
