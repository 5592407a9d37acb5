"""Limits sockets that are authorized and have not started yet. Pure.

When the limit is reached a new socket evicts the oldest one: a caller's stream starts within one
network round trip, so an idle socket soon is the oldest.
"""

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class PendingSocket:
    """One socket's place. evict: called once when the place is needed, at any time."""

    of: Hashable
    evict: Callable[[], None]


class PendingSockets:
    """At most `most` places, `most_of_one` of them for each proof. For one event loop."""

    def __init__(self, *, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._sockets: dict[PendingSocket, None] = {}  # oldest first
        self._of: Counter[Hashable] = Counter()

    def __len__(self) -> int:
        return len(self._sockets)

    def enter(self, of: Hashable, evict: Callable[[], None]) -> PendingSocket | None:
        """Take a place for a socket that has proven `of`; None if that has reached its limit."""
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
        """Release the place. Idempotent."""
        if pending not in self._sockets:
            return
        del self._sockets[pending]
        self._of[pending.of] -= 1
        if not self._of[pending.of]:
            del self._of[pending.of]
