"""What an organization used in a period: by day, agent and component, from the sums of `rollup`.

Never what it cost the platform: members read these.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet, Sum

from accounts.models import Organization
from agents.models import Agent
from usage.billing.rating import UNITS
from usage.billing.rollup import day_of
from usage.models import AttemptDay, Price, UsageDay

_CALLS = Sum("quantity", filter=Q(component=UsageDay.CALL), default=0)
_MINUTES = Sum("quantity", filter=Q(component=Price.Component.TELEPHONY), default=0)


@dataclass(frozen=True, slots=True)
class Period:
    """Days of an organization from `first` to `last`, both included."""

    first: date
    last: date

    @classmethod
    def of_days(cls, days: int, *, now: datetime, zone: str) -> "Period":
        """The last `days` days, today included. zone: the name of the organization's time zone."""
        today = day_of(now, zone)
        return cls(today - timedelta(days=days - 1), today)

    @classmethod
    def of_month(cls, *, now: datetime, zone: str) -> "Period":
        """The month of `now`, up to today. zone: as above."""
        today = day_of(now, zone)
        return cls(today.replace(day=1), today)

    def days(self) -> list[date]:
        """Every day, oldest first."""
        return [
            self.first + timedelta(days=offset)
            for offset in range((self.last - self.first).days + 1)
        ]


@dataclass(frozen=True, slots=True)
class DayOfUsage:
    """One day of an organization; settled calls count on the day they began."""

    day: date
    calls: int = 0
    minutes: int = 0
    amount_micros: int = 0


@dataclass(frozen=True, slots=True)
class Requests:
    """What became of requests at the voice webhook."""

    answered: int = 0
    declined: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class AgentOfUsage:
    """What the calls of one agent used, and what that cost."""

    agent: Agent
    calls: int
    minutes: int
    amount_micros: int


@dataclass(frozen=True, slots=True)
class ComponentOfUsage:
    """What an organization used of one component, in one unit, and what that cost."""

    component: Price.Component
    quantity: int
    unit: str
    amount_micros: int


@dataclass(frozen=True, slots=True)
class UsageLine:
    """One sum as it is exported; component "call" counts calls."""

    day: date
    agent: str
    channel: str
    component: str
    quantity: int
    unit: str
    amount_micros: int


def usage_by_day(org: Organization, period: Period) -> list[DayOfUsage]:
    """Each day of `period`, oldest first, days without calls too."""
    found = {
        day: DayOfUsage(day, calls, minutes, amount)
        for day, calls, minutes, amount in _sums(org, period)
        .values_list("day")
        .annotate(calls=_CALLS, minutes=_MINUTES, amount=Sum("amount_micros"))
    }
    return [found.get(day, DayOfUsage(day)) for day in period.days()]


def requests_by_day(org: Organization, period: Period) -> dict[date, Requests]:
    """What became of the requests of each day of `period` that had one."""
    days: defaultdict[date, dict[str, int]] = defaultdict(dict)
    rows = AttemptDay.objects.filter(org=org, day__range=(period.first, period.last))
    for day, outcome, count in rows.values_list("day", "outcome", "count"):
        days[day][outcome] = count
    return {day: Requests(**counts) for day, counts in days.items()}


def usage_by_agent(org: Organization, period: Period) -> list[AgentOfUsage]:
    """The agents that had calls, those with the most minutes first."""
    found = {
        agent: (calls, minutes, amount)
        for agent, calls, minutes, amount in _sums(org, period)
        .values_list("agent")
        .annotate(calls=_CALLS, minutes=_MINUTES, amount=Sum("amount_micros"))
    }
    agents = Agent.objects.filter(org=org, pk__in=found)
    return sorted(
        (AgentOfUsage(agent, *found[agent.pk]) for agent in agents),
        key=lambda each: (-each.minutes, -each.calls, each.agent.name),
    )


def usage_by_component(org: Organization, period: Period) -> list[ComponentOfUsage]:
    """What the calls used, one entry a component that was charged."""
    found = {
        component: (quantity, amount)
        for component, quantity, amount in _sums(org, period)
        .exclude(component=UsageDay.CALL)
        .values_list("component")
        .annotate(Sum("quantity"), Sum("amount_micros"))
        if quantity
    }
    return [
        ComponentOfUsage(component, found[component][0], UNITS[component], found[component][1])
        for component in Price.Component
        if component in found
    ]


def usage_lines(org: Organization, period: Period) -> Iterator[UsageLine]:
    """Every sum of `period`, oldest first, for an export; read as it is consumed."""
    rows = _sums(org, period).order_by("day", "agent__name", "agent", "channel", "component")
    for day, agent, channel, component, quantity, amount in rows.values_list(
        "day", "agent__name", "channel", "component", "quantity", "amount_micros"
    ).iterator():
        unit = UNITS.get(component, UsageDay.CALL)
        yield UsageLine(day, agent, channel, component, quantity, unit, amount)


def _sums(org: Organization, period: Period) -> QuerySet[UsageDay]:
    return UsageDay.objects.filter(org=org, day__range=(period.first, period.last)).order_by()
