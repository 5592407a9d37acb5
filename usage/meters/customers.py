"""Which customer of Stripe's an organization is: an operator says so."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from accounts.members.access import record
from accounts.models import Organization, User
from usage.meters.reports import REPORT
from usage.models import LedgerEntry, MeterReport, StripeCustomer
from usage.outbox import rows

MOST_WAITING: Final = 500  # reports that are counted: three weeks of them
_CUSTOMER: Final = re.compile(r"cus_[A-Za-z0-9]{1,60}")


@dataclass(frozen=True, slots=True)
class Reported:
    """What of an organization has been reported. error: of the report that waits longest."""

    sent_micros: int
    waiting: int
    given_up: int
    error: str


def customer_of(org: Organization) -> str:
    """Its customer id at Stripe; "" for none."""
    found = StripeCustomer.objects.filter(org=org).values_list("customer_id", flat=True)
    return found.first() or ""


@transaction.atomic
def set_customer(org: Organization, *, customer_id: str, actor: User, now: datetime) -> None:
    """Have the usage of `org` reported for this customer from now on, "" for no more.

    What is charged until now is not reported. What Stripe refused is sent again, for the new
    customer. Raises ValidationError for what is no customer id.
    """
    customer_id = customer_id.strip()
    if customer_id and not _CUSTOMER.fullmatch(customer_id):
        raise ValidationError({"customer_id": _("Enter a customer ID such as cus_NffrFeUfNV2Hib.")})
    if customer_id == customer_of(org):
        return
    known = StripeCustomer.objects.select_for_update().filter(org=org).first()
    if known is None or not known.customer_id:
        newest = LedgerEntry.objects.filter(org=org).aggregate(pk=Max("pk"))["pk"] or 0
        values = {"customer_id": customer_id, "reported_through": newest}
    else:
        values = {"customer_id": customer_id}
    StripeCustomer.objects.update_or_create(org=org, defaults=values)
    record(org, actor=actor, action="billing.stripe_changed", target=customer_id or "none")
    given_up = MeterReport.objects.filter(
        org=org, outbox__kind=REPORT, outbox__done_at=None, outbox__dead_at__isnull=False
    )
    if customer_id and (ids := list(given_up.values_list("pk", flat=True))):
        rows.rearm_all(REPORT, ids, now=now)


def reported(org: Organization) -> Reported:
    """How far the reports of `org` are. Three reads."""
    sent = MeterReport.objects.filter(org=org, sent_at__isnull=False)
    unsent = MeterReport.objects.filter(org=org, sent_at=None).order_by("pk")
    ids = list(unsent.values_list("pk", flat=True)[:MOST_WAITING])
    open_rows = rows.open_rows(REPORT, ids).order_by("pk")
    waiting = list(open_rows.values_list("dead_at", "last_error"))
    return Reported(
        sent_micros=sent.aggregate(sum=Sum("value_micros", default=0))["sum"],
        waiting=sum(dead_at is None for dead_at, _error in waiting),
        given_up=sum(dead_at is not None for dead_at, _error in waiting),
        error=next((error for _dead_at, error in waiting if error), ""),
    )
