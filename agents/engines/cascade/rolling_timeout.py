"""A cheap timeout for each item of a stream whose items usually arrive soon."""

import asyncio
from types import TracebackType
from typing import Any, Self


class RollingTimeout:
    """Limits each wait of a task to `seconds`: `with patience: await ...`.

    Raises TimeoutError from the block after that. Unlike asyncio.timeout it is made for streams:
    the timer is not cancelled after each wait, but checks for the next wait when it fires. So a
    stream has one timer in place of one for each token. Raises RuntimeError outside of a task.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        # Known while it waits, and no longer: a cancelled task keeps its error, and with it the
        # frame that holds this, so that neither would go by itself.
        self._task: asyncio.Task[Any] | None = None
        self._cancels_before = 0
        self._due = 0.0  # on the loop's clock
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False

    def close(self) -> None:
        """Nothing is waited for any more. Once."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("Only a task can be interrupted")
        self._task = task
        self._cancels_before = task.cancelling()
        self._due = self._loop.time() + self._seconds
        if self._timer is None:
            self._timer = self._loop.call_at(self._due, self._check)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        is_ours_alone = False
        if self._is_over and self._task is not None:
            self._is_over = False
            # The task may have been cancelled at the same time, which takes precedence.
            is_ours_alone = self._task.uncancel() <= self._cancels_before
        self._task = None
        if is_ours_alone and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _check(self) -> None:
        self._timer = None
        if self._task is None:  # nothing is waited for
            return
        if self._due > self._loop.time():
            self._timer = self._loop.call_at(self._due, self._check)
        else:
            self._is_over = True
            self._task.cancel()
