"""When the words of a sentence are spoken although its end is late.

A sentence sounds best whole. But a stream that dribbles would leave the caller in silence, with
words at hand that could be heard.
"""

import asyncio
from typing import Final

from agents.engines.cascade.response import Response
from agents.engines.cascade.wakeup import Wakeup

LATE_SECONDS: Final = 1.0  # that words wait for the end of their sentence, in silence


class FlushTimer:
    """Times the waiting words of one answer. For the event loop's thread."""

    def __init__(self, wakeup: Wakeup, response: Response) -> None:
        self._wakeup = wakeup
        self._response = response
        self._silent_from = 0.0  # when all that was spoken has been heard, at the latest
        self._due = 0.0  # 0 while nothing waits
        self._timer: asyncio.TimerHandle | None = None

    def expect(self, *, is_waiting: bool) -> None:
        """Words have come; is_waiting: some of them wait for the end of their sentence."""
        if is_waiting and not self._due:
            self._due = max(self._wakeup.now(), self._silent_from) + LATE_SECONDS
            self._timer = asyncio.get_running_loop().call_at(self._due, self._wakeup.notify)
        elif not is_waiting:
            self.close()

    def spoken(self, *, is_waiting: bool) -> None:
        """A piece was made into sound, which is now being heard."""
        self.close()
        self._silent_from = self._wakeup.now() + self._response.lead.ahead_ms / 1000
        self.expect(is_waiting=is_waiting)

    def is_due(self) -> bool:
        """Whether what waits has waited for long enough; it is then asked for once a second."""
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
