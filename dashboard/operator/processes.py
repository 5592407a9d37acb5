"""An operator has a media process drain (`telephony.process.draining.orders`)."""

from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.operator.pages import OperatorRequest, operator_required, render_page
from dashboard.reauthentication import fresh_login_required
from telephony.models import ProcessReport
from telephony.process.draining.orders import Outcome, is_last, order_drain
from telephony.process.reports import reports

# A field of the question about the only process: what happens to its callers was said.
LAST: Final = "last"


@operator_required
@fresh_login_required
def drain_process(request: OperatorRequest, report_id: int) -> HttpResponse:
    """Ask, then order the process to drain."""
    now = timezone.now()
    if request.method != "POST":
        report = get_object_or_404(reports(now=now), pk=report_id)
        return _question(request, report, is_the_last=is_last(report, now=now))
    outcome = order_drain(report_id, actor=request.user, may_be_last=LAST in request.POST, now=now)
    if outcome is Outcome.IS_LAST:  # the others have left since the question
        report = get_object_or_404(reports(now=now), pk=report_id)
        return _question(request, report, is_the_last=True, status=409)
    if outcome is Outcome.ORDERED:
        messages.success(request, _("The process was told to drain."))
    elif outcome is Outcome.LEAVES:
        messages.info(request, _("The process is draining already."))
    else:
        messages.warning(request, _("The process has ended already. Nothing was changed."))
    return redirect("operator:home")


def _question(
    request: OperatorRequest, report: ProcessReport, *, is_the_last: bool, status: int = 200
) -> HttpResponse:
    context = {
        "report": report,
        "is_the_last": is_the_last,
        "last": LAST,
        "seconds": settings.DRAIN_SECONDS,
    }
    return render_page(request, "drain_process.html", context, status=status)
