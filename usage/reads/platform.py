"""Reads over all organizations, for the platform's operator alone: no member's page uses them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from accounts.models import Organization
from usage.billing.rollup import day_of, month_of
from usage.models import Call, Invoice, Price, UsageDay, UsageMonth
from usage.quota.quotas import carried

MAX_DIGITS: Final = 18  # every number of so many fits into a column of 64 bits


@dataclass(frozen=True, slots=True)
class Margin:
    """What settled calls brought and cost, in micro-dollars; minutes are those of telephony."""

    calls: int = 0
    minutes: int = 0
    charged_micros: int = 0
    cost_micros: int = 0

    @property
    def margin_micros(self) -> int:
        """Charges minus cost, in micro-dollars."""
        return self.charged_micros - self.cost_micros

    @property
    def percent(self) -> int | None:
        """The margin as a share of the charges; None when nothing was charged."""
        return (
            round(100 * self.margin_micros / self.charged_micros) if self.charged_micros else None
        )


@dataclass(frozen=True, slots=True)
class DayOfMargin:
    """One day of an organization, by its clocks; calls count on the day they began."""

    day: date
    figures: Margin


@dataclass(frozen=True, slots=True)
class ListedInvoice:
    """An invoice or a cancellation, and what became of it.

    is_followed: its month has a later paper.
    """

    paper: Invoice
    is_cancelled: bool
    is_followed: bool


@dataclass(frozen=True, slots=True)
class LiveCalls:
    """How many streams of an organization are open."""

    org: Organization
    calls: int


def organizations(
    *, search: str = "", before: int | None = None, limit: int
) -> QuerySet[Organization]:
    """Organizations, newest first, older than the row `before`, with plan and quota at hand.

    search: a part of the name, a whole public id, or a whole address of a member.
    """
    found = Organization.objects.select_related("quota__plan").order_by("-pk")
    if search:
        found = found.filter(
            Q(name__icontains=search)
            | Q(public_id=search.lower())
            | Q(pk__in=Organization.objects.filter(memberships__user__email=search.lower()))
        )
    if before is not None:
        found = found.filter(pk__lt=before)
    return found[:limit]


def invoices(*, search: str = "", before: int | None = None, limit: int) -> list[ListedInvoice]:
    """Invoices and cancellations of all organizations, newest first, below the number `before`.

    search: a number as it is printed, or without what stands before it; a part of an
    organization's name or its whole public id.
    """
    of_month = Invoice.objects.filter(org=OuterRef("org"), month=OuterRef("month"))
    found = (
        Invoice.objects.select_related("org")
        .order_by("-number")
        .annotate(
            is_cancelled=Exists(Invoice.objects.filter(cancels=OuterRef("pk"))),
            is_followed=Exists(of_month.filter(revision__gt=OuterRef("revision"))),
        )
    )
    if search:
        wanted = Q(org__name__icontains=search) | Q(org__public_id=search.lower())
        wanted |= Q(content__number=search)
        if search.isascii() and search.isdecimal() and len(search) <= MAX_DIGITS:
            wanted |= Q(number=int(search))
        found = found.filter(wanted)
    if before is not None:
        found = found.filter(number__lt=before)
    return [ListedInvoice(each, each.is_cancelled, each.is_followed) for each in found[:limit]]


def this_month(orgs: Collection[Organization], *, now: datetime) -> dict[int, Margin]:
    """What each of `orgs` has had this month, by its own clocks; by primary key, one query."""
    months = {org.pk: month_of(now, org.time_zone) for org in orgs}
    rows = UsageMonth.objects.filter(org__in=orgs, month__in=set(months.values()))
    found = {
        each.org_id: Margin(each.calls, each.minutes, each.amount_micros, each.cost_micros)
        for each in rows
        if each.month == months[each.org_id]
    }
    return {org.pk: found.get(org.pk, Margin()) for org in orgs}


def margin_by_day(org: Organization, *, days: int, now: datetime) -> list[DayOfMargin]:
    """The last `days` days of `org`, today included, oldest first, days without calls too."""
    first = day_of(now, org.time_zone) - timedelta(days=days - 1)
    found = {
        day: Margin(calls or 0, minutes or 0, charged, cost)
        for day, calls, minutes, charged, cost in UsageDay.objects.filter(org=org, day__gte=first)
        .order_by()
        .values_list("day")
        .annotate(
            calls=Sum("quantity", filter=Q(component=UsageDay.CALL)),
            minutes=Sum("quantity", filter=Q(component=Price.Component.TELEPHONY)),
            charged=Sum("amount_micros"),
            cost=Sum("cost_micros"),
        )
    }
    every_day = (first + timedelta(days=offset) for offset in range(days))
    return [DayOfMargin(day, found.get(day, Margin())) for day in every_day]


def live_calls(*, now: datetime) -> list[LiveCalls]:
    """The organizations with open streams, most first; calls of a lost process do not count."""
    counted = dict(
        Call.objects.filter(carried(now)).order_by().values_list("org").annotate(Count("pk"))
    )
    orgs = Organization.objects.filter(pk__in=counted)
    return sorted(
        (LiveCalls(org, counted[org.pk]) for org in orgs),
        key=lambda each: (-each.calls, each.org.name),
    )
