"""Jobs that wait for the thread that writes: in order, each record only in its newest form, or
until a moment.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count, islice
from time import monotonic
from typing import Any, Final

Job = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class OwnedJob:
    """A job whose owner is called when the database refuses it for good."""

    work: Job
    on_refused: Callable[[Exception], None]

    def __call__(self) -> None:
        """Do the work."""
        self.work()


class WriteQueue:
    """A bounded queue, oldest first. Safe on any thread; `take` belongs to one of them.

    gather_seconds: how long the oldest job waits for others to be taken with it. clock: in
    seconds, for that and for the jobs that wait until a moment.
    """

    def __init__(
        self,
        most: int,
        *,
        gather_seconds: float = 0.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._most: Final = most
        self._gather_seconds: Final = gather_seconds
        self._clock = clock
        self._jobs: OrderedDict[Hashable, tuple[Job, bool]] = OrderedDict()  # is it taken apart
        # By when they are due; the number keeps the order of those of one moment.
        self._timed: list[tuple[float, int, Job]] = []
        self._numbers = count()
        self._changed = threading.Condition()
        self._is_urgent = False
        self._is_closed = False

    def __len__(self) -> int:
        """How many wait in order; those that wait until a moment are not counted."""
        return len(self._jobs)

    def put(
        self,
        job: Job,
        *,
        newest_of: Hashable = None,
        keeps_place: bool = False,
        is_apart: bool = False,
        is_urgent: bool = False,
    ) -> bool:
        """Add `job` at the end, and drop the one that still waits with the same `newest_of`.

        keeps_place: it takes the place of that one instead. is_apart: it is never taken together
        with one before it. is_urgent: it and those before it wait for no others. False: the queue
        is full, and the job is not in it.
        """
        with self._changed:
            if newest_of is not None and not keeps_place:
                self._jobs.pop(newest_of, None)
            if len(self._jobs) >= self._most and newest_of not in self._jobs:
                return False
            self._jobs[object() if newest_of is None else newest_of] = job, is_apart
            self._is_urgent = self._is_urgent or is_urgent
            if self._is_urgent or len(self._jobs) == 1:  # else it is awake, or gathers
                self._changed.notify()
        return True

    def put_later(self, job: Job, *, seconds: float) -> bool:
        """Add a job that is taken after `seconds`: alone, and before all that wait in order.

        Its owner keeps their number small. When the queue is closed it is taken at
        once. False: it is closed already, and the job is not in it.
        """
        with self._changed:
            if self._is_closed:
                return False
            heappush(self._timed, (self._clock() + seconds, next(self._numbers), job))
            self._changed.notify()
        return True

    def take(self, most: int) -> list[Job]:
        """The oldest jobs that may be taken together, up to `most`; waits for one.

        Empty: closed, and nothing is left.
        """
        with self._changed:
            while not (self._has_due() or self._jobs or self._is_closed):
                self._changed.wait(self._seconds_to_due())
            self._gather(most)
            if self._has_due():
                return [heappop(self._timed)[-1]]
            jobs: list[Job] = []
            for key, (job, is_apart) in list(islice(self._jobs.items(), most)):
                if is_apart and jobs:
                    break
                del self._jobs[key]
                jobs.append(job)
            self._is_urgent = self._is_urgent and bool(self._jobs)
            return jobs

    def _gather(self, most: int) -> None:
        """Wait for jobs that are taken together with the oldest one."""
        end = self._clock() + self._gather_seconds
        while not (self._has_due() or self._is_urgent or self._is_closed):
            left = end - self._clock()
            if left <= 0 or len(self._jobs) >= most:
                break
            until_due = self._seconds_to_due()
            self._changed.wait(left if until_due is None else min(left, until_due))

    def waiting(self) -> list[Job]:
        """Those that wait in order, oldest first; they stay in the queue."""
        with self._changed:
            return [job for job, _is_apart in self._jobs.values()]

    def close(self) -> None:
        """What waits can still be taken; nothing is waited for any more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def _has_due(self) -> bool:
        if not self._timed:
            return False
        return self._is_closed or self._timed[0][0] <= self._clock()

    def _seconds_to_due(self) -> float | None:
        return max(0.0, self._timed[0][0] - self._clock()) if self._timed else None
