"""The current capacity of the media processes, and the organizations with live calls."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Organization
from agents.models import Agent
from dashboard.operator.pages import OperatorRequest, operator_required, render_page
from telephony.models import ProcessReport
from telephony.process.reports import is_stale, reports
from usage.billing import open_lines
from usage.reads import platform
from usage.records import dead_letters, recordings

FULL, NEARLY_FULL = 1.0, 0.8
MOST_STALLS = 10


@dataclass(frozen=True, slots=True)
class Process:
    """One media process as the page shows it; `kind` colours its bar."""

    report: ProcessReport
    is_stale: bool

    @property
    def kind(self) -> str:
        """The bar's kind: "", "warn" from four fifths on, "bad" without capacity."""
        share = self.report.calls / max(self.report.most_calls, 1)
        if share >= FULL or self.is_stale:
            return "bad"
        return "warn" if share >= NEARLY_FULL or self.report.is_leaving else ""

    @property
    def may_drain(self) -> bool:
        """Whether an order to drain would reach it."""
        return not (self.is_stale or self.report.is_leaving)


@dataclass(frozen=True, slots=True)
class Stall:
    """One stall of a process, as the page shows it."""

    process: str
    at: datetime
    ms: int
    org: Organization | None
    agent: Agent | None
    stack: tuple[str, ...]


@require_safe
@operator_required
def home(request: OperatorRequest) -> HttpResponse:
    """Processes with their capacity, and live calls by organization, without their content."""
    now = timezone.now()
    processes = [Process(report, is_stale(report, now=now)) for report in reports(now=now)]
    heard = [each.report for each in processes if not each.is_stale]
    live = platform.live_calls(now=now)
    context = {
        "processes": processes,
        "silent": len(processes) - len(heard),
        "carried": sum(report.calls for report in heard),
        "room": sum(report.room for report in heard),
        "live": live,
        "stalls": _stalls(heard),
        "live_calls": sum(each.calls for each in live),
        "failed_recordings": recordings.failures(since=now - timedelta(days=1)),
        "open_lines": open_lines.waiting(),
        "refused_records": dead_letters.count_of(dead_letters.waiting()),
    }
    return render_page(request, "home.html", context, part="_now.html")


def _stalls(heard: list[ProcessReport]) -> list[Stall]:
    """When processes stalled in the last hour or so, newest first, and for which organization."""
    told = [(report.name, stall) for report in heard for stall in report.stalls]
    org_ids = {stall["org_id"] for _, stall in told}
    agent_ids = {stall["agent_id"] for _, stall in told}
    orgs = {org.public_id: org for org in Organization.objects.filter(public_id__in=org_ids)}
    agents = Agent.objects.filter(public_id__in=agent_ids).select_related("org")
    agents_by_id = {agent.public_id: agent for agent in agents}
    stalls = [
        Stall(
            process=name,
            at=datetime.fromtimestamp(stall["at"], UTC),
            ms=stall["ms"],
            org=orgs.get(stall["org_id"]),
            agent=agents_by_id.get(stall["agent_id"]),
            stack=tuple(stall["stack"]),
        )
        for name, stall in told
    ]
    return sorted(stalls, key=lambda stall: stall.at, reverse=True)[:MOST_STALLS]
