"""What an organization used in a period: by day, agent and component, from the sums of `rollup`.

Never what it cost the platform: members read these.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.core.cache import cache
from django.db.models import Q, QuerySet, Sum

from accounts.models import Organization
from accounts.zones import day_began, zone_named
from agents.models import Agent
from usage.billing.rating import UNITS
from usage.billing.rollup import day_of
from usage.models import AttemptDay, Call, LedgerEntry, Price, UsageDay

_CALLS = Sum("quantity", filter=Q(component=UsageDay.CALL), default=0)
_MINUTES = Sum("quantity", filter=Q(component=Price.Component.TELEPHONY), default=0)
_PART_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Period:
    """Days (UTC) from `first` to `last`, both included."""

    first: date
    last: date

    @classmethod
    def of_days(cls, days: int, *, now: datetime) -> "Period":
        """The last `days` days, today included."""
        today = day_of(now)
        return cls(today - timedelta(days=days - 1), today)

    @classmethod
    def of_month(cls, *, now: datetime) -> "Period":
        """The month of `now`, up to today."""
        today = day_of(now)
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


def usage_today(org: Organization, known: Iterable[DayOfUsage], *, now: datetime) -> DayOfUsage:
    """What `org` has used on the day of `now` by its own clocks; settled calls that began on it.

    known: its days (UTC), yesterday and today among them. What is not of them, or too much, is half
    a day at most: two reads a minute, none where the organization's days are UTC days. A call of it
    that was settled since it was read is on a wrong side of midnight until then.
    """
    began_at = day_began(now, org.time_zone)
    first, last = day_of(began_at), day_of(now)
    midnight = datetime.combine(first, time.min, UTC)
    sums = {each.day: each for each in known}
    used = [sums[day] for day in {first, last}]
    if timedelta(0) < began_at - midnight <= timedelta(hours=12):
        used.append(_of_calls_lately(org, midnight, began_at, sign=-1))
    elif began_at > midnight:
        used = [sums[day] for day in {last} - {first}]
        used.append(_of_calls_lately(org, began_at, midnight + timedelta(days=1)))
    # Never less than nothing: the sums may be older than the part that is taken from them.
    return DayOfUsage(
        began_at.astimezone(zone_named(org.time_zone)).date(),
        calls=max(0, sum(each.calls for each in used)),
        minutes=max(0, sum(each.minutes for each in used)),
        amount_micros=max(0, sum(each.amount_micros for each in used)),
    )


def _of_calls_lately(
    org: Organization, begin: datetime, end: datetime, *, sign: int = 1
) -> DayOfUsage:
    """As `_of_calls`, times `sign`; a minute old at most, for it may read half a day's lines."""
    key = f"usage-of-part:{org.public_id}:{begin.isoformat()}:{end.isoformat()}"
    found = cache.get(key)
    if found is None:
        found = _of_calls(org, begin, end)
        cache.set(key, found, _PART_SECONDS)
    calls, minutes, amount_micros = (sign * each for each in found)
    return DayOfUsage(begin.date(), calls, minutes, amount_micros)


def _of_calls(org: Organization, begin: datetime, end: datetime) -> tuple[int, int, int]:
    """Calls, minutes and amount of calls that began from `begin` to before `end`, as in `_sums`."""
    calls = Call.objects.filter(org=org, opened_at__gte=begin, opened_at__lt=end)
    # Through the call's own column its lines are found by index; `org` leads to all of the ledger.
    lines = LedgerEntry.objects.filter(
        call__org=org, call__opened_at__gte=begin, call__opened_at__lt=end
    ).aggregate(minutes=_MINUTES, amount=Sum("amount_micros", default=0))
    count = calls.exclude(settled_at=None).count()
    return count, int(lines["minutes"]), int(lines["amount"])


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
