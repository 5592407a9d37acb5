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
from typing import Any, Final, NamedTuple

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


@dataclass(frozen=True, slots=True)
class Among:
    """A job is one of few about the same. subject: what they are about; most: of them, in a queue.

    gives_way: where there are so many it is dropped, and it is the first to go for one that does
    not give way; of those the oldest goes.
    """

    subject: Hashable
    most: int
    gives_way: bool


class _Queued(NamedTuple):
    job: Job
    is_apart: bool
    among: Among | None


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
        self._jobs: OrderedDict[Hashable, _Queued] = OrderedDict()
        # The keys of jobs that are among few, by subject; oldest first.
        self._few: dict[Hashable, list[Hashable]] = {}
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
        among: Among | None = None,
    ) -> bool:
        """Append `job`, and remove a queued one with the same `newest_of`.

        keeps_place: insert it at the position of that one instead. is_apart: never taken together
        with earlier jobs. is_urgent: it and earlier jobs are not delayed to gather others. among:
        not together with `keeps_place`. False: there are too many, and the job was not added.
        """
        with self._changed:
            if newest_of is not None and not keeps_place:
                self._remove(newest_of)
            if among is not None and not self._has_room(among):
                return False
            if len(self._jobs) >= self._most and newest_of not in self._jobs:
                return False
            key = object() if newest_of is None else newest_of
            self._jobs[key] = _Queued(job, is_apart, among)
            if among is not None:
                self._few.setdefault(among.subject, []).append(key)
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
            for key, queued in list(islice(self._jobs.items(), most)):
                if queued.is_apart and jobs:
                    break
                self._remove(key)
                jobs.append(queued.job)
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
            return [queued.job for queued in self._jobs.values()]

    def close(self) -> None:
        """Close the queue: queued jobs can still be taken, without delays."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def _remove(self, key: Hashable) -> None:
        queued = self._jobs.pop(key, None)
        if queued is not None and queued.among is not None:
            few = self._few[queued.among.subject]
            few.remove(key)
            if not few:
                del self._few[queued.among.subject]

    def _has_room(self, among: Among) -> bool:
        """Whether a job has room among those of its subject. One that need not give way has."""
        few = self._few.get(among.subject, [])
        if len(few) < among.most:
            return True
        if among.gives_way:
            return False
        give_way = (key for key in few if (of := self._jobs[key].among) and of.gives_way)
        self._remove(next(give_way, few[0]))
        return True

    def _has_due(self) -> bool:
        if not self._timed:
            return False
        return self._is_closed or self._timed[0][0] <= self._clock()

    def _seconds_to_due(self) -> float | None:
        return max(0.0, self._timed[0][0] - self._clock()) if self._timed else None
