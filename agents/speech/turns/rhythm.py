"""One caller's rhythm: how long they pause within a turn. Pure."""

from typing import Final

# As the dynamic endpointing of LiveKit's agents: nine tenths of what was known, one of the new.
KEPT: Final = 0.9
# An end that turned out wrong says more than a pause that was waited for: it was heard.
KEPT_AFTER_WRONG_END: Final = 0.5
# Pauses outside of these are a breath, or a caller who does something else meanwhile. From 200 ms
# on the field calls them holds.
SHORTEST_MS: Final = 200
LONGEST_MS: Final = 3_000


class Rhythm:
    """The exponential mean of a caller's pauses, also of those that ended a turn too early."""

    def __init__(self) -> None:
        self.pause_ms: float | None = None  # None: none is known yet

    def paused(self, ms: int) -> None:
        """The caller continued after a pause of `ms`."""
        if ms >= SHORTEST_MS:
            self._take(ms, KEPT)

    def was_cut_off(self, ms: int) -> None:
        """The caller continued after a pause of `ms` that had ended the turn too early."""
        self._take(ms, KEPT_AFTER_WRONG_END)

    def _take(self, ms: int, kept: float) -> None:
        new = min(max(ms, SHORTEST_MS), LONGEST_MS)
        self.pause_ms = new if self.pause_ms is None else kept * self.pause_ms + (1 - kept) * new
