"""Celery's way in: each task takes ids, calls one service and is safe to run twice.

Celery ships no types for its decorator, hence the ignores.
"""

from celery import shared_task
from django.utils import timezone

from usage import outbox, settlement


@shared_task(name="usage.tasks.settle_call")  # type: ignore[untyped-decorator]
def settle_call(call_id: int) -> None:
    """Settle one ended call; why it failed stands on its outbox row, which is sent again."""
    try:
        settlement.settle(call_id, now=timezone.now())
    except Exception as error:
        outbox.note_failure(call_id, error)
        raise


@shared_task(name="usage.tasks.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """End abandoned calls and send due outbox rows again; every 15 s by beat."""
    settlement.sweep(now=timezone.now())
