"""The asyncio tasks of one call."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class CallTasks(asyncio.TaskGroup):
    """A task group that can be cancelled.

    An `asyncio.TaskGroup` can only be left early by an exception. Its traceback references the
    frames, and these reference the call, until the garbage collector runs.
    """

    def __init__(self) -> None:
        super().__init__()
        self._unfinished: set[asyncio.Task[Any]] = set()

    def create_task(self, coro: Coroutine[Any, Any, T], **options: Any) -> asyncio.Task[T]:  # type: ignore[override]  # by name only
        """Start a task of the group."""
        task = super().create_task(coro, **options)
        self._unfinished.add(task)
        task.add_done_callback(self._unfinished.discard)
        return task

    def cancel(self) -> None:
        """Cancel every task; the group is left once they have ended."""
        for task in list(self._unfinished):
            task.cancel()
