"""Lets one task wait for whatever comes first: news from others, or a moment."""

import asyncio


class Wakeup:
    """Wakes its task on news, or when a moment is reached. For the event loop's thread.

    Nothing is interrupted by it, unlike by a timeout, and a stream of news has one timer and not
    one for each: a timer that goes off early wakes the task once in vain.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._is_notified = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    def notify(self) -> None:
        """There is news."""
        self._is_notified.set()

    def now(self) -> float:
        """The clock of `wait_until`, in seconds."""
        return self._loop.time()

    async def wait_until(self, due: float) -> None:
        """Return when it was notified, or at `due` at the latest; or in vain."""
        if self._timer is None or self._timer.when() > due:
            self._stop()
            self._timer = self._loop.call_at(due, self._go_off)
        await self._is_notified.wait()
        self._is_notified.clear()

    def close(self) -> None:
        """No task waits any more."""
        self._stop()

    def _go_off(self) -> None:
        self._timer = None
        self._is_notified.set()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
