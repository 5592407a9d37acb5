"""The page of analytics, and its files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.models import Organization
from accounts.permissions import READ
from accounts.zones import UTC
from dashboard.access_audit import record_export, record_questions_read
from dashboard.analytics import day_table
from dashboard.analytics.day_table import OUTCOMES
from dashboard.analytics.periods import PERIODS, Period, period_in
from dashboard.calls.filters import OF_ORGANIZATION
from dashboard.csv_files import csv_file, refused
from dashboard.labels import called, calls_on, duration, percent
from dashboard.pages import MemberRequest, render_page
from dashboard.plots import heat_map, scaled_columns, scaled_top
from usage.analytics import reads
from usage.analytics.figures import Days, Figures, change_in_percent
from voicex.spreadsheets import csv_head, csv_line

QUESTIONS: Final = 10
LISTED: Final = 50  # agents and numbers on the page; files have all
MOST_DAYS_APART: Final = 92  # of more, weeks are shown
# English in every language: other programs look the columns up by name.
COLUMNS: Final = (
    "calls",
    "seconds",
    "answered",
    "message",
    "transferred",
    "not_helped",
    "abandoned",
    "messages",
    "interruptions",
    "contained_percent",
    "median_response_ms",
)


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure and the one of the previous period. change: in percent, None without one."""

    label: str
    value: str
    before: str
    change: int | None


@require_safe
@member_required(READ)
def analytics(request: MemberRequest, org_id: str) -> HttpResponse:
    """The figures of the period that the query names, compared with as many days before it."""
    org = request.org
    today = reads.local_today(org, now=timezone.now())
    period, form = period_in(request.GET, today=today)
    days = period.days
    is_weekly = len(days) > MOST_DAYS_APART
    daily = reads.DailyFigures(org, days)
    by_day = daily.by_week if is_weekly else daily.by_day
    now, before = daily.now, daily.before
    questions = reads.top_questions(org, days, limit=QUESTIONS)
    if questions:
        record_questions_read(request)
    agents = reads.figures_by_agent(org, days, limit=LISTED + 1)
    numbers = reads.figures_by_number(org, days, limit=LISTED + 1)
    top = scaled_top(max(figures.calls for _day, figures in by_day))
    context = {
        "period": period,
        "days": days,
        "said": {
            name: date_format(day, _("j F Y"))
            for name, day in (
                ("first", days.first),
                ("last", days.last),
                ("before", days.before.first),
                ("until", days.before.last),
            )
        },
        "zone": org.time_zone or UTC,
        "form": form,
        "tabs": _tabs(org_id, period),
        "days_query": f"door=phone&first={days.first}&last={days.last}&days={OF_ORGANIZATION}",
        "csv_url": f"{reverse('dashboard:analytics_csv', args=[org_id])}?{period.query}",
        "figures": _compared(now, before),
        "outcomes": _outcomes(now, before),
        "calls": now.calls,
        "day_rows": day_table.rows(reversed(by_day)),
        "is_weekly": is_weekly,
        "plot": scaled_columns(
            [figures.calls for _day, figures in by_day],
            [calls_on(day, figures.calls) for day, figures in by_day],
            top=top,
        ),
        "ticks": [top, top // 2, 0],
        "heat": heat_map(reads.calls_by_hour(org, days)),
        "agents": agents[:LISTED],
        "numbers": numbers[:LISTED],
        "listed": LISTED,
        "has_more_agents": len(agents) > LISTED,
        "has_more_numbers": len(numbers) > LISTED,
        "questions": questions,
    }
    status = 422 if form.errors else 200
    return render_page(request, "analytics.html", context, status=status)


@require_safe
@member_required(READ)
def analytics_csv(request: MemberRequest, org_id: str) -> HttpResponseBase:
    """The figures of the period as a file: by day, or by `?by=` hour, agent, number."""
    today = reads.local_today(request.org, now=timezone.now())
    period, form = period_in(request.GET, today=today)
    if form.errors:
        return refused(form)
    by = request.GET.get("by", "")
    by = by if by in ("hour", "agent", "number") else "day"
    first, last = period.days.first, period.days.last
    record_export(request, "usage", f"analytics by {by}, {first} to {last}")
    name = f"analytics-{by}-{first:%Y-%m-%d}-{last:%Y-%m-%d}.csv"
    return csv_file(name, _csv(request.org, period.days, by))


def _tabs(org_id: str, period: Period) -> list[dict[str, object]]:
    home = reverse("dashboard:analytics", args=[org_id])
    return [
        {"url": f"{home}?period={name}", "label": label, "is_current": name == period.name}
        for name, (_days, label) in PERIODS.items()
    ]


def _compared(now: Figures, before: Figures) -> list[Compared]:
    def figure(label: str, name: str, words: Any = number_format) -> Compared:
        value, former = getattr(now, name), getattr(before, name)
        change = None if value is None else change_in_percent(value, former or 0)
        said, before_said = (_none() if each is None else words(each) for each in (value, former))
        return Compared(label, said, before_said, change)

    return [
        figure(_("calls"), "calls"),
        figure(_("minutes"), "minutes"),
        figure(_("handled by the agent alone"), "contained", percent),
        figure(_("median response time"), "median_ms", _seconds),
        figure(_("mean length"), "seconds_a_call", duration),
        figure(_("messages"), "messages"),
        figure(_("interruptions"), "interruptions"),
    ]


def _outcomes(now: Figures, before: Figures) -> list[dict[str, object]]:
    return [
        {
            "name": name,
            "label": label,
            "calls": getattr(now, name),
            "percent": round(100 * getattr(now, name) / now.calls) if now.calls else 0,
            "before": getattr(before, name),
        }
        for name, label in OUTCOMES
    ]


def _none() -> str:
    return "\u2013"


def _seconds(milliseconds: int) -> str:
    return f"{number_format(Decimal(milliseconds) / 1000, 2)} s"


def _csv(org: Organization, days: Days, by: str) -> Iterator[str]:
    if by == "hour":
        yield csv_head(("weekday", "hour", "calls"))
        for weekday, hours in enumerate(reads.calls_by_hour(org, days), 1):
            for hour, calls in enumerate(hours):
                yield csv_line((weekday, hour, calls))
        return
    rows: list[tuple[date | str, Figures]] = []
    if by == "day":
        rows += reads.DailyFigures(org, days).by_day
    elif by == "agent":
        found = reads.figures_by_agent(org, days, limit=None)
        rows += [(agent.name, figures) for agent, figures in found]
    else:
        of_numbers = reads.figures_by_number(org, days, limit=None)
        rows += [(called(number), figures) for number, figures in of_numbers]
    yield csv_head((by, *COLUMNS))
    for key, figures in rows:
        named = key.isoformat() if isinstance(key, date) else key
        yield csv_line((named, *_cells(figures)))


def _cells(figures: Figures) -> Iterator[int | str]:
    for name in COLUMNS[:-2]:
        yield getattr(figures, name)
    for value in (figures.contained, figures.median_ms):
        yield "" if value is None else value
