"""Whose turn it is to write to a database that one connection writes to at a time.

Threads that serve calls come before all others, and else the first one to come.
"""

import threading
from collections import deque
from functools import cache
from typing import Final

_thread: Final = threading.local()


def serve_calls() -> None:
    """From now on the calling thread serves calls: it writes before those that do not."""
    _thread.serves_calls = True


def is_serving_calls() -> bool:
    """Whether the calling thread does."""
    return getattr(_thread, "serves_calls", False)


class WriteTurns:
    """One turn at a time; for any thread. A turn may end on another thread than it began on."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_taken = False
        self._calls: deque[threading.Event] = deque()
        self._others: deque[threading.Event] = deque()

    @property
    def waiting(self) -> int:
        """How many threads wait for their turn."""
        return len(self._calls) + len(self._others)

    def take(self, *, seconds: float) -> bool:
        """Wait for the turn; False when it did not come within so many seconds."""
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
            if mine.is_set():  # it came in the last moment
                return True
            waiting.remove(mine)
            return False

    def pass_on(self) -> None:
        """The turn is over."""
        with self._guard:
            waiting = self._calls or self._others
            if waiting:
                waiting.popleft().set()
            else:
                self._is_taken = False


@cache
def turns_of(database: str) -> WriteTurns:
    """The turns of this database, in this process."""
    return WriteTurns()
