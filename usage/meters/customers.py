"""The Stripe customer of an organization, set by an operator."""

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
from usage.meters.reports import REPORT, make
from usage.models import LedgerEntry, MeterReport, StripeCustomer
from usage.outbox import rows

MOST_WAITING: Final = 500  # reports that are counted: three weeks of them
_CUSTOMER: Final = re.compile(r"cus_[A-Za-z0-9]{1,60}")


@dataclass(frozen=True, slots=True)
class Reported:
    """What of an organization has been reported.

    error: of the report that waits longest. unanswered: of those that were given up, the ones that
    Stripe may have counted all the same. oldest: when the oldest was made that is not sent.
    """

    sent_micros: int
    waiting: int
    given_up: int
    unanswered: int
    oldest: datetime | None
    error: str


def customer_of(org: Organization) -> str:
    """Its customer id at Stripe; "" for none."""
    found = StripeCustomer.objects.filter(org=org).values_list("customer_id", flat=True)
    return found.first() or ""


@transaction.atomic
def set_customer(org: Organization, *, customer_id: str, actor: User, now: datetime) -> None:
    """Have the usage of `org` reported for this customer from now on; "" to stop.

    What was charged before the first customer is not reported. What was charged for a customer
    until now becomes a last report, and goes out for that one. What was given up and is known not
    to have arrived is sent again, for the new customer; what ended without an answer is left to an
    operator. Raises ValidationError for what is no customer id.
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
        make(known.pk, now=now, is_last=not customer_id)
        values = {"customer_id": customer_id}
    StripeCustomer.objects.update_or_create(org=org, defaults=values)
    record(org, actor=actor, action="billing.stripe_changed", target=customer_id or "none")
    if customer_id:
        _send_refused(org, customer_id, now=now)


def _send_refused(org: Organization, customer_id: str, *, now: datetime) -> None:
    given_up = MeterReport.objects.filter(
        org=org, outbox__kind=REPORT, outbox__done_at=None, outbox__dead_at__isnull=False
    )
    ids = list(given_up.filter(unanswered_since=None).values_list("pk", flat=True))
    if ids:
        MeterReport.objects.filter(org=org, pk__in=ids).update(customer_id=customer_id)
        rows.rearm_all(REPORT, ids, now=now)


def reported(org: Organization) -> Reported:
    """The state of an organization's reports to Stripe. Three queries."""
    sent = MeterReport.objects.filter(org=org, sent_at__isnull=False)
    unsent = MeterReport.objects.filter(org=org, sent_at=None).order_by("pk")
    reports = {report.pk: report for report in unsent[:MOST_WAITING]}
    waiting = list(rows.open_rows(REPORT, list(reports)).order_by("pk"))
    given_up = [reports[row.meter_id] for row in waiting if row.dead_at and row.meter_id]
    return Reported(
        sent_micros=sent.aggregate(sum=Sum("value_micros", default=0))["sum"],
        waiting=len(waiting) - len(given_up),
        given_up=len(given_up),
        unanswered=sum(report.unanswered_since is not None for report in given_up),
        oldest=min((report.created_at for report in reports.values()), default=None),
        error=next((row.last_error for row in waiting if row.last_error), ""),
    )
