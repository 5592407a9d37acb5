"""An event loop on a virtual clock, which advances when nothing is left to do."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar
from unittest import mock

Result = TypeVar("Result")
Parameters = ParamSpec("Parameters")

# The core's only module that reads the clock itself.
DRIVER: Final = "telephony.calls.driver"
# In so many turns a busy loop looks once for what threads have done: to look takes half of a turn.
LOOKS_EVERY: Final = 16


class _Selector(selectors.DefaultSelector):
    now = 0.0
    _turns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:  # only a thread can wake the loop now
            return super().select(None)
        self._turns += 1
        if timeout == 0 and self._turns % LOOKS_EVERY:  # there is something to do meanwhile
            return []
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


def on_virtual_clock(
    test: Callable[Parameters, Coroutine[Any, Any, Result]],
) -> Callable[Parameters, Result]:
    """Run a test on a virtual clock. It may wait for timers, but not for sockets."""

    @wraps(test)
    def carried_out(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        return run(test(*args, **kwargs))

    return carried_out


@contextmanager
def _clocks(now: Any) -> Iterator[None]:
    with mock.patch.multiple(DRIVER, monotonic=now):
        yield
