"""The calls of this process, and whether it has capacity for another one.

New calls are declined before live ones suffer: at the maximum of calls, when the event loop is
late, and when memory runs out.
"""

from dataclasses import dataclass, field
from math import inf
from time import monotonic
from typing import Final

from django.conf import settings

from telephony.process.loop_watch import LoopWatch
from voicex.reasons.attempts import AttemptReason
from voicex.web.lifecycle import lifecycle

PAGE_MEGABYTES: Final = 4096 / 1_048_576


@dataclass(slots=True)
class Capacity:
    """Counts the sessions of this process for the webhook.

    `enter` and `leave` are for the event loop's thread; reading is safe on any thread, with a small
    race that may admit a call too many.
    """

    count: int = 0
    left_at: float = -inf  # when the latest session ended, by time.monotonic
    loop_watch: LoopWatch = field(default_factory=LoopWatch)

    def enter(self) -> None:
        """A session begins."""
        self.count += 1

    def leave(self) -> None:
        """A session has ended."""
        self.count -= 1
        self.left_at = monotonic()

    def no_room(self, *, expected: int = 0) -> AttemptReason | None:
        """The reason to decline new calls; None to accept them.

        expected: admitted calls whose stream is not open yet.
        """
        if lifecycle.is_draining:
            return AttemptReason.DRAINING
        if self.count + expected >= settings.MAX_CALLS_PER_PROCESS:
            return AttemptReason.BUSY
        if self.count and self.loop_watch.lag_seconds * 1000 > settings.MAX_LOOP_LAG_MS:
            return AttemptReason.OVERLOADED
        if 0 < settings.MAX_MEMORY_MB <= resident_megabytes():
            return AttemptReason.OVERLOADED
        return None


def resident_megabytes() -> float:
    """The memory that this process holds; 0 where the system has no /proc."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * PAGE_MEGABYTES
    except OSError:
        return 0.0


capacity = Capacity()
