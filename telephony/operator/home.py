"""Now: how much room the media processes have, and whose calls go on."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from telephony.models import ProcessReport
from telephony.operator.pages import OperatorRequest, operator_required, render_page
from telephony.process_reports import is_stale, reports
from usage import platform

FULL, NEARLY_FULL = 1.0, 0.8


@dataclass(frozen=True, slots=True)
class Process:
    """One media process as the page shows it; `kind` colours its bar."""

    report: ProcessReport
    is_stale: bool

    @property
    def kind(self) -> str:
        """The bar's kind: "", "warn" from four fifths on, "bad" without room."""
        share = self.report.calls / max(self.report.most_calls, 1)
        if share >= FULL or self.is_stale:
            return "bad"
        return "warn" if share >= NEARLY_FULL or self.report.is_draining else ""


@require_safe
@operator_required
def home(request: OperatorRequest) -> HttpResponse:
    """Processes with their room, and live calls by organization; who says what stays unseen."""
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
        "live_calls": sum(each.calls for each in live),
    }
    return render_page(request, "home.html", context, part="_now.html")
