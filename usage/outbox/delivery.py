"""Puts the tasks of outbox rows on the queue, the first time and again. Safe on any thread."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog
from django.db import transaction

from usage.models import Outbox
from usage.outbox.debounce import Debouncer
from usage.outbox.kinds import HANDLERS, subject_of
from voicex.processes.task_queue import put_on_queue

# Sent again after 15 s, 30 s, 1 min ... 1 h: a day in all, then an operator must act.
FIRST_RETRY: Final = timedelta(seconds=15)
LONGEST_RETRY: Final = timedelta(hours=1)
MAX_ATTEMPTS: Final = 30
BATCH: Final = 200

log = structlog.get_logger(__name__)


def send(kind: str, subject_id: int) -> bool:
    """Put the kind's task on the queue; False if the broker is unreachable, which is logged."""
    handler = HANDLERS[kind]
    about = {"kind": kind, handler.column: subject_id}
    return put_on_queue(handler.task, args=[subject_id], log_as="outbox_not_sent", about=about)


def hints_of(kind: str) -> Debouncer:
    """The debouncer of this process for hints of `kind`."""
    return Debouncer(_sender(kind))


def _sender(kind: str) -> Callable[[int], object]:
    return lambda subject_id: send(kind, subject_id)


hints: Final = {kind: hints_of(kind) for kind in HANDLERS}


def hint_after_commit(kind: str, subject_id: int) -> None:
    """Send a hint after the commit, debounced."""
    transaction.on_commit(partial(_hint, kind, subject_id))


def _hint(kind: str, subject_id: int) -> None:
    hints[kind].send(subject_id)


def send_due(*, now: datetime) -> None:
    """Send due tasks again, and give up rows that were sent too often.

    Of kinds that are swept at once one hint is sent, last and whatever is due of them: they never
    keep a row of another kind from being sent. A kind that this release does not know is left to
    the processes that do: while an update runs, they stand beside this one.
    """
    due = Outbox.objects.filter(
        kind__in=list(HANDLERS), done_at=None, dead_at=None, due_at__lte=now
    ).order_by("due_at")
    together = [kind for kind, handler in HANDLERS.items() if handler.is_swept_at_once]
    for row in due.exclude(kind__in=together)[:BATCH]:
        # Two sweepers at once must not count twice.
        claim = Outbox.objects.filter(pk=row.pk, done_at=None, attempts=row.attempts)
        if row.attempts >= MAX_ATTEMPTS:
            if claim.update(dead_at=now):
                about = {HANDLERS[row.kind].column: subject_of(row)}
                log.error("outbox_given_up", kind=row.kind, **about, error=row.last_error)
            continue
        claimed = claim.update(attempts=row.attempts + 1, due_at=now + _pause(row.attempts))
        if claimed and not send(row.kind, subject_of(row)):
            return  # the broker is down for the other rows too
    for kind in together:
        if due.filter(kind=kind).exists():
            send(kind, 0)


def _pause(attempts: int) -> timedelta:
    return min(FIRST_RETRY * (1 << attempts), LONGEST_RETRY)
