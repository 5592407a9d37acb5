"""Rows of the outbox: enqueued, completed, due later, or failed. For any thread."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

import structlog
from django.db import transaction
from django.db.models import BigIntegerField, CharField, DateTimeField, F, Q, QuerySet
from django.db.models.functions import Greatest
from django.db.models.lookups import In

from usage.models import Outbox
from usage.outbox import delivery
from usage.outbox.kinds import HANDLERS, subject_of
from voicex.database.prepared import PreparedUpdate, insert
from voicex.logs import redacted

MERGED_AT_ONCE: Final = 2_000  # each has up to ten messages

log = structlog.get_logger(__name__)


def enqueue(kind: Outbox.Kind, subject_id: int, *, now: datetime) -> None:
    """Enqueue the first work of this subject, to be started after the commit."""
    insert([Outbox(kind=kind, due_at=now, **{HANDLERS[kind].column: subject_id})])
    delivery.hint_after_commit(kind, subject_id)


def is_behind(before: datetime) -> bool:
    """Whether work that was due at that time is still open.

    Without work that waits for organizations' servers, which would distort the result.
    """
    ours = [kind for kind, handler in HANDLERS.items() if not handler.is_swept_at_once]
    waiting = Outbox.objects.filter(done_at=None, dead_at=None, due_at__lt=before)
    return waiting.filter(kind__in=ours).exists()


def enqueue_later(kind: Outbox.Kind, subject_ids: Collection[int], *, due_at: datetime) -> None:
    """Enqueue work for these subjects, to be started by the sweeper after `due_at`.

    Existing rows of this kind are kept. One statement for all.
    """
    column = HANDLERS[kind].column
    new = [Outbox(kind=kind, due_at=due_at, **{column: each}) for each in subject_ids]
    insert(new, ignore_conflicts=True)


def enqueue_all(kind: Outbox.Kind, due_at: Mapping[int, datetime]) -> None:
    """Enqueue the work of these subjects, each with its due time, with one hint after the
    commit.
    """
    column = HANDLERS[kind].column
    Outbox.objects.bulk_create(
        Outbox(kind=kind, due_at=moment, **{column: subject_id})
        for subject_id, moment in due_at.items()
    )
    delivery.hint_after_commit(kind, next(iter(due_at)))


def ensure(kind: Outbox.Kind, subject_id: int, *, now: datetime) -> None:
    """Enqueue or rearm the work. The caller must have locked the subject."""
    if _rows(kind, [subject_id]).exists():
        rearm(kind, subject_id, now=now)
    else:
        enqueue(kind, subject_id, now=now)


def ensure_later(kind: Outbox.Kind, subject_id: int, *, due_at: datetime) -> None:
    """Enqueue or rearm the work for `due_at`, without a hint; what is open and waits, waits on.

    The caller must have locked the subject. Work in progress is done again.
    """
    known = _rows(kind, [subject_id])
    if not known.exists():
        Outbox.objects.create(kind=kind, due_at=due_at, **{HANDLERS[kind].column: subject_id})
        return
    known.exclude(done_at=None, dead_at=None, leased_until=None).update(
        done_at=None, dead_at=None, leased_until=None, due_at=due_at, attempts=0
    )


def rearm(kind: Outbox.Kind, subject_id: int, *, now: datetime) -> None:
    """Have the work done again, even if it was completed or given up."""
    rearm_all(kind, [subject_id], now=now)


def rearm_all(kind: Outbox.Kind, subject_ids: Collection[int], *, now: datetime) -> None:
    """`rearm` of several, with one hint; there is one at least."""
    _rows(kind, subject_ids).update(
        done_at=None, dead_at=None, leased_until=None, due_at=now, attempts=0
    )
    delivery.hint_after_commit(kind, next(iter(subject_ids)))


def is_due(kind: Outbox.Kind, subject_id: int, *, now: datetime) -> bool:
    """Whether the subject has open work that is due."""
    return open_rows(kind, [subject_id]).filter(dead_at=None, due_at__lte=now).exists()


def open_rows(kind: Outbox.Kind, subject_ids: Collection[int]) -> QuerySet[Outbox]:
    """The rows of these subjects whose work is not done."""
    return _rows(kind, subject_ids).filter(done_at=None)


def postpone(kind: Outbox.Kind, due_at: Mapping[int, datetime]) -> None:
    """Postpone the work of these subjects to `due_at`. Not a failure: attempts are reset.

    The caller has locked the subjects' rows.
    """
    rows = list(open_rows(kind, due_at))
    for row in rows:
        row.due_at, row.attempts, row.last_error = due_at[subject_of(row)], 0, ""
    Outbox.objects.bulk_update(rows, ["due_at", "attempts", "last_error"])


def complete(
    kind: Outbox.Kind,
    subject_ids: Collection[int],
    *,
    now: datetime,
    leased_until: datetime | None = None,
) -> None:
    """Mark the work of these subjects as completed.

    leased_until: the end of the lease under which it was done, None for work under a lock. Rows
    with another lease are left as they are.
    """
    if not subject_ids:
        return
    lease = {} if leased_until is None else {"leased_until": leased_until}
    completing = _completing(HANDLERS[kind].column, bool(lease))
    completing.run(kind=kind, ids=list(subject_ids), now=now, **lease)


@cache
def _completing(column: str, is_leased: bool) -> PreparedUpdate:
    """The statement of `complete`."""

    def build(kind: Any, ids: Any, now: Any, leased_until: Any = None) -> Any:
        held = Outbox.objects.filter(
            In(F(column), ids), kind=kind, done_at=None, leased_until=leased_until
        )
        done = {"done_at": now, "dead_at": None, "leased_until": None, "last_error": ""}
        return held, done

    lease = {"leased_until": DateTimeField()} if is_leased else {}
    return PreparedUpdate(
        build, kind=CharField(), ids=[BigIntegerField()], now=DateTimeField(), **lease
    )


def record_failure(
    kind: Outbox.Kind,
    subject_id: int,
    error: Exception,
    *,
    now: datetime,
    leased_until: datetime | None = None,
) -> None:
    """Store the error of failed work, shown to the operator when the row is given up.

    It is not due again at once, so that it does not disturb other rows. leased_until: the end of
    the lease under which it failed, None for work under a lock.
    """
    open_rows(kind, [subject_id]).filter(leased_until=leased_until).update(
        last_error=_text_of(error),
        leased_until=None,
        due_at=Greatest("due_at", now + delivery.FIRST_RETRY),
    )


def put_off(
    kind: Outbox.Kind, *, org_id: int, until: datetime, error: Exception, now: datetime
) -> None:
    """Postpone to `until` what an organization has due of a kind before, for all fail by `error`.

    One statement for all, and an attempt of each: who has a thousand rows would else have each of
    them tried, again and again. Those with too many attempts are given up, as by the sweeper.
    """
    due = Outbox.objects.filter(kind=kind, org=org_id, done_at=None, dead_at=None, due_at__lt=until)
    text = _text_of(error)
    given_up = due.filter(attempts__gte=delivery.MAX_ATTEMPTS).update(dead_at=now, last_error=text)
    if given_up:
        log.error("outbox_given_up", kind=kind, org_id=org_id, rows=given_up, error=text)
    due.update(due_at=until, attempts=F("attempts") + 1, last_error=text)


def lease_oldest(
    kind: Outbox.Kind,
    *,
    org_id: int,
    due_by: datetime,
    most: int,
    keep: int,
    until: datetime,
    now: datetime,
) -> list[int]:
    """Lease all but the newest `keep` that an organization has open of a kind, due by then at the
    latest, where there are more than `most`; their subjects, MERGED_AT_ONCE at most.

    Those that a worker has are left to it. until: the end of the lease.
    """
    waiting = Outbox.objects.filter(
        kind=kind, org=org_id, done_at=None, dead_at=None, due_at__lte=due_by
    )
    if waiting.count() <= most:
        return []
    oldest_kept = waiting.order_by("-pk").values_list("pk", flat=True)[keep - 1]
    is_free = Q(leased_until=None) | Q(leased_until__lte=now)
    older = waiting.filter(is_free, pk__lt=oldest_kept).order_by("pk")
    with transaction.atomic():
        free = older.select_for_update(no_key=True, skip_locked=True)
        taken = dict(free.values_list("pk", HANDLERS[kind].column)[:MERGED_AT_ONCE])
        Outbox.objects.filter(pk__in=taken).update(leased_until=until)
    return list(taken.values())


def give_back(
    kind: Outbox.Kind, subject_id: int, *, due_at: datetime, leased_until: datetime
) -> None:
    """Release the lease without a failure: the work is done later."""
    held = open_rows(kind, [subject_id]).filter(leased_until=leased_until)
    held.update(leased_until=None, due_at=due_at)


def count_failure(
    kind: Outbox.Kind,
    subject_id: int,
    error: Exception,
    *,
    now: datetime,
    leased_until: datetime,
    attempts: int,
) -> None:
    """`record_failure` of a kind that is swept at once: given up after so many attempts."""
    record_failure(kind, subject_id, error, now=now, leased_until=leased_until)
    left = open_rows(kind, [subject_id]).filter(leased_until=None, dead_at=None)
    left.update(attempts=F("attempts") + 1)
    left.filter(attempts__gte=attempts).update(dead_at=now)


def _text_of(error: Exception) -> str:
    return redacted(f"{type(error).__name__}: {error}")[:200]


def _rows(kind: Outbox.Kind, subject_ids: Collection[int]) -> QuerySet[Outbox]:
    return Outbox.objects.filter(kind=kind, **{f"{HANDLERS[kind].column}__in": subject_ids})
