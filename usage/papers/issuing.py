"""Requests workers to issue invoices, which reads a month of each organization's calls.

What became of one that was asked for by itself is told by the cache: the invoice is what counts.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import structlog
from django.core.cache import cache

from accounts.models import User
from usage.models import Invoice
from usage.papers.invoices import WhyNot, issue_or_why_not
from voicex.processes.task_queue import put_on_queue

TASK: Final = "usage.tasks.issue_invoices"
TASK_AGAIN: Final = "usage.tasks.issue_invoice_again"
ASKED: Final = "asked"  # a worker has it, or will
FAILED: Final = "failed"
ASKED_SECONDS: Final = 600  # then it may be asked for again: the worker that had it is lost
TOLD_SECONDS: Final = 86_400  # for which it is shown why there is no invoice

log = structlog.get_logger(__name__)


def request_issue() -> bool:
    """Put the task on the queue; False when the broker is away, which is logged."""
    return put_on_queue(TASK, kwargs={"is_asked": True}, log_as="invoices_not_requested")


def request_again(cancellation: Invoice, *, actor: User) -> bool:
    """Have the month's invoice issued once more; False when the broker is away, which is logged.

    Nothing is done where that is under way. `progress_of` tells what became of it.
    """
    key = _key(cancellation.number)
    if cache.get(key) == ASKED:
        return True
    # Before the task, which may be over when this returns.
    cache.set(key, ASKED, ASKED_SECONDS)
    args = (cancellation.number, actor.pk)
    if put_on_queue(TASK_AGAIN, args=args, log_as="invoices_not_requested"):
        return True
    cache.delete(key)
    return False


def issue_again(number: int, *, actor_id: int, now: datetime) -> None:
    """Issue anew the invoice whose cancellation has that number, for the operator who asked."""
    try:
        cancellation = Invoice.objects.select_related("org").get(number=number)
        actor = User.objects.get(pk=actor_id)
        found = issue_or_why_not(cancellation.org, cancellation.month, now=now, actor=actor)
    except Exception as error:  # boundary: SoftTimeLimitExceeded, too
        # Without the organization: reading the cancellation may be what failed.
        log.error("invoice_not_issued", cancellation=number, error=type(error).__name__)
        cache.set(_key(number), FAILED, TOLD_SECONDS)
        return
    if isinstance(found, WhyNot):
        cache.set(_key(number), found.name, TOLD_SECONDS)
    else:
        cache.delete(_key(number))


def progress_of(numbers: Iterable[int]) -> dict[int, str]:
    """What became of those cancellations that were asked about: ASKED, FAILED or a WhyNot's name.

    Those of which there is nothing to tell are left out.
    """
    keys = {_key(number): number for number in numbers}
    return {keys[key]: state for key, state in cache.get_many(keys).items()}


def _key(number: int) -> str:
    return f"invoice-again:{number}"
