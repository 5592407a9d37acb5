"""The error boundary around providers: any exception becomes an EngineError.

A provider's package may raise any exception, and an unexpected one would end the call. Here it is
logged with its traceback, and becomes an error that users of engines handle. Cancellation of our
own task passes through; a CancelledError of the provider's own tasks is treated as a failure.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import suppress
from types import TracebackType
from typing import Final, TypeVar

import structlog

from voicex.errors import EngineBusy, EngineError, EngineReason, EngineTimeout

T = TypeVar("T")

log = structlog.get_logger(__name__)

NOT_OURS: Final = (KeyboardInterrupt, SystemExit, GeneratorExit)


class Boundary:
    """`with Boundary("the voice"): await ...` raises only EngineErrors and cancellation.

    what: describes the request in the log. May be entered repeatedly by one task.
    """

    __slots__ = ("_what",)

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        """Keeps no reference to the task, because a stored error would keep the whole call
        alive.
        """

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
    """Whether our own task was cancelled, by the call or by a timeout."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


async def guarded(items: AsyncGenerator[T, None], what: str) -> AsyncGenerator[T, None]:
    """Iterate `items` of an engine within the boundary. Raises only EngineError.

    Closing it closes `items`; errors of that are only logged.
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
    """Await one result of an engine within the boundary. Raises only EngineError."""
    with Boundary(what):
        return await result


def wait_before_retry(error: EngineError, *, most_seconds: float) -> float | None:
    """Seconds until a retry may help a caller who waits `most_seconds` at most; None: never.

    A server that fails, and names a time that is too long, may answer at once the next time; one
    that is busy does not.
    """
    wait_seconds = error.wait_seconds or 0.0
    if wait_seconds > most_seconds and not isinstance(error, EngineBusy):
        wait_seconds = 0.0
    return wait_seconds if error.retryable and wait_seconds <= most_seconds else None
