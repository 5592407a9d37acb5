"""Measures the lag of the event loop, the earliest sign of too many calls."""

import asyncio
from collections import deque
from collections.abc import Callable
from statistics import median
from time import monotonic
from typing import Final

PERIOD_SECONDS: Final = 0.1
SAMPLES: Final = 30  # samples of 3 s; the median ignores single slow moments


class LoopWatch:
    """Samples the lag ten times a second. For the event loop's thread."""

    def __init__(self) -> None:
        self._late: deque[float] = deque(maxlen=SAMPLES)

    async def run(self, on_beat: Callable[[], None]) -> None:
        """Watch until cancelled; `on_beat` is called each time the loop wakes."""
        while True:
            due = monotonic() + PERIOD_SECONDS
            await asyncio.sleep(PERIOD_SECONDS)
            self.record(monotonic() - due)
            on_beat()

    def record(self, late_seconds: float) -> None:
        """Record one sample: the lag in seconds."""
        self._late.append(max(0.0, late_seconds))

    @property
    def lag_seconds(self) -> float:
        """The median of the latest samples; 0 before the first one."""
        return median(self._late) if self._late else 0.0
