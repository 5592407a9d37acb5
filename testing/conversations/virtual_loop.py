"""An event loop on a virtual clock, which advances when nothing is left to do."""

import asyncio
import selectors
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar
from unittest import mock

Result = TypeVar("Result")

# The core's only module that reads the clock itself.
DRIVER: Final = "telephony.calls.driver"


class _Selector(selectors.DefaultSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:  # only a thread can wake the loop now
            return super().select(None)
        events = super().select(0)
        if not events:
            self.now += timeout
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its clock begins at 0 and jumps to the next timer."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._virtual.now


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """`asyncio.run` on a virtual clock."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner, _clocks(runner.get_loop().time):
        return runner.run(work)


@contextmanager
def _clocks(now: Any) -> Iterator[None]:
    with mock.patch.multiple(DRIVER, monotonic=now):
        yield
