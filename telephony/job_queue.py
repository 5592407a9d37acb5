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
        self._jobs: OrderedDict[Hashable, Job] = OrderedDict()
        self._changed = threading.Condition()
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._jobs)

    def put(self, job: Job, *, newest_of: Hashable = None) -> bool:
        """Add `job` at the end, in place of the one that still waits with the same `newest_of`.

        False: the queue is full, and the job is not taken.
        """
        with self._changed:
            if newest_of is not None:
                self._jobs.pop(newest_of, None)
            if len(self._jobs) >= self._most:
                return False
            self._jobs[object() if newest_of is None else newest_of] = job
            self._changed.notify()
        return True

    def take(self, most: int) -> list[Job]:
        """The oldest jobs, up to `most`; waits for one. Empty: closed, and nothing is left."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._is_closed)
            keys = list(islice(self._jobs, most))
            return [self._jobs.pop(key) for key in keys]

    def close(self) -> None:
        """What waits can still be taken; nothing is waited for any more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
