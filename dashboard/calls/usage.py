"""Usage and charges of a period, as a page and as a file."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.models import Organization
from accounts.permissions import READ
from accounts.zones import UTC
from dashboard.access_audit import record_export
from dashboard.csv_files import csv_file
from dashboard.labels import calls_on, dollars_on
from dashboard.pages import MemberRequest, render_page
from dashboard.plots import Column, columns
from usage.quota.notices import latest_notice
from usage.quota.plans import allowance_of
from usage.reads.sums import (
    DayOfUsage,
    Period,
    Requests,
    requests_by_day,
    usage_by_agent,
    usage_by_component,
    usage_by_day,
    usage_lines,
)
from voicex.spreadsheets import csv_head, csv_line

# The periods one can choose, by their name in the address; 0: the month so far.
PERIODS: Final[Mapping[str, tuple[int, Promise]]] = {
    "7": (7, _("7 days")),
    "30": (30, _("30 days")),
    "90": (90, _("90 days")),
    "month": (0, _("This month")),
}
DEFAULT_PERIOD: Final = "30"
# English in every language: other programs look the columns up by name.
HEAD: Final = ("day", "agent", "door", "component", "quantity", "unit", "charged_usd")


@require_safe
@member_required(READ)
def usage(request: MemberRequest, org_id: str) -> HttpResponse:
    """The period that `?period=` names, by day, by agent and by component."""
    now = timezone.now()
    name, period = chosen_period(request, now=now)
    days = usage_by_day(request.org, period)
    agents = usage_by_agent(request.org, period)
    components = usage_by_component(request.org, period)
    counted = requests_by_day(request.org, period)
    context = {
        "period": period,
        "zone": request.org.time_zone or UTC,
        "tabs": _tabs(org_id, name),
        "csv_url": f"{reverse('dashboard:usage_csv', args=[org_id])}?period={name}",
        "ledger_files": [
            (label, f"{reverse(f'dashboard:{route}', args=[org_id])}?period={name}")
            for label, route in (("CSV", "ledger_csv"), ("JSON", "ledger_jsonl"))
        ],
        "allowance": allowance_of(request.org, now=now),
        "notice": latest_notice(request.org, now=now),
        "days": [(day, counted.get(day.day, Requests())) for day in days],
        "calls_plot": columns(
            [day.calls for day in days], [calls_on(day.day, day.calls) for day in days]
        ),
        "charges_plot": _charges_plot(days),
        "most_calls": max(day.calls for day in days),
        "most_charged_a_day": max(day.amount_micros for day in days),
        "agents": agents,
        "most_minutes": max((each.minutes for each in agents), default=0),
        "components": components,
        "most_charged": max((each.amount_micros for each in components), default=0),
        "calls": sum(day.calls for day in days),
        "minutes": sum(day.minutes for day in days),
        "amount_micros": sum(day.amount_micros for day in days),
        "requests": _total(counted),
    }
    return render_page(request, "usage.html", context)


@require_safe
@member_required(READ)
def usage_csv(request: MemberRequest, org_id: str) -> HttpResponseBase:
    """The sums of the page: a line for each day, agent, channel and component.

    Some 50 bytes a line, so a hundred busy agents make 3 MB in 90 days.
    """
    _name, period = chosen_period(request, now=timezone.now())
    record_export(request, "usage", f"{period.first} to {period.last}")
    name = f"usage-{period.first:%Y-%m-%d}-{period.last:%Y-%m-%d}.csv"
    return csv_file(name, _csv(request.org, period))


def chosen_period(request: MemberRequest, *, now: datetime) -> tuple[str, Period]:
    """The period that `?period=` names, with its name; DEFAULT_PERIOD for an unknown one."""
    name = request.GET.get("period", "")
    if name not in PERIODS:
        name = DEFAULT_PERIOD
    days, _label = PERIODS[name]
    zone = request.org.time_zone
    if days:
        return name, Period.of_days(days, now=now, zone=zone)
    return name, Period.of_month(now=now, zone=zone)


def _tabs(org_id: str, chosen: str) -> list[dict[str, object]]:
    home = reverse("dashboard:usage", args=[org_id])
    return [
        {"url": f"{home}?period={name}", "label": label, "is_current": name == chosen}
        for name, (_days, label) in PERIODS.items()
    ]


def _charges_plot(days: Sequence[DayOfUsage]) -> list[Column]:
    # A correction can leave a day below nothing; a column cannot show that, the table does.
    return columns(
        [max(day.amount_micros, 0) for day in days],
        [dollars_on(day.day, day.amount_micros) for day in days],
    )


def _total(requests: Mapping[date, Requests]) -> Requests:
    return Requests(
        answered=sum(each.answered for each in requests.values()),
        declined=sum(each.declined for each in requests.values()),
        refused=sum(each.refused for each in requests.values()),
    )


def _csv(org: Organization, period: Period) -> Iterator[str]:
    yield csv_head(HEAD)
    for line in usage_lines(org, period):
        yield csv_line(
            (
                line.day.isoformat(),
                line.agent,
                line.channel,
                line.component,
                line.quantity,
                line.unit,
                Decimal(line.amount_micros).scaleb(-6),
            )
        )
