"""Usage and cost of a month's calls, from the ledger, in the organization's time zone.

A call counts in the month in which it opened. Sums are exact, in micro-dollars, and those of one
kind add up to those of another. Never what it cost the platform: members read these.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate

from accounts.models import Organization
from accounts.zones import zone_named
from usage.billing.counted_days import counted_between
from usage.billing.rollup import counted_day
from usage.models import Call, LedgerEntry, Price


@dataclass(frozen=True, slots=True)
class Span:
    """Calls that opened from `begins_at` until before `ends_at`, in days of `zone`."""

    begins_at: datetime
    ends_at: datetime
    zone: ZoneInfo


@dataclass(slots=True)
class Sums:
    """Of calls that were settled; minutes are those of telephony."""

    calls: int = 0
    minutes: int = 0
    amount_micros: int = 0


@dataclass(slots=True)
class ComponentSum:
    """Of one component, in its unit."""

    quantity: int = 0
    amount_micros: int = 0


@dataclass(slots=True)
class MonthOfCalls:
    """What calls came to. agents: by primary key. numbers: by the number that was called, "" for
    calls from a browser. components: by the name of each.
    """

    total: Sums = field(default_factory=Sums)
    agents: defaultdict[int, Sums] = field(default_factory=lambda: defaultdict(Sums))
    numbers: defaultdict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    days: defaultdict[date, Sums] = field(default_factory=lambda: defaultdict(Sums))
    components: defaultdict[str, ComponentSum] = field(
        default_factory=lambda: defaultdict(ComponentSum)
    )


def name_of(month: date) -> str:
    """A month as it is stored and in addresses: "2026-11"."""
    return f"{month:%Y-%m}"


def named(name: str) -> date:
    """The first day of the month of that name, "2026-11". Raises ValueError for anything else."""
    if len(name) != len("2026-11"):
        raise ValueError("no month")
    return date.fromisoformat(f"{name}-01")


def first_of(day: date) -> date:
    """The first day of the month of `day`."""
    return day.replace(day=1)


def month_before(month: date) -> date:
    """The first day of the month before; `month` is a first day."""
    return first_of(month - timedelta(days=1))


def month_after(month: date) -> date:
    """The first day of the month behind; `month` is a first day."""
    return first_of(month + timedelta(days=31))


def this_month(org: Organization, *, now: datetime) -> date:
    """The first day of the month that it is by the clocks of `org`."""
    return first_of(now.astimezone(zone_named(org.time_zone)).date())


def months_of(org: Organization, *, now: datetime) -> Iterator[date]:
    """The months of `org` by its clocks, newest first: from the one that it is to its first."""
    month = this_month(org, now=now)
    first = first_of(org.created_at.astimezone(zone_named(org.time_zone)).date())
    yield month
    while month > first:
        month = month_before(month)
        yield month


def span_of(org: Organization, month: date) -> Span:
    """The month by the clocks of `org` as they are set now."""
    zone = zone_named(org.time_zone)
    begins, ends = (
        datetime.combine(day, time.min, zone) for day in (first_of(month), month_after(month))
    )
    return Span(begins, ends, zone)


def calls_of(org: Organization, span: Span) -> MonthOfCalls:
    """What the calls of `org` in `span` used and cost. Two reads, summed up in the database.

    A row for each agent, number, day and component that had calls; they are read one by one.
    """
    return _summed(
        org,
        lambda call: _opened_in(span.begins_at, span.ends_at, call),
        lambda call: TruncDate(f"{call}opened_at", tzinfo=span.zone),
    )


def calls_counted_in(org: Organization, month: date) -> MonthOfCalls:
    """As `calls_of`, of the calls that count in the month (`Call.counted_on`), as on **Usage**.

    So they stay in it when the organization moves to another time zone.
    """
    return _summed(org, partial(_counted_in, month), counted_day)


def _summed(
    org: Organization, which: Callable[[str], Q], day_of: Callable[[str], Any]
) -> MonthOfCalls:
    """which, day_of: the calls, and the day of each; by "" on calls, by "call__" on lines."""
    found = MonthOfCalls()
    of_calls = Call.objects.filter(which(""), org=org, settled_at__isnull=False)
    day = day_of("")
    keys = ("agent", "to_number", "channel", "local_day")
    counted = of_calls.annotate(local_day=day).order_by().values_list(*keys).annotate(Count("pk"))
    for agent, number, channel, local_day, calls in counted.iterator():
        for sums in _sums_of(found, agent, _number(number, channel), local_day):
            sums.calls += calls
    # Through its own column a call finds its lines by index; `org` leads to all of the ledger.
    lines = LedgerEntry.objects.filter(which("call__"), call__org=org).annotate(
        local_day=day_of("call__")
    )
    of_lines = ("call__agent", "call__to_number", "call__channel", "local_day", "component")
    posted = lines.order_by().values_list(*of_lines)
    for agent, number, channel, local_day, component, quantity, amount in posted.annotate(
        Sum("quantity"), Sum("amount_micros")
    ).iterator():
        found.components[component].quantity += quantity
        found.components[component].amount_micros += amount
        minutes = quantity if component == Price.Component.TELEPHONY else 0
        for sums in _sums_of(found, agent, _number(number, channel), local_day):
            sums.minutes += minutes
            sums.amount_micros += amount
    return found


def amount_of(org: Organization, *, begins_at: datetime, ends_at: datetime) -> int:
    """Micro-dollars that the calls of `org` have cost that opened in that time. One read."""
    lines = LedgerEntry.objects.filter(
        call__org=org, call__opened_at__gte=begins_at, call__opened_at__lt=ends_at
    )
    return int(lines.aggregate(sum=Sum("amount_micros", default=0))["sum"])


def open_lines(org: Organization, *, begins_at: datetime, ends_at: datetime) -> int:
    """How many lines of those calls wait for a price. One read."""
    return _open_lines(org, _opened_in(begins_at, ends_at, "call__"))


def open_lines_counted_in(org: Organization, month: date) -> int:
    """As `open_lines`, of the calls that count in the month. One read."""
    return _open_lines(org, _counted_in(month, "call__"))


def _open_lines(org: Organization, which: Q) -> int:
    own = LedgerEntry.objects.filter(which, call__org=org, is_open=True)
    return own.filter(reverses=None, reversed_by=None).count()


def _opened_in(begins_at: datetime, ends_at: datetime, call: str) -> Q:
    return Q(**{f"{call}opened_at__gte": begins_at, f"{call}opened_at__lt": ends_at})


def _counted_in(month: date, call: str) -> Q:
    return counted_between(first_of(month), month_after(month) - timedelta(days=1), call)


def _sums_of(found: MonthOfCalls, agent: int, number: str, day: date) -> tuple[Sums, ...]:
    return found.total, found.agents[agent], found.numbers[number], found.days[day]


def _number(to_number: str, channel: str) -> str:
    return to_number if channel == Call.Channel.PHONE else ""
