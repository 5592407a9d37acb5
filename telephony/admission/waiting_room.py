"""Room for sockets that have proven a right to it and have not begun yet. Pure.

A socket that comes when it is full takes the place of the one that has waited longest: a caller's
stream begins within one trip of the network, and a socket that is only held open is the oldest
before long.
"""

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Seat:
    """One socket's place. send_away: called when the place is needed, once, at any moment."""

    of: Hashable
    send_away: Callable[[], None]


class WaitingRoom:
    """At most `most` places, `most_of_one` of them for one proof. For one event loop."""

    def __init__(self, *, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._seats: dict[Seat, None] = {}  # oldest first
        self._of: Counter[Hashable] = Counter()

    def __len__(self) -> int:
        return len(self._seats)

    def enter(self, of: Hashable, send_away: Callable[[], None]) -> Seat | None:
        """A place for a socket that has proven `of`; None when that has its share already."""
        if self._of[of] >= self._most_of_one:
            return None
        if len(self._seats) >= self._most:
            oldest = next(iter(self._seats))
            self.leave(oldest)
            oldest.send_away()
        seat = Seat(of, send_away)
        self._seats[seat] = None
        self._of[of] += 1
        return seat

    def leave(self, seat: Seat) -> None:
        """It is needed no more. Idempotent."""
        if seat not in self._seats:
            return
        del self._seats[seat]
        self._of[seat.of] -= 1
        if not self._of[seat.of]:
            del self._of[seat.of]
