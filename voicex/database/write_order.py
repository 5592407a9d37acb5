"""A queue of the threads that write to SQLite, which allows one writer at a time.

Threads that serve calls go first; otherwise first come, first served.
"""

import threading
from collections import deque
from functools import cache
from typing import Final

_thread: Final = threading.local()


def serve_calls() -> None:
    """Give the current thread priority: it serves calls."""
    _thread.serves_calls = True


def is_serving_calls() -> bool:
    """Whether the current thread serves calls."""
    return getattr(_thread, "serves_calls", False)


class WriteOrder:
    """The queue of one database. Safe on any thread; `pass_on` may be called on another thread than
    `take`.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_taken = False
        self._calls: deque[threading.Event] = deque()
        self._others: deque[threading.Event] = deque()

    @property
    def waiting(self) -> int:
        """The number of waiting threads."""
        return len(self._calls) + len(self._others)

    def take(self, *, seconds: float) -> bool:
        """Wait for the turn; False after a timeout (seconds)."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            waiting = self._calls if is_serving_calls() else self._others
            mine = threading.Event()
            waiting.append(mine)
        if mine.wait(seconds):
            return True
        with self._guard:
            if mine.is_set():  # the turn came just after the timeout
                return True
            waiting.remove(mine)
            return False

    def pass_on(self) -> None:
        """End the turn: the next thread may write."""
        with self._guard:
            waiting = self._calls or self._others
            if waiting:
                waiting.popleft().set()
            else:
                self._is_taken = False


@cache
def write_order_of(database: str) -> WriteOrder:
    """The queue of this database in this process."""
    return WriteOrder()
