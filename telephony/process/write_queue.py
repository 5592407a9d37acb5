"""Jobs that wait for the thread that writes, in order, each record only in its newest form."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from itertools import islice
from typing import Any, Final

Job = Callable[[], Any]


class JobQueue:
    """A bounded queue, oldest first. Safe on any thread; `take` belongs to one of them."""

    def __init__(self, most: int) -> None:
        self._most: Final = most
        self._jobs: OrderedDict[Hashable, tuple[Job, bool]] = OrderedDict()  # is it taken apart
        self._changed = threading.Condition()
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._jobs)

    def put(self, job: Job, *, newest_of: Hashable = None, is_apart: bool = False) -> bool:
        """Add `job` at the end, in place of the one that still waits with the same `newest_of`.

        is_apart: it is never taken together with one before it. False: the queue is full, and
        the job is not in it.
        """
        with self._changed:
            if newest_of is not None:
                self._jobs.pop(newest_of, None)
            if len(self._jobs) >= self._most:
                return False
            self._jobs[object() if newest_of is None else newest_of] = job, is_apart
            self._changed.notify()
        return True

    def take(self, most: int) -> list[Job]:
        """The oldest jobs that may be taken together, up to `most`; waits for one.

        Empty: closed, and nothing is left.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._is_closed)
            jobs: list[Job] = []
            for key, (job, is_apart) in list(islice(self._jobs.items(), most)):
                if is_apart and jobs:
                    break
                del self._jobs[key]
                jobs.append(job)
            return jobs

    def close(self) -> None:
        """What waits can still be taken; nothing is waited for any more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
