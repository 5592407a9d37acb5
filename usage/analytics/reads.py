"""Analytics of an organization, for pages and files: each a statement or two over sums."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import ExtractIsoWeekDay

from accounts.models import Organization
from accounts.zones import zone_named
from agents.analysis.gathering import MOST, gathered
from agents.models import Agent
from usage.analytics.figures import Days, Figures, figures_in
from usage.analytics.sums import COLUMNS
from usage.models import CallDay, CallHour, UnansweredQuestion

HOURS: Final = 24
WEEKDAYS: Final = 7
# Of the open questions: of older ones none is looked for.
LOOKED_THROUGH: Final = 2_000
NOTHING: Final = dict.fromkeys(COLUMNS, 0)
_ALL: Final[dict[str, Any]] = {f"sum_{name}": Sum(name) for name in COLUMNS}


@dataclass(frozen=True, slots=True)
class Question:
    """What several callers asked in vain, in the words of the last one, and how many."""

    text: str
    agent: Agent
    count: int


class DailyFigures:
    """The figures of a period's days, and of as many days before it: one statement."""

    def __init__(self, org: Organization, days: Days) -> None:
        self._days = days
        both = Days(days.before.first, days.last)
        read = _hours(org, both).values_list("day").annotate(**_ALL)
        self._sums: dict[date, Sequence[int]] = {day: sums for day, *sums in read}

    @property
    def now(self) -> Figures:
        """Of all calls of the period."""
        return self._over(self._days.each())

    @property
    def before(self) -> Figures:
        """Of all calls of the days before it."""
        return self._over(self._days.before.each())

    @property
    def by_day(self) -> list[tuple[date, Figures]]:
        """Of each day of the period, oldest first, days without calls too."""
        return [(day, self._over([day])) for day in self._days.each()]

    @property
    def by_week(self) -> list[tuple[date, Figures]]:
        """Of each week of the period by its Monday, oldest first; of the first and the last week,
        what lies within the period.
        """
        weeks: dict[date, list[date]] = {}
        for day in self._days.each():
            weeks.setdefault(day - timedelta(days=day.weekday()), []).append(day)
        return [(monday, self._over(days)) for monday, days in weeks.items()]

    def _over(self, days: Iterable[date]) -> Figures:
        found = [self._sums[day] for day in days if day in self._sums]
        totals = map(sum, zip(*found, strict=True))
        return figures_in(dict(zip(COLUMNS, totals, strict=True)) if found else NOTHING)


def figures_of(org: Organization, days: Days) -> Figures:
    """The figures of all calls of the days."""
    return _figures(_hours(org, days).aggregate(**_ALL))


def calls_by_hour(org: Organization, days: Days) -> list[list[int]]:
    """How many calls began in each hour (0 to 23) of each weekday (Monday first)."""
    found = [[0] * HOURS for _weekday in range(WEEKDAYS)]
    read = _hours(org, days).annotate(weekday=ExtractIsoWeekDay("day"))
    for weekday, hour, calls in read.values_list("weekday", "hour").annotate(Sum("calls")):
        found[weekday - 1][hour] = calls
    return found


def figures_by_agent(
    org: Organization, days: Days, *, limit: int | None = None
) -> list[tuple[Agent, Figures]]:
    """The agents with the most calls, `limit` of them; None for all."""
    read = _days(org, days).values("agent").annotate(**_ALL)
    rows = list(read.order_by(F("sum_calls").desc(), "agent")[:limit])
    agents = Agent.objects.filter(org=org).in_bulk([row["agent"] for row in rows])
    return [(agents[row["agent"]], _figures(row)) for row in rows if row["agent"] in agents]


def figures_by_number(
    org: Organization, days: Days, *, limit: int | None = None
) -> list[tuple[str, Figures]]:
    """The numbers that were called most, `limit` of them; None for all."""
    read = (
        _days(org, days).values("number").annotate(**_ALL).order_by(F("sum_calls").desc(), "number")
    )
    return [(row["number"], _figures(row)) for row in read[:limit]]


def top_questions(org: Organization, days: Days, *, limit: int) -> list[Question]:
    """What callers of the days asked in vain, and what nobody has answered yet: most asked first.

    Of the newest LOOKED_THROUGH open questions, MOST of those days. Archived agents learn nothing
    more, so theirs are not among them.
    """
    zone = zone_named(org.time_zone)
    since = datetime.combine(days.first, time.min, zone)
    until = datetime.combine(days.last + timedelta(days=1), time.min, zone)
    state = UnansweredQuestion.State.OPEN
    open_ones = UnansweredQuestion.objects.filter(org=org, state=state, agent__archived_at=None)
    newest = open_ones.order_by("-pk").values("pk")[:LOOKED_THROUGH]
    of_days = UnansweredQuestion.objects.filter(org=org, pk__in=newest, asked_at__gte=since)
    latest = of_days.filter(asked_at__lt=until).order_by("-pk")
    read = list(latest.values_list("pk", "text", "agent_id")[:MOST])
    groups = gathered([(pk, text) for pk, text, _agent in read])[:limit]
    agent_of = {pk: agent_id for pk, _text, agent_id in read}
    ids = {agent_of[group.keys[0]] for group in groups}
    agents = Agent.objects.filter(org=org).in_bulk(ids)
    return [
        Question(group.text, agents[agent_id], len(group.keys))
        for group in groups
        if (agent_id := agent_of[group.keys[0]]) in agents
    ]


def local_today(org: Organization, *, now: datetime) -> date:
    """The day of `now` in the organization's time zone."""
    return now.astimezone(zone_named(org.time_zone)).date()


def _hours(org: Organization, days: Days) -> QuerySet[CallHour]:
    return CallHour.objects.filter(org=org, day__range=(days.first, days.last)).order_by()


def _days(org: Organization, days: Days) -> QuerySet[CallDay]:
    return CallDay.objects.filter(org=org, day__range=(days.first, days.last)).order_by()


def _figures(row: Any) -> Figures:
    return figures_in({name: row[f"sum_{name}"] for name in COLUMNS})
