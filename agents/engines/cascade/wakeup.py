"""Lets a task wait for a notification or a deadline, whichever comes first."""

import asyncio


class Wakeup:
    """Wakes its task on a notification or at a deadline. For the event loop's thread.

    Unlike a timeout it cancels nothing, and many notifications share one timer: a timer that fires
    early causes one spurious wake-up.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._is_notified = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    def notify(self) -> None:
        """Wake the task."""
        self._is_notified.set()

    def now(self) -> float:
        """The clock of `wait_until`, in seconds."""
        return self._loop.time()

    async def wait_until(self, due: float) -> None:
        """Wait for a notification, at most until `due`. May return spuriously."""
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
