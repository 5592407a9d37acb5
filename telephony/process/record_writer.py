"""The one thread of a process that writes: records of calls, attempts, the process's report.

A call never waits for the database: it hands over a job and continues. Jobs run in the
order in which they were handed over, so a call's last snapshot follows its turns. Those that
wait are written in one transaction: many calls, one commit. A record that is handed over again
while it waits is written once, in its newest form. While the database is away the jobs wait
here; the queue holds 100,000 of them (an hour of a hundred calls), and when it is full the newest
job is refused and logged. A record that the database refuses for good is kept for an operator
(`usage.records.dead_letters`), and the others are written. What calls have used is on disk as well
as long as the database is away (`usage.records.journal`), so a process that ends loses none of it.

Attempts (`usage.records.attempts`) and the report (`telephony.process.reports`) are written at
their time, before the records that wait then: a backlog does not make the process look dead.
"""

import asyncio
import threading
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, Final

import structlog
from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from telephony.process import metrics
from telephony.process.write_queue import Job, OwnedJob, WriteQueue
from usage.records import dead_letters
from usage.records.database import AWAY, is_full
from usage.records.journal import UsageJournal, is_of_money
from voicex.database.write_turns import serve_calls

log = structlog.get_logger(__name__)

MAX_JOBS: Final = 100_000
RETRY_SECONDS: Final = 0.5
# What a job waits for others, in one transaction with them, which costs as much as a record.
# Nobody waits for a record but a call that ends, and that is not kept waiting.
GATHER_SECONDS: Final = 0.1
# Jobs in one transaction at most. It locks the rows of their calls for some 100 ms.
MAX_GROUP: Final = 50
REPLAY_SECONDS: Final = 60.0
# After so many tries, each on its own, a record is the cause, should the database still answer.
MAX_TRIES: Final = 20


class RecordWriter:
    """Writes jobs to the database, in order, on its own connection.

    A job is a service that may be run again: it is, when the transaction that it was grouped
    into fails.
    """

    def __init__(self, journal: UsageJournal | None = None) -> None:
        """journal: of this process; None where nothing is kept on disk."""
        self._journal = journal
        self._on_disk: dict[int, Job] = {}  # of what waits
        self._jobs = WriteQueue(MAX_JOBS, gather_seconds=GATHER_SECONDS)
        self._in_hand = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="record-writer", daemon=True)
        self._thread.start()

    def submit(self, service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        """Call `service(*args, **kwargs)` on the writing thread, later. Never blocks."""
        self._submit(partial(service, *args, **kwargs))

    def submit_apart(self, service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        """Like `submit`, for a slow service: what was submitted before is committed first."""
        self._submit(partial(service, *args, **kwargs), is_apart=True)

    def submit_newest(
        self, of: Hashable, service: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> None:
        """Like `submit`, in place of what was submitted for the record `of` and still waits."""
        self._submit(partial(service, *args, **kwargs), newest_of=of)

    def submit_in_place(
        self, of: Hashable, service: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> None:
        """Like `submit_newest`, where that one waits: no later record is written before it."""
        self._submit(partial(service, *args, **kwargs), newest_of=of, keeps_place=True)

    def submit_later(
        self,
        seconds: float,
        work: Callable[[], Any],
        *,
        on_refused: Callable[[Exception], None],
    ) -> bool:
        """Do `work` on the writing thread after `seconds`, alone and before what waits in order.

        on_refused: takes, on the same thread, what the database refused it for. When the writer
        closes, it is done at once; False when it is closed already. Never blocks.
        """
        return self._jobs.put_later(OwnedJob(work, on_refused), seconds=seconds)

    def keep_replaying(self) -> None:
        """Write what is in the journal, now and every minute, until the writer closes."""
        self.submit_later(0, self._replay, on_refused=_log_refused)

    def _replay(self) -> None:
        try:
            if self._journal is not None:
                self._journal.replay(now=timezone.now())
        except (OSError, *AWAY) as error:
            log.error("journal_not_replayed", error=type(error).__name__)
        self.submit_later(REPLAY_SECONDS, self._replay, on_refused=_log_refused)

    def _submit(self, job: partial[Any], **how: Any) -> None:
        """how: as `WriteQueue.put` takes it."""
        if not self._jobs.put(job, **how):
            log.error("record_refused", service=job.func.__name__, waiting=self.waiting)

    @property
    def waiting(self) -> int:
        """How many jobs are not written yet."""
        return len(self._jobs) + self._in_hand

    async def written(self, *, seconds: float) -> bool:
        """Wait until everything submitted so far is written; False after `seconds`."""
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        tell = partial(loop.call_soon_threadsafe, done.set)
        self._submit(partial(transaction.on_commit, tell), is_urgent=True)
        try:
            async with asyncio.timeout(seconds):
                await done.wait()
        except TimeoutError:
            return False
        return True

    def close(self, timeout: float = 10.0) -> None:
        """Write what waits, then stop; gives up `timeout` seconds later."""
        self._jobs.close()
        self._thread.join(timeout / 2)
        self._closing.set()  # stop retrying
        self._thread.join(timeout / 2)
        if self.waiting:
            log.error("records_lost", waiting=self.waiting)

    def _work(self) -> None:
        try:
            self._write_all()
        finally:
            if self._journal is not None:
                self._journal.close()

    def _write_all(self) -> None:
        serve_calls()
        while group := self._jobs.take(MAX_GROUP):
            self._in_hand = len(group)
            tries = 1
            while not self._is_done(group, tries):
                tries += 1
                if self._closing.wait(RETRY_SECONDS):
                    return
            self._in_hand = 0
        connection.close()

    def _is_done(self, group: list[Job], tries: int) -> bool:
        """Run the jobs; False when the database is away and they must be tried again."""
        is_last = tries > MAX_TRIES
        try:
            if is_last or not self._are_written_together(group):
                for job in group:
                    self._write_alone(job, is_last=is_last)
        except AWAY as error:
            log.warning("database_away", error=type(error).__name__, waiting=self.waiting)
            connection.close()
            self._keep_on_disk(group)
            return False
        finally:
            if not self._jobs:
                close_old_connections()
        self._on_disk.clear()
        return True

    def _keep_on_disk(self, group: list[Job]) -> None:
        if self._journal is None:
            return
        waiting = [job for job in (*group, *self._jobs.waiting()) if is_of_money(job)]
        self._journal.write(job for job in waiting if id(job) not in self._on_disk)
        self._on_disk = {id(job): job for job in waiting}

    def _are_written_together(self, group: list[Job]) -> bool:
        """Whether all are in the database; if not, none is. Raises when it is away."""
        if len(group) < 2:
            return False  # a service has a transaction of its own
        try:
            with transaction.atomic():
                for job in group:
                    job()
        except AWAY:
            raise
        except Exception as error:  # boundary: which one it was shows when each goes alone
            log.warning("records_written_alone", jobs=len(group), error=type(error).__name__)
            return False
        return True

    def _write_alone(self, job: Job, *, is_last: bool) -> None:
        """Write or keep one record. Raises when the database is away.

        is_last: it was tried often, and is the cause itself if the database answers.
        """
        try:
            job()
        except AWAY as error:
            if not is_last or is_full(error):  # for want of room the next one is not written either
                raise
            self._write_or_keep(job)
        except Exception as error:  # boundary: one call's bad record must not stop all others
            keep(job, error)

    def _write_or_keep(self, job: Job) -> None:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")  # raises when the database is away
        try:
            job()
        except Exception as error:  # boundary: as above, and the database answers
            if isinstance(error, AWAY) and is_full(error):
                raise
            keep(job, error)


def _log_refused(error: Exception) -> None:
    log.error("journal_not_replayed", error=type(error).__name__)


def write_or_keep(service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> bool:
    """Write one record of a job that writes several: a refused one is kept, the others are written.

    Returns whether it is written. On the writing thread; raises when the database is away.
    """
    job = partial(service, *args, **kwargs)
    try:
        with transaction.atomic():
            job()
    except AWAY:
        raise
    except Exception as error:  # boundary: one bad record must not stop all others
        keep(job, error)
        return False
    return True


def keep(job: Job, error: Exception) -> None:
    """Keep what cannot be written; what an operator could not send again is only logged.

    A job that has an owner is handed to the owner instead. Raises when the database is away.
    """
    if isinstance(job, OwnedJob):
        job.on_refused(error)
        return
    kind = getattr(getattr(job, "func", job), "__name__", "")
    log.error("record_failed", record=kind, error=type(error).__name__)
    if not isinstance(job, partial) or kind not in dead_letters.SERVICES:
        return
    try:
        dead_letters.keep(kind, job.args, job.keywords, error=error, now=timezone.now())
    except AWAY:
        raise
    except Exception:  # boundary: as above; there is nowhere else to keep it
        log.exception("record_lost", record=kind)
        return
    metrics.RECORDS_KEPT.inc()
