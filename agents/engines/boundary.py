"""The boundary around everything that a provider gives: whatever goes wrong is an EngineError.

A provider's package may raise anything, and an unexpected exception would end the call. Here it is
written to the log with its trace, and becomes an error that callers of engines know how to answer.
Cancellation passes when it is meant for our task; one that comes from a task of the provider's own
is a failure like any other.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import suppress
from types import TracebackType
from typing import Final, TypeVar

import structlog

from voicex.errors import EngineError, EngineReason, EngineTimeout

T = TypeVar("T")

log = structlog.get_logger(__name__)

NOT_OURS: Final = (KeyboardInterrupt, SystemExit, GeneratorExit)


class Boundary:
    """`with Boundary("the voice"): await ...`: only EngineErrors and cancellation leave it.

    what: what was asked for, for the log. May be entered again and again by one task.
    """

    __slots__ = ("_what",)

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        """Nothing is kept of the task: an error that is kept would keep the call with it."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None or isinstance(error, (EngineError, *NOT_OURS)):
            return
        if isinstance(error, asyncio.CancelledError) and _is_meant_for_us():
            return
        raise self._translated(error) from error

    def _translated(self, error: BaseException) -> EngineError:
        detail = f"{self._what}: {type(error).__name__}"
        if isinstance(error, TimeoutError):
            return EngineTimeout(detail)
        log.error("engine_broke", what=self._what, kind=type(error).__name__, exc_info=error)
        return EngineError(detail, reason=EngineReason.FAILED)


def _is_meant_for_us() -> bool:
    """Whether our own task was cancelled: by the call, or by a limit of time around."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


async def guarded(items: AsyncGenerator[T, None], what: str) -> AsyncGenerator[T, None]:
    """`items` of an engine, from behind the boundary. Raises EngineError alone.

    Closing it closes `items`; what goes wrong then is only logged, for nothing waits for it.
    """
    boundary = Boundary(what)
    try:
        while True:
            with boundary:
                try:
                    item = await anext(items)
                except StopAsyncIteration:
                    return
            yield item
    finally:
        with suppress(EngineError), Boundary(f"{what}, closing"):
            await items.aclose()


async def guarded_once(result: Awaitable[T], what: str) -> T:
    """One result of an engine, from behind the boundary. Raises EngineError alone."""
    with Boundary(what):
        return await result
