"""Measures how long a coroutine blocks the event loop at a time."""

from collections.abc import Coroutine, Generator
from time import thread_time
from typing import Any


class StepTimer:
    """Awaits `work`; longest: CPU time in seconds of its longest step so far.

    CPU time of the loop's thread, because wall-clock time depends on the load of the machine.
    """

    def __init__(self, work: Coroutine[Any, Any, None]) -> None:
        self._work = work
        self.longest = 0.0

    def __await__(self) -> Generator[Any, Any, None]:
        """Pass on what the work awaits, and return its result."""
        step, given = self._work.send, None
        while True:
            began = thread_time()
            try:
                waits_for = step(given)
            except StopIteration:
                return
            finally:
                self.longest = max(self.longest, thread_time() - began)
            try:
                given = yield waits_for
                step = self._work.send
            except GeneratorExit:
                self._work.close()
                raise
            except BaseException as error:
                step, given = self._work.throw, error
