"""Tasks that need a carrier: each takes ids, calls one service and is safe to run twice.

Celery ships no types for its decorator, hence the ignores.
"""

from typing import Final

from celery import shared_task
from django.utils import timezone

from telephony.carriers import hang_ups, reconciling
from voicex.processes.side_work import SideWork

questions_to_carriers: Final = SideWork(
    lambda call_id: reconciling.reconcile_due(hint=call_id, now=timezone.now()),
    name="questions-to-carriers",
).ends_with_worker()
# Beside the questions, which may take their time.
hang_ups_at_carriers: Final = SideWork(
    lambda call_id: hang_ups.hang_up_due(hint=call_id, now=timezone.now()),
    name="hang-ups-at-carriers",
).ends_with_worker()


@shared_task(name="telephony.tasks.reconcile_calls")  # type: ignore[untyped-decorator]
def reconcile_calls(call_id: int = 0) -> None:
    """A hint that carriers may know the price of calls by now: wakes the thread that asks them."""
    questions_to_carriers.wake(call_id)


@shared_task(name="telephony.tasks.hang_up_calls")  # type: ignore[untyped-decorator]
def hang_up_calls(call_id: int = 0) -> None:
    """A hint that carriers have to end calls: wakes the thread that asks them to."""
    hang_ups_at_carriers.wake(call_id)
