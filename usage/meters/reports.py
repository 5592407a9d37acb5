"""Sums up ledger entries into reports: each entry of a customer is in exactly one report.

A report is of the lines behind the last one of the report before. It is made with its row of the
outbox in one transaction, and its identifier never changes: Stripe takes one of each.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Max, Min, Sum

from usage.meters.settings import account
from usage.models import LedgerEntry, MeterReport, Outbox, StripeCustomer
from usage.outbox import rows

log = structlog.get_logger(__name__)

REPORT: Final = Outbox.Kind.REPORT_METER
# A line has its number before its transaction is over: one with a lower number may still come.
COMMITTED_AFTER: Final = timedelta(minutes=5)
AT_ONCE: Final = 200  # customers of one task


def plan(*, now: datetime, after: int = 0) -> int | None:
    """Make the reports of the next customers; behind which to continue, None at the end.

    after: the primary key of a StripeCustomer. Nothing happens where it is not switched on.
    """
    if account() is None:
        return None
    found = StripeCustomer.objects.filter(pk__gt=after).exclude(customer_id="").order_by("pk")
    ids = list(found.values_list("pk", flat=True)[:AT_ONCE])
    for customer_pk in ids:
        try:
            make(customer_pk, now=now)
        except SoftTimeLimitExceeded as error:  # the next task begins behind this customer
            log.error("meter_report_not_made", customer=customer_pk, error=type(error).__name__)
            return customer_pk
        except Exception as error:  # boundary: one customer must not keep the others waiting
            log.error("meter_report_not_made", customer=customer_pk, error=type(error).__name__)
    return ids[-1] if len(ids) == AT_ONCE else None


@transaction.atomic
def make(customer_pk: int, *, now: datetime, is_last: bool = False) -> MeterReport | None:
    """One report of what was posted since the last; None where that is nothing.

    A sum below nothing waits for what is charged next: a meter counts up. is_last: there will be
    none to take the lines of the last minutes, so they are in this one.
    """
    customer = StripeCustomer.objects.select_for_update().get(pk=customer_pk)
    lines = LedgerEntry.objects.filter(org=customer.org_id, pk__gt=customer.reported_through)
    young = lines.filter(posted_at__gte=now - COMMITTED_AFTER).aggregate(pk=Min("pk"))["pk"]
    if young is not None and not is_last:
        lines = lines.filter(pk__lt=young)
    found = lines.aggregate(last=Max("pk"), sum=Sum("amount_micros", default=0))
    if found["last"] is None or found["sum"] < 0:
        return None
    after = customer.reported_through
    customer.reported_through = found["last"]
    customer.save(update_fields=["reported_through"])
    if not found["sum"]:
        return None
    report = MeterReport.objects.create(
        org_id=customer.org_id,
        identifier=f"voicex-{uuid4()}",
        customer_id=customer.customer_id,
        after_line=after,
        through_line=found["last"],
        value_micros=found["sum"],
        created_at=now,
    )
    rows.enqueue(REPORT, report.pk, now=now)
    return report
