"""Invoices: issued for months that are over, cancelled, numbered without gaps, never changed.

The sums are read before the transaction and the number is given within it, under the lock of the
house's row: whoever comes second finds that the organization's last invoice is another one.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import Enum, auto
from itertools import islice
from time import monotonic
from typing import Any, Final

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction

from accounts.members.access import record
from accounts.models import Organization, User
from usage.billing.rating import UNITS
from usage.models import BillingHouse, Invoice, Price
from usage.papers import month as months
from usage.papers.corrections import LATE_MONTHS, corrections, papers_of, span_of
from usage.papers.house import address_of, house
from usage.papers.invoice_content import cancelling, net_of, totals_of
from usage.papers.month import MonthOfCalls, Span
from usage.quota.plans import plan_at

# A month is invoiced so long after its end: calls of its last minutes are settled then.
SETTLED_AFTER: Final = timedelta(hours=48)
AT_ONCE: Final = 20  # organizations of one task
SECONDS: Final = 15.0  # after which a task begins no further one; it may take 45

log = structlog.get_logger(__name__)


class WhyNot(Enum):
    """Why a month has no new invoice."""

    NO_HOUSE = auto()  # nobody sends invoices
    HAS_ONE = auto()
    NOTHING = auto()  # there is nothing to charge
    ANOTHER_CAME = auto()  # another of the organization was issued meanwhile


def issue_due(*, now: datetime, after: int = 0) -> int | None:
    """Issue what is due of the next organizations; behind which to continue, None at the end.

    after: the primary key of an organization.
    """
    if house() is None:
        return None
    found = list(Organization.objects.filter(pk__gt=after).order_by("pk")[:AT_ONCE])
    ends_at = monotonic() + SECONDS
    for org in found:
        try:
            for month in due_months(org, now=now):
                if issue_or_why_not(org, month, now=now) is WhyNot.ANOTHER_CAME:
                    break  # behind a later month's paper the fee of this one could not be charged
        except SoftTimeLimitExceeded as error:
            # The next task begins behind this organization: a slow one would end each night's run.
            log.error("invoice_not_issued", org=org.public_id, error=type(error).__name__)
            return org.pk
        except Exception as error:  # boundary: one organization must not keep the others waiting
            log.error("invoice_not_issued", org=org.public_id, error=type(error).__name__)
        if monotonic() >= ends_at:
            return org.pk
    return found[-1].pk if len(found) == AT_ONCE else None


def due_months(org: Organization, *, now: datetime) -> Iterator[date]:
    """The months of `org` that are over and have no paper yet, LATE_MONTHS at most."""
    seller = house()
    if seller is None:
        return
    newest = list(Invoice.objects.filter(org=org).order_by("-month")[:1])
    month = _earliest(seller, org, now=now)
    if newest:
        month = max(month, months.month_after(newest[0].month))
    last = months.month_before(months.this_month(org, now=now))
    while month <= last and span_of(org, month, newest).ends_at + SETTLED_AFTER <= now:
        yield month
        month = months.month_after(month)


def issue(
    org: Organization, month: date, *, now: datetime, actor: User | None = None
) -> Invoice | None:
    """The invoice of `org` for a month that is over; None as `issue_or_why_not` says why."""
    found = issue_or_why_not(org, month, now=now, actor=actor)
    return found if isinstance(found, Invoice) else None


def has_invoice(org: Organization, month: date) -> bool:
    """Whether `month` of `org` has an invoice that was not cancelled."""
    return _stands(Invoice.objects.filter(org=org, month=month).order_by("-revision").first())


def _stands(newest: Invoice | None) -> bool:
    """Whether a month with this as its newest paper has an invoice."""
    return newest is not None and newest.cancels_id is None


def issue_or_why_not(
    org: Organization, month: date, *, now: datetime, actor: User | None = None
) -> Invoice | WhyNot:
    """The invoice of `org` for a month that is over, or why it has none now.

    Calls that come to no cent have no invoice of their own: the next month's corrects them.

    actor: an operator who issues it again after a cancellation; None for the system.
    """
    seller = house()
    papers = papers_of(org)
    of_month = list(Invoice.objects.filter(org=org, month=month).order_by("revision"))
    if seller is None:
        return WhyNot.NO_HOUSE
    if _stands(of_month[-1] if of_month else None):
        return WhyNot.HAS_ONE
    span = span_of(org, month, [*papers, *of_month])
    used = months.calls_of(org, span)
    earliest = _earliest(seller, org, now=now)
    lines = [
        *_fee(org, month, span),
        *_usage(month, used),
        *corrections(org, month, papers, earliest=earliest),
    ]
    content = _content(seller, org, month, used, lines, span=span)
    # A fee is never carried on: one that is just given back stands on a paper of nothing.
    if not content["total_cents"] and not any(line["kind"] == "fee" for line in lines):
        return WhyNot.NOTHING
    with transaction.atomic():
        locked = BillingHouse.objects.select_for_update().get(pk=BillingHouse.ONLY)
        if _last_of(org) != (papers[0].pk if papers else None):
            return WhyNot.ANOTHER_CAME
        invoice = _numbered(
            locked,
            Invoice(
                org=org,
                month=month,
                revision=len(of_month) + 1,
                begins_at=span.begins_at,
                ends_at=span.ends_at,
                issued_at=now,
                content=content,
            ),
        )
        record(org, actor=actor, action="invoice.issued", target=str(invoice))
    log.info("invoice_issued", org=org.public_id, number=invoice.number)
    return invoice


@transaction.atomic
def cancel(invoice: Invoice, *, reason: str, actor: User, now: datetime) -> Invoice | None:
    """The paper that cancels `invoice`, with a number of its own; None where it is cancelled.

    reason: a sentence that stands on it. Raises ValueError for what is itself a cancellation.
    """
    if invoice.cancels_id is not None:
        raise ValueError(f"{invoice} is no invoice")
    locked = BillingHouse.objects.select_for_update().get(pk=BillingHouse.ONLY)
    if Invoice.objects.filter(cancels=invoice).exists():
        return None
    of_month = Invoice.objects.filter(org=invoice.org, month=invoice.month)
    cancellation = _numbered(
        locked,
        Invoice(
            org=invoice.org,
            month=invoice.month,
            revision=of_month.count() + 1,
            cancels=invoice,
            begins_at=invoice.begins_at,
            ends_at=invoice.ends_at,
            issued_at=now,
            content=cancelling(invoice.content, number="", reason=reason),
        ),
    )
    record(invoice.org, actor=actor, action="invoice.cancelled", target=f"{invoice}: {reason}")
    return cancellation


def _numbered(locked: BillingHouse, invoice: Invoice) -> Invoice:
    """Store `invoice` with the next number; `locked` is held until the transaction ends."""
    locked.last_number += 1
    locked.save(update_fields=["last_number"])
    invoice.number = locked.last_number
    invoice.content["number"] = f"{locked.prefix}{invoice.number}"
    invoice.net_micros = net_of(invoice.content["lines"])
    invoice.total_cents = invoice.content["total_cents"]
    invoice.save()
    return invoice


def _last_of(org: Organization) -> int | None:
    return Invoice.objects.filter(org=org).order_by("-number").values_list("pk", flat=True).first()


def _earliest(seller: BillingHouse, org: Organization, *, now: datetime) -> date:
    """The first month of `org` that is not yet left to the operator."""
    *_later, month = islice(months.months_of(org, now=now), LATE_MONTHS + 1)
    return max(month, seller.first_month)


def _fee(org: Organization, month: date, span: Span) -> Iterator[dict[str, Any]]:
    """The fee of the plan that `org` had when the month ended."""
    plan = plan_at(org, span.ends_at)
    if plan and plan.monthly_fee_micros:
        fee = {"name": plan.plan_name, "amount_micros": plan.monthly_fee_micros}
        yield {"kind": "fee", "month": months.name_of(month), **fee}


def _usage(month: date, used: MonthOfCalls) -> Iterator[dict[str, Any]]:
    """What calls of the month used, by component."""
    for component in Price.Component:
        if component in used.components:
            yield {
                "kind": "usage",
                "month": months.name_of(month),
                "component": component.value,
                "quantity": used.components[component].quantity,
                "unit": UNITS[component],
                "amount_micros": used.components[component].amount_micros,
            }


def _content(
    seller: BillingHouse,
    org: Organization,
    month: date,
    used: MonthOfCalls,
    lines: list[dict[str, Any]],
    *,
    span: Span,
) -> dict[str, Any]:
    totals = totals_of(net_of(lines), tax_hundredths=seller.tax_hundredths)
    buyer = address_of(org)
    return {
        "seller": {
            "name": seller.name,
            "address": seller.address,
            "tax_number": seller.tax_number,
        },
        "buyer": {"name": org.name, "address": buyer.address, "tax_number": buyer.tax_number},
        "month": months.name_of(month),
        "zone": span.zone.key,
        "lines": lines,
        "calls": used.total.calls,
        "minutes": used.total.minutes,
        "open_lines": months.open_lines(org, begins_at=span.begins_at, ends_at=span.ends_at),
        "net_cents": totals.net_cents,
        "tax_cents": totals.tax_cents,
        "total_cents": totals.total_cents,
        "tax_name": seller.tax_name,
        "tax_hundredths": seller.tax_hundredths,
        "note": seller.note,
        "cancels": "",
    }
