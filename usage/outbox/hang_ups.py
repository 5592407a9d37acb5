"""Calls that their carrier is asked to end: they are over here, and may last there.

A caller who is put through, or talks to a person, has no process of ours that could hang up; nor
has a call whose process was lost without a word. `telephony.carriers.hang_ups` asks, beside a
worker.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from usage.billing.carrier_bills import CAN_ASK, is_asked_about
from usage.models import Call, Outbox
from usage.outbox import rows
from usage.records.evidence import NOT_HUNG_UP

HANG_UP: Final = Outbox.Kind.HANG_UP_CALL
# A process that only stood still learns that its call has ended and leaves it, and the carrier
# says its apology: that is not to be cut off.
LAST_WORDS: Final = timedelta(seconds=60)


def ask_at_once(call_id: int, *, now: datetime) -> None:
    """Have the carrier end the call as soon as this is committed. The caller has locked its row."""
    rows.ensure(HANG_UP, call_id, now=now)


def ask_later(call_ids: Collection[int], *, now: datetime) -> None:
    """Have the carrier end those of these calls that it can be asked about, after LAST_WORDS."""
    calls = Call.objects.filter(pk__in=call_ids).only("channel", "account_sid")
    asked = [call.pk for call in calls.annotate(can_ask=CAN_ASK) if is_asked_about(call)]
    rows.enqueue_later(HANG_UP, asked, due_at=now + LAST_WORDS)


def note_refusal(call_id: int, reason: str) -> None:
    """Keep with the call why its carrier could not be had to end it.

    reason: a value of `CarrierReason`, or `usage.records.evidence.NO_ACCOUNT`.
    """
    with transaction.atomic():
        call = Call.objects.filter(pk=call_id)
        report = call.select_for_update(no_key=True).values_list("carrier_report", flat=True).get()
        call.update(carrier_report={**report, NOT_HUNG_UP: str(reason)})
