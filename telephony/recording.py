"""The one thread of a process that writes what live calls leave behind.

A call never waits for the database: it hands over a job and goes on. Jobs run in the
order in which they were handed over, so a call's last snapshot follows its turns. While
the database is away the jobs wait here; the queue holds 20,000 of them (an hour of a
hundred calls), and when it is full the newest job is refused and counted.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections, connection

log = structlog.get_logger(__name__)

MAX_JOBS: Final = 20_000
RETRY_SECONDS: Final = 0.5

Job = Callable[[], Any]


class CallRecorder:
    """Writes jobs to the database, one after the other, on its own connection."""

    def __init__(self) -> None:
        self._jobs: queue.Queue[Job | None] = queue.Queue(MAX_JOBS)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="call-recorder", daemon=True)
        self._thread.start()

    def submit(self, service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        """Call `service(*args, **kwargs)` on the writing thread, later. Never blocks."""
        try:
            self._jobs.put_nowait(partial(service, *args, **kwargs))
        except queue.Full:
            log.error("record_refused", service=service.__name__, waiting=self._jobs.qsize())

    @property
    def waiting(self) -> int:
        """How many jobs are not written yet."""
        return self._jobs.qsize()

    async def written(self, *, seconds: float) -> bool:
        """Wait until everything submitted so far is written; False after `seconds`."""
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        self.submit(loop.call_soon_threadsafe, done.set)
        try:
            async with asyncio.timeout(seconds):
                await done.wait()
        except TimeoutError:
            return False
        return True

    def close(self, timeout: float = 10.0) -> None:
        """Write what waits, then stop; gives up `timeout` seconds later."""
        # With the database away the queue may be full: there is no room to say that it ends.
        with suppress(queue.Full):
            self._jobs.put(None, timeout=timeout / 4)
        self._thread.join(timeout / 4)
        self._closing.set()  # stop retrying
        self._thread.join(timeout / 2)
        if waiting := self._jobs.qsize():
            log.error("records_lost", waiting=waiting)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            while not self._is_done(job):
                if self._closing.wait(RETRY_SECONDS):
                    return
        connection.close()

    def _is_done(self, job: Job) -> bool:
        """Run the job; False when the database is away and it must be tried again."""
        try:
            job()
        except (OperationalError, InterfaceError) as error:
            log.warning("database_away", error=type(error).__name__, waiting=self._jobs.qsize())
            connection.close()
            return False
        except Exception:  # a door: one call's bad record must not stop all others
            log.exception("record_failed")
        finally:
            if self._jobs.empty():
                close_old_connections()
        return True
