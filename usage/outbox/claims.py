"""Claims due rows: with a lock for work in the database, with a lease for work outside of it.

A lock ends with its transaction, so work in the database is done exactly once. A lease expires, so
unfinished work is claimed again, and may be done twice.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any, Final

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import BigIntegerField, DateTimeField, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from usage.models import Outbox
from usage.outbox import rows
from usage.outbox.kinds import HANDLERS
from voicex.database.prepared import PreparedRead

# Subjects that are taken at once. Settled in one transaction, 50 calls share its nine statements,
# which cost each next to nothing, and a late snapshot waits some 50 ms for its call at most.
CLAIMED_AT_ONCE: Final = 50
LEASE: Final = timedelta(minutes=2)  # longer than a worker's task may take

log = structlog.get_logger(__name__)


def open_of(kind: Outbox.Kind) -> Q:
    """A condition on subjects: there is open work of this kind."""
    return Q(outbox__kind=kind, outbox__done_at=None)


def due(kind: Outbox.Kind, *, hint: int, now: datetime) -> QuerySet[Any]:
    """The subjects with due work, oldest first, and `hint` even if due later.

    hint: the primary key of one subject; 0 for none.
    """
    return _longest_due(kind, CLAIMED_AT_ONCE, hint=hint, now=now)


def _longest_due(kind: Outbox.Kind, at_once: int, *, hint: Any, now: Any) -> QuerySet[Any]:
    """hint, now: as of `_all_due`."""
    found = _all_due(kind, hint=hint, now=now)
    return found.order_by("outbox__due_at").only("pk")[:at_once]


def _all_due(kind: Outbox.Kind, *, hint: Any, now: Any) -> QuerySet[Any]:
    """hint, now: values as of `due`, or parameters in their place."""
    is_due = Q(outbox__due_at__lte=now) | Q(pk=hint)
    subjects = HANDLERS[kind].subject._default_manager
    found: QuerySet[Any] = subjects.filter(open_of(kind), is_due, outbox__dead_at=None)
    return found


def claim(kind: Outbox.Kind, *, hint: int, now: datetime) -> list[int]:
    """Lock the `due` subjects that no other transaction holds, until this one ends.

    Locks several rows without waiting, so there are no deadlocks.
    """
    free = _claiming(kind, CLAIMED_AT_ONCE)
    return [subject.pk for subject in free.rows(hint=hint, now=now)]


@cache
def _claiming(kind: Outbox.Kind, at_once: int) -> PreparedRead[Any]:
    """The query of `claim`, asked with `hint` and `now`."""

    def build(hint: Any, now: Any) -> QuerySet[Any]:
        found = _longest_due(kind, at_once, hint=hint, now=now)
        return found.select_for_update(of=("self",), no_key=True, skip_locked=True)

    return PreparedRead(build, hint=BigIntegerField(), now=DateTimeField())


def lease(kind: Outbox.Kind, *, hint: int, now: datetime) -> Iterator[int]:
    """Lease `due` subjects one after the other, each until `lease_end(now)`; organizations take
    turns, so that one with a thousand due subjects does not have the others wait.

    Skips subjects that another worker has leased, completed, failed or given up meanwhile.
    """
    is_due = Q(due_at__lte=now) | Q(**{HANDLERS[kind].column: hint})
    is_free = Q(leased_until=None) | Q(leased_until__lte=now)
    for subject in _fairly(kind, hint=hint, now=now):
        row = rows.open_rows(kind, [subject.pk]).filter(is_due, is_free, dead_at=None)
        if row.update(leased_until=lease_end(now)):
            yield subject.pk


def _fairly(kind: Outbox.Kind, *, hint: int, now: datetime) -> QuerySet[Any]:
    """As `due`, but round-robin over organizations."""
    place = Window(RowNumber(), partition_by=F("org"), order_by=F("outbox__due_at").asc())
    found: QuerySet[Any] = _all_due(kind, hint=hint, now=now).annotate(place=place)
    return found.order_by("place", "outbox__due_at").only("pk")[:CLAIMED_AT_ONCE]


def lease_end(now: datetime) -> datetime:
    """The end of leases taken at `now`, which also identifies the worker in the row."""
    return now + LEASE


def process_due(
    kind: Outbox.Kind,
    work: Callable[[int], None],
    *,
    hint: int,
    now: datetime,
    at_most: int | None = None,
    is_in_vain: Callable[[], bool] = lambda: False,
) -> None:
    """Do `work` for each `due` subject, under a lease; failures are retried later.

    work: takes the subject's primary key, and must be idempotent. at_most: number of subjects, for
    work that waits for other servers; the sweeper sends tasks for the rest. is_in_vain: asked after
    a failure, whether the other subjects would fail as well; they are left for later. The result is
    not stored if the row was rearmed meanwhile, or leased by another worker after the lease
    expired. The broad except is the boundary of one subject's work.
    """
    until = lease_end(now)
    for subject_id in islice(lease(kind, hint=hint, now=now), at_most):
        try:
            work(subject_id)
        except Exception as error:
            log.warning("outbox_work_failed", kind=kind, error=type(error).__name__)
            rows.record_failure(kind, subject_id, error, now=now, leased_until=until)
            if isinstance(error, SoftTimeLimitExceeded):
                raise  # the process is killed soon; the sweeper sends the others again
            if is_in_vain():
                return
        else:
            rows.complete(kind, [subject_id], now=now, leased_until=until)


def process_together(
    kind: Outbox.Kind,
    work: Callable[[Sequence[int]], Mapping[int, datetime | Exception]],
    *,
    hint: int,
    now: datetime,
    at_once: int,
    attempts: int,
) -> int:
    """Do `work` for at most `at_once` due subjects together, under leases; returns their number.

    work: takes their primary keys, and returns for unfinished ones when they are due again, or the
    error; after `attempts` failures one is given up. Must be idempotent.
    """
    until = lease_end(now)
    taken = list(islice(lease(kind, hint=hint, now=now), at_once))
    left = work(taken) if taken else {}
    for subject_id in taken:
        became = left.get(subject_id)
        if isinstance(became, datetime):
            rows.give_back(kind, subject_id, due_at=became, leased_until=until)
        elif became is not None:
            log.warning("outbox_work_failed", kind=kind, error=type(became).__name__)
            rows.count_failure(
                kind, subject_id, became, now=now, leased_until=until, attempts=attempts
            )
    rows.complete(kind, [each for each in taken if each not in left], now=now, leased_until=until)
    return len(taken)
