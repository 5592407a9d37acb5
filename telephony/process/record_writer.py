"""The writer thread of a process: records of calls, attempts, the process's report.

Calls never wait for the database: they submit jobs and continue. Jobs run in order, so a call's
last snapshot follows its turns. Queued jobs of all calls share a transaction. A record that is
submitted again while queued is written once, in its latest version. While the database is
unreachable jobs are queued, up to 100,000 (an hour of a hundred calls); beyond that new jobs are
dropped and logged. A record that the database refuses permanently is kept for an operator
(`usage.records.dead_letters`), and the others are written. During an outage usage records are also
written to disk (`usage.records.journal`), so that they survive the end of the process.

Attempts (`usage.records.attempts`) and the report (`telephony.process.reports`) are written when
due, before queued records, so that a backlog does not make the process look dead.
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
from telephony.process.write_queue import Among, Job, OwnedJob, WriteQueue
from usage.records import dead_letters
from usage.records.database import AWAY, is_deadlock, is_full
from usage.records.journal import UsageJournal, is_of_money
from voicex.database.write_order import serve_calls

log = structlog.get_logger(__name__)

MAX_JOBS: Final = 100_000
RETRY_SECONDS: Final = 0.5
# How long a job waits to share a transaction with others, as a commit costs as much as a record.
# Only an ending call waits for its records, and its jobs are not delayed.
GATHER_SECONDS: Final = 0.1
# The maximum of jobs in one transaction, which locks the rows of their calls for some 100 ms.
MAX_GROUP: Final = 50
REPLAY_SECONDS: Final = 60.0
# After so many separate attempts the record itself counts as the cause, if the database answers.
MAX_TRIES: Final = 20


class RecordWriter:
    """Executes jobs in order, on a thread with its own database connection.

    A job is an idempotent service: it is run again if the shared transaction fails.
    """

    def __init__(self, journal: UsageJournal | None = None) -> None:
        """journal: of this process; None for no journal."""
        self._journal = journal
        self._on_disk: dict[int, Job] = {}  # names of queued jobs
        self._jobs = WriteQueue(MAX_JOBS, gather_seconds=GATHER_SECONDS)
        self._in_hand = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="record-writer", daemon=True)
        self._thread.start()

    def submit(self, service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> bool:
        """Queue `service(*args, **kwargs)` for the writer thread; False if the queue is full. Never
        blocks.
        """
        return self._submit(partial(service, *args, **kwargs))

    def submit_apart(self, service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        """Like `submit`, for a slow service: earlier jobs are committed first."""
        self._submit(partial(service, *args, **kwargs), is_apart=True)

    def submit_newest(
        self, of: Hashable, service: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> None:
        """Like `submit`, replacing a queued job for the record `of`."""
        self._submit(partial(service, *args, **kwargs), newest_of=of)

    def submit_among(
        self, among: Among, of: Hashable, service: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> None:
        """Like `submit_newest`, but one of a few jobs about the same. One that gives way is dropped
        without a word.
        """
        job = partial(service, *args, **kwargs)
        if among.gives_way:
            self._jobs.put(job, newest_of=of, among=among)
        else:
            self._submit(job, newest_of=of, among=among)

    def submit_in_place(
        self, of: Hashable, service: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> None:
        """Like `submit_newest`, but keeps the position of the replaced job."""
        self._submit(partial(service, *args, **kwargs), newest_of=of, keeps_place=True)

    def submit_later(
        self,
        seconds: float,
        work: Callable[[], Any],
        *,
        on_refused: Callable[[Exception], None],
    ) -> bool:
        """Run `work` on the writer thread after `seconds`, in its own transaction and before queued
        jobs.

        on_refused: called on the same thread with the error if the database refuses it. When the
        writer closes, it runs at once; False if the writer is closed already. Never blocks.
        """
        return self._jobs.put_later(OwnedJob(work, on_refused), seconds=seconds)

    def keep_replaying(self) -> None:
        """Replay the journal now and every minute, until the writer closes."""
        self.submit_later(0, self._replay, on_refused=_log_refused)

    def _replay(self) -> None:
        try:
            if self._journal is not None:
                self._journal.replay(now=timezone.now())
        except (OSError, *AWAY) as error:
            log.error("journal_not_replayed", error=type(error).__name__)
        self.submit_later(REPLAY_SECONDS, self._replay, on_refused=_log_refused)

    def _submit(self, job: partial[Any], **how: Any) -> bool:
        """how: as `WriteQueue.put` takes it. False: the job was not added."""
        is_added = self._jobs.put(job, **how)
        if not is_added:
            log.error("record_refused", service=job.func.__name__, waiting=self.waiting)
        return is_added

    @property
    def waiting(self) -> int:
        """The number of queued jobs."""
        return len(self._jobs) + self._in_hand

    async def written(self, *, seconds: float) -> bool:
        """Wait until all jobs submitted so far are written; False after `seconds`."""
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
        """Write queued jobs, then stop; gives up after `timeout` seconds."""
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
        """Run the jobs; False if the database is unreachable and they must be retried."""
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
        """Write all jobs in one transaction; whether it succeeded. Raises when the database is
        unreachable.
        """
        if len(group) < 2:
            return False  # a service has a transaction of its own
        try:
            with transaction.atomic():
                for job in group:
                    job()
        except Exception as error:  # boundary: the cause is found when each job runs alone
            # Two groups may lock the rows of the same calls, each in its own order. A job that
            # runs alone locks those of one.
            if isinstance(error, AWAY) and not is_deadlock(error):
                raise
            log.warning("records_written_alone", jobs=len(group), error=type(error).__name__)
            return False
        return True

    def _write_alone(self, job: Job, *, is_last: bool) -> None:
        """Write one record, or keep it as a dead letter. Raises when the database is unreachable.

        is_last: after this attempt the record counts as the cause, if the database answers.
        """
        try:
            job()
        except AWAY as error:
            if not is_last or is_full(error):  # the disk is full: the next one would fail, too
                raise
            self._write_or_keep(job)
        except Exception as error:  # boundary: one bad record must not block others
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
    """Write one record of a job with several: refused ones are kept, the others are written.

    Returns whether it is written. On the writer thread; raises when the database is unreachable.
    """
    job = partial(service, *args, **kwargs)
    try:
        with transaction.atomic():
            job()
    except AWAY:
        raise
    except Exception as error:  # boundary: as in `_write_alone`
        keep(job, error)
        return False
    return True


def keep(job: Job, error: Exception) -> None:
    """Keep a refused record as a dead letter; jobs that could not be sent again are only logged.

    A job with an owner is passed to the owner instead. Raises when the database is unreachable.
    """
    service = getattr(job, "func", job)
    if isinstance(service, OwnedJob):
        service.on_refused(error)
        return
    kind = getattr(service, "__name__", "")
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
