"""Detects when this machine's clock is set forward.

Processes write heartbeats with the time of day, and others read how old they are
(`usage.quota.quotas`). When the clock is set forward by an hour, living processes write new
heartbeats within seconds, and until then must not look as if they had been dead for an hour.

Nothing is done when a clock is set back. Heartbeats written before then lie in the future and are
never lowered (`usage.records.calls`), so living and dead processes cannot be told apart, and a
limit would end live calls. A call whose process dies within that hour keeps its slot until the hour
has passed.
"""

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

import structlog

log = structlog.get_logger(__name__)

LEAST_SECONDS: Final = 5.0  # smaller steps are normal adjustments, and harmless
KEPT_SECONDS: Final = 600.0


class ClockSteps:
    """Compares the time of day with a monotonic clock. Safe on any thread.

    Inactive until `watch`, so that tests may change the time.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._lock = Lock()
        self._offset: float | None = None
        self._steps: list[tuple[float, float]] = []  # (when it was noticed, seconds)

    def watch(self) -> None:
        """Start to watch: the clock is right now."""
        with self._lock:
            self._offset = self._wall() - self._steady()

    def forward_seconds(self, within: float) -> float:
        """By how many seconds the clock was set forward, counting steps noticed within
        `seconds`.
        """
        with self._lock:
            if self._offset is None:
                return 0.0
            now = self._steady()
            offset = self._wall() - now
            step, self._offset = offset - self._offset, offset
            if abs(step) >= LEAST_SECONDS:
                log.warning("clock_set", seconds=round(step))
            if step >= LEAST_SECONDS:
                self._steps.append((now, step))
            self._steps = [each for each in self._steps if now - each[0] < KEPT_SECONDS]
            return sum(step for at, step in self._steps if now - at < within)


clock_steps: Final = ClockSteps()
