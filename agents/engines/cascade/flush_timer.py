"""Decides when an incomplete sentence is spoken because its end is late.

A sentence sounds best as a whole, but with a slow stream the caller would wait in silence although
words are available.
"""

import asyncio
from typing import Final

from agents.engines.cascade.response import Response
from agents.engines.cascade.wakeup import Wakeup

LATE_SECONDS: Final = 1.0  # how long words wait for the end of their sentence


class FlushTimer:
    """Times the waiting words of one answer. For the event loop's thread."""

    def __init__(self, wakeup: Wakeup, response: Response) -> None:
        self._wakeup = wakeup
        self._response = response
        self._silent_from = 0.0  # when all spoken audio has been heard, at the latest
        self._due = 0.0  # 0 while nothing waits
        self._timer: asyncio.TimerHandle | None = None

    def expect(self, *, is_waiting: bool) -> None:
        """Words have arrived; is_waiting: some of them wait for the end of their sentence."""
        if is_waiting and not self._due:
            self._due = max(self._wakeup.now(), self._silent_from) + LATE_SECONDS
            self._timer = asyncio.get_running_loop().call_at(self._due, self._wakeup.notify)
        elif not is_waiting:
            self.close()

    def spoken(self, *, is_waiting: bool) -> None:
        """A piece was spoken, which is now being played."""
        self.close()
        self._silent_from = self._wakeup.now() + self._response.lead.ahead_ms / 1000
        self.expect(is_waiting=is_waiting)

    def is_due(self) -> bool:
        """Whether the waiting words are due; true at most once a second."""
        if not self._due or self._wakeup.now() < self._due:
            return False
        self.close()
        self.expect(is_waiting=True)
        return True

    def close(self) -> None:
        """Nothing waits."""
        self._due = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
