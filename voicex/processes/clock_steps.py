"""Notices when this machine's clock is set forward.

A process writes when it last lived, and others read how long ago that is (`usage.quota.quotas`). An
hour that the clock was set forward has not passed: whoever lives writes again within seconds, and
until then must not look as if it had been dead for an hour.

Nothing is done when a clock is set back. Signs of life that were written before lie in the
future then, and never go back (`usage.records.calls`), so they cannot tell the living from the
dead: a bound on them would end good calls. A call whose process dies within that hour keeps its
slot until the hour has passed.
"""

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

import structlog

log = structlog.get_logger(__name__)

LEAST_SECONDS: Final = 5.0  # less is how clocks are kept right, and hurts nobody
KEPT_SECONDS: Final = 600.0


class ClockSteps:
    """How far the time of day ran ahead of a clock that only counts. Safe on any thread.

    Sees nothing before `watch`, so that tests may travel in time.
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
        self._steps: list[tuple[float, float]] = []  # when it was noticed, how far

    def watch(self) -> None:
        """The clock is right now."""
        with self._lock:
            self._offset = self._wall() - self._steady()

    def forward_seconds(self, within: float) -> float:
        """How far it was set forward, as far as that was noticed within the last seconds."""
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
