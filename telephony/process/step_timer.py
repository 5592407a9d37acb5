"""How long a piece of work holds the event loop at a time."""

from collections.abc import Coroutine, Generator
from time import thread_time
from typing import Any


class StepTimer:
    """Awaits `work`; `longest` is the CPU time in seconds of its longest step so far.

    CPU time of the loop's thread: on a busy machine a step takes longer by the clock, and that
    says nothing about the work.
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
