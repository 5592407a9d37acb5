"""One timer with 20 ms ticks for all simulated calls of a process.

A timer and a task for each caller cost more than the frame that they send, and a phone that
is late measures itself. The clock is absolute, so that lateness never adds up.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from telephony.simulator.sound.loudness import FRAME_MS

BEAT_SECONDS: Final = FRAME_MS / 1000
# An event loop's timers are no finer than this; a call that is due within it is made with it.
GRAIN_SECONDS: Final = 0.001
LATEST_MS: Final = 1000  # later beats are counted as this late


@dataclass(eq=False, slots=True)
class Beat:
    """A member's place in the rhythm. step: called with how many ms too late it is."""

    step: Callable[[float], None]
    due: float
    is_over: bool = False

    def leave(self) -> None:
        """No more beats."""
        self.is_over = True


class Metronome:
    """Calls each member every 20 ms, and counts how late it was itself."""

    def __init__(self) -> None:
        # In order of `due`: all lie within one beat of each other, so the one that was called comes
        # last again.
        self._beats: deque[Beat] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._counts = [0] * (LATEST_MS + 1)

    def join(self, step: Callable[[float], None]) -> Beat:
        """Call `step` from 20 ms after now on, until `leave` of what is returned."""
        beat = Beat(step, monotonic() + BEAT_SECONDS)
        self._beats.append(beat)
        if self._timer is None:
            self._wait()
        return beat

    def late_ms(self, percent: float) -> int:
        """So late, in whole ms, were at most `percent` of all beats; 0 before the first."""
        wanted = math.ceil(sum(self._counts) * percent / 100)
        seen = 0
        for ms, count in enumerate(self._counts):
            seen += count
            if seen >= wanted:
                return ms
        return LATEST_MS

    def _wait(self) -> None:
        seconds = max(0.0, self._beats[0].due - monotonic())
        self._timer = asyncio.get_running_loop().call_later(seconds, self._run)

    def _run(self) -> None:
        beats = self._beats
        try:
            now = monotonic()
            # One each at most: a process that cannot keep up must still let the loop read what
            # comes in.
            for _ in range(len(beats)):
                if beats[0].due > now + GRAIN_SECONDS:
                    break
                beat = beats.popleft()
                if beat.is_over:
                    continue
                late_ms = max(0.0, (now - beat.due) * 1000)
                beat.due += BEAT_SECONDS
                beats.append(beat)
                self._counts[min(LATEST_MS, round(late_ms))] += 1
                beat.step(late_ms)
                now = monotonic()  # steps take time, and the next one waited for it
        finally:
            self._timer = None
            if beats:
                self._wait()
