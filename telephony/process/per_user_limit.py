"""How many sockets one person may have in a process, so that nobody takes everybody's room."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class SocketsOfOne:
    """Counts sockets by person. For one event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[int] = Counter()

    @contextmanager
    def one_more(self, user_id: int) -> Iterator[bool]:
        """Count one more of this person while the block runs; False above the limit."""
        if self._open[user_id] >= self._most:
            yield False
            return
        self._open[user_id] += 1
        try:
            yield True
        finally:
            self._open[user_id] -= 1
            if not self._open[user_id]:
                del self._open[user_id]
