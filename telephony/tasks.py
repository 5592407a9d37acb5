"""Tasks that need a carrier: each takes ids, calls one service and is safe to run twice.

Celery ships no types for its decorator, hence the ignores.
"""

from time import monotonic
from typing import Final

from celery import shared_task
from django.utils import timezone

from telephony.carriers import reconciling

# After so long no other batch is begun, so that a task ends before Celery ends it.
SECONDS: Final = 15.0


@shared_task(name="telephony.tasks.reconcile_calls")  # type: ignore[untyped-decorator]
def reconcile_calls(call_id: int = 0) -> None:
    """A hint that carriers may know the price of calls by now: ask about those that are due."""
    ends_at = monotonic() + SECONDS
    while reconciling.reconcile_due(hint=call_id, now=timezone.now()) and monotonic() < ends_at:
        pass
