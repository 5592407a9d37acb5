"""Room for sockets that have proven a right to it and have not begun yet. Pure.

A socket that comes when it is full takes the place of the one that has waited longest: a caller's
stream begins within one trip of the network, and a socket that is only held open is the oldest
before long.
"""

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class PendingSocket:
    """One socket's place. evict: called when the place is needed, once, at any moment."""

    of: Hashable
    evict: Callable[[], None]


class PendingSockets:
    """At most `most` places, `most_of_one` of them for one proof. For one event loop."""

    def __init__(self, *, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._sockets: dict[PendingSocket, None] = {}  # oldest first
        self._of: Counter[Hashable] = Counter()

    def __len__(self) -> int:
        return len(self._sockets)

    def enter(self, of: Hashable, evict: Callable[[], None]) -> PendingSocket | None:
        """A place for a socket that has proven `of`; None when that has its share already."""
        if self._of[of] >= self._most_of_one:
            return None
        if len(self._sockets) >= self._most:
            oldest = next(iter(self._sockets))
            self.leave(oldest)
            oldest.evict()
        pending = PendingSocket(of, evict)
        self._sockets[pending] = None
        self._of[of] += 1
        return pending

    def leave(self, pending: PendingSocket) -> None:
        """It is needed no more. Idempotent."""
        if pending not in self._sockets:
            return
        del self._sockets[pending]
        self._of[pending.of] -= 1
        if not self._of[pending.of]:
            del self._of[pending.of]
