"""The queue of the writer thread: ordered jobs, replaced by later versions of the same record, and
timed jobs.
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
    """A job whose owner is called when the database refuses it permanently."""

    work: Job
    on_refused: Callable[[Exception], None]

    def __call__(self) -> None:
        """Run the job."""
        self.work()

    @property
    def __name__(self) -> str:
        """Of the function that works, by which jobs are logged."""
        return str(getattr(getattr(self.work, "func", self.work), "__name__", ""))


class WriteQueue:
    """A bounded queue, oldest first. Safe on any thread; `take` belongs to one of them.

    gather_seconds: how long the oldest job waits for others to be taken with it. clock: seconds,
    for that and for timed jobs.
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
        self._jobs: OrderedDict[Hashable, tuple[Job, bool]] = OrderedDict()  # whether it is apart
        # Ordered by due time, then by number.
        self._timed: list[tuple[float, int, Job]] = []
        self._numbers = count()
        self._changed = threading.Condition()
        self._is_urgent = False
        self._is_closed = False

    def __len__(self) -> int:
        """The number of ordered jobs, without timed ones."""
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
        """Append `job`, and remove a queued one with the same `newest_of`.

        keeps_place: insert it at the position of that one instead. is_apart: never taken together
        with earlier jobs. is_urgent: it and earlier jobs are not delayed to gather others. False:
        the queue is full, and the job was not added.
        """
        with self._changed:
            if newest_of is not None and not keeps_place:
                self._jobs.pop(newest_of, None)
            if len(self._jobs) >= self._most and newest_of not in self._jobs:
                return False
            self._jobs[object() if newest_of is None else newest_of] = job, is_apart
            self._is_urgent = self._is_urgent or is_urgent
            if self._is_urgent or len(self._jobs) == 1:  # else it is awake or gathering
                self._changed.notify()
        return True

    def put_later(self, job: Job, *, seconds: float) -> bool:
        """Add a timed job, which is taken alone after `seconds`, before ordered ones.

        The caller has to limit their number. When the queue is closed it is taken at once. False:
        the queue is closed already, and the job was not added.
        """
        with self._changed:
            if self._is_closed:
                return False
            heappush(self._timed, (self._clock() + seconds, next(self._numbers), job))
            self._changed.notify()
        return True

    def take(self, most: int) -> list[Job]:
        """Wait for a job, and take up to `most` that may run together, oldest first.

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
        """Wait for more jobs to take together with the oldest one."""
        end = self._clock() + self._gather_seconds
        while not (self._has_due() or self._is_urgent or self._is_closed):
            left = end - self._clock()
            if left <= 0 or len(self._jobs) >= most:
                break
            until_due = self._seconds_to_due()
            self._changed.wait(left if until_due is None else min(left, until_due))

    def waiting(self) -> list[Job]:
        """The ordered jobs, oldest first; they stay in the queue."""
        with self._changed:
            return [job for job, _is_apart in self._jobs.values()]

    def close(self) -> None:
        """Close the queue: queued jobs can still be taken, without delays."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def _has_due(self) -> bool:
        if not self._timed:
            return False
        return self._is_closed or self._timed[0][0] <= self._clock()

    def _seconds_to_due(self) -> float | None:
        return max(0.0, self._timed[0][0] - self._clock()) if self._timed else None
