"""What the calls of an organization have cost in a day and a month, those that run included.

Both are the organization's own. A call counts on the day it began, as in `usage.billing.rollup`.
What is settled was added up there; what is not yet is rated by what it has used until now, some
seconds ago at most.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Q, Sum

from usage.billing import pricing
from usage.billing.ledger import Bill
from usage.billing.rollup import day_of, day_of_call, next_month
from usage.models import Call, Outbox, UsageDay, UsageMonth

MOST_CALLS: Final = 500  # not settled, newest first; a caller waits for their sum


@dataclass(frozen=True, slots=True)
class Spent:
    """Micro-dollars of a day, today as a rule, and of its month."""

    today: int
    month: int


def spent(org_id: int, *, zone: str, agent_id: int | None = None, now: datetime) -> Spent:
    """What the calls of an organization have cost, or those of one of its agents. Six reads.

    zone: the name of its time zone.
    """
    return spent_on(org_id, day=day_of(now, zone), agent_id=agent_id, now=now)


def spent_on(org_id: int, *, day: date, agent_id: int | None = None, now: datetime) -> Spent:
    """As `spent`, of calls that began on `day` and in its month."""
    month = day.replace(day=1)
    settled = _settled(org_id, agent_id, today=day, month=month)
    calls = [
        call
        for call in _unsettled(org_id, agent_id)
        if month <= day_of_call(call) < next_month(month) and pricing.fact_of(call) is not None
    ]
    amounts = [(day_of_call(bill.call), _amount(bill)) for bill in _bills(calls, now=now)]
    return Spent(
        settled.today + sum(amount for began_on, amount in amounts if began_on == day),
        settled.month + sum(amount for _day, amount in amounts),
    )


def settled_spending(org_id: int, *, agent_id: int | None, day: date) -> Spent:
    """What is settled of the calls that began on `day`, and in its month."""
    return _settled(org_id, agent_id, today=day, month=day.replace(day=1))


def _settled(org_id: int, agent_id: int | None, *, today: date, month: date) -> Spent:
    days = UsageDay.objects.filter(org=org_id)
    if agent_id is not None:
        days = days.filter(agent=agent_id, day__gte=month, day__lt=next_month(month))
        sums = days.aggregate(
            today=Sum("amount_micros", filter=Q(day=today), default=0),
            month=Sum("amount_micros", default=0),
        )
        return Spent(int(sums["today"]), int(sums["month"]))
    of_month = UsageMonth.objects.filter(org=org_id, month=month).values_list("amount_micros")
    of_day = days.filter(day=today).aggregate(sum=Sum("amount_micros", default=0))["sum"]
    return Spent(int(of_day), sum(amount for (amount,) in of_month))


def _unsettled(org_id: int, agent_id: int | None) -> list[Call]:
    """Two reads by an index: calls that run, and those that wait for the ledger."""
    found = Call.objects.filter(org=org_id, settled_at=None).order_by("-pk")
    if agent_id is not None:
        found = found.filter(agent=agent_id)
    found = found.select_related("usage", "analysis").defer(
        *(f"analysis__{name}" for name in ("summary", "reason", "field_values"))
    )
    waiting = Outbox.objects.filter(
        kind=Outbox.Kind.SETTLE_CALL, done_at=None, dead_at=None, call__org=org_id
    )
    ended = found.filter(pk__in=waiting.values("call")).exclude(ended_at=None)
    return [*found.filter(ended_at=None)[:MOST_CALLS], *ended[:MOST_CALLS]]


def _bills(calls: list[Call], *, now: datetime) -> Iterable[Bill]:
    return pricing.bills(calls, now=now) if calls else ()


def _amount(bill: Bill) -> int:
    return sum(charge.amount_micros for charge in bill.charges)
