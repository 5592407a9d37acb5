"""What must still be done after a commit, as rows; Celery only makes it sooner.

A row is written in the transaction that makes the work necessary, and stands until the work's
own transaction marks it done. Should the broker be down, a worker die or a message be lost,
the sweeper finds the row by `due_at` and sends the task again. Doing the work twice is safe.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog
from celery import current_app
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest
from kombu.exceptions import OperationalError

from usage.billing.debounce import Hints
from usage.models import Call, Outbox
from voicex.logs import redacted

# Sent again after 15 s, 30 s, 1 min ... 1 h: a day in all, then a person must look.
FIRST_RETRY: Final = timedelta(seconds=15)
LONGEST_RETRY: Final = timedelta(hours=1)
MAX_ATTEMPTS: Final = 30
BATCH: Final = 200
# Calls that are settled in one transaction: at 50 its ten statements cost each call next to
# nothing, and a late snapshot waits some 50 ms for its call at most.
CLAIMED_AT_ONCE: Final = 50

# Of a Call: its settlement is asked for and not done.
OPEN: Final = Q(outbox__kind=Outbox.Kind.SETTLE_CALL, outbox__done_at=None)

log = structlog.get_logger(__name__)


def drop(call_id: int, *, now: datetime) -> None:
    """Write the row that a just ended call needs, and hint at it after the commit."""
    Outbox.objects.create(kind=Outbox.Kind.SETTLE_CALL, call_id=call_id, due_at=now)
    transaction.on_commit(partial(_hint, call_id))


def rearm(call_id: int, *, now: datetime) -> None:
    """Let an ended call be settled again, also one that was done or given up."""
    Outbox.objects.filter(kind=Outbox.Kind.SETTLE_CALL, call_id=call_id).update(
        done_at=None, dead_at=None, due_at=now, attempts=0
    )
    transaction.on_commit(partial(_hint, call_id))


def due(*, hint: int, now: datetime) -> QuerySet[Call]:
    """The calls to be settled at `now`, longest due first, and `hint` even if due later."""
    is_due = Q(outbox__due_at__lte=now) | Q(pk=hint)
    calls = Call.objects.filter(OPEN, is_due, outbox__dead_at=None)
    return calls.order_by("outbox__due_at").only("pk")[:CLAIMED_AT_ONCE]


def claim(*, hint: int, now: datetime) -> list[int]:
    """Lock the rows of the `due` calls that nobody holds, until the transaction ends.

    Several rows, but without waiting for any: who holds one cannot be waiting for us.
    """
    free = due(hint=hint, now=now).select_for_update(of=("self",), no_key=True, skip_locked=True)
    return [call.pk for call in free]


def is_due(call_id: int, *, now: datetime) -> bool:
    """Whether the call still waits for its settlement, and need not wait longer."""
    return Outbox.objects.filter(
        kind=Outbox.Kind.SETTLE_CALL, call_id=call_id, done_at=None, dead_at=None, due_at__lte=now
    ).exists()


def postpone(due_at: Mapping[int, datetime]) -> None:
    """The work of these calls cannot be done before `due_at`; an answer, so the count starts anew.

    The caller has locked the calls' rows.
    """
    rows = list(_open_rows(due_at))
    for row in rows:
        row.due_at, row.attempts, row.last_error = due_at[row.call_id], 0, ""
    Outbox.objects.bulk_update(rows, ["due_at", "attempts", "last_error"])


def mark_done(call_ids: Collection[int], *, now: datetime) -> None:
    """The work of these calls is done with this transaction, which has locked their rows."""
    _open_rows(call_ids).update(done_at=now, dead_at=None, last_error="")


def note_failure(call_id: int, error: Exception, *, now: datetime) -> None:
    """Keep why the work failed, for the person who looks when it is given up.

    It is not due again at once, else it would spoil the work of the calls beside it.
    """
    text = redacted(f"{type(error).__name__}: {error}")
    _open_rows([call_id]).update(
        last_error=text[:200], due_at=Greatest("due_at", now + FIRST_RETRY)
    )


def send(call_id: int) -> bool:
    """Put the task on the queue; False when the broker cannot be reached, which is logged."""
    try:
        current_app.send_task("usage.tasks.settle_call", args=[call_id])
    except OperationalError as error:
        log.warning("outbox_not_sent", call_id=call_id, error=str(error))
        return False
    return True


hints = Hints(send)


def _hint(call_id: int) -> None:
    hints.give(call_id)


def send_due(*, now: datetime) -> None:
    """Send again what is due, and give up what was sent too often without an answer."""
    due = Outbox.objects.filter(done_at=None, dead_at=None, due_at__lte=now).order_by("due_at")
    for row in due[:BATCH]:
        # Two sweepers at once must not count twice.
        claim = Outbox.objects.filter(pk=row.pk, done_at=None, attempts=row.attempts)
        if row.attempts >= MAX_ATTEMPTS:
            if claim.update(dead_at=now):
                log.error("outbox_given_up", call_id=row.call_id, error=row.last_error)
            continue
        claimed = claim.update(attempts=row.attempts + 1, due_at=now + _pause(row.attempts))
        if claimed and not send(row.call_id):
            return  # the broker is down for the other rows too


def _pause(attempts: int) -> timedelta:
    return min(FIRST_RETRY * (1 << attempts), LONGEST_RETRY)


def _open_rows(call_ids: Collection[int]) -> QuerySet[Outbox]:
    return Outbox.objects.filter(kind=Outbox.Kind.SETTLE_CALL, call_id__in=call_ids, done_at=None)
