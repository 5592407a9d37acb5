"""What was used and charged, and the log of webhook requests."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import member_required
from telephony.dashboard.pages import MemberRequest, render_page
from telephony.dashboard.permissions import READ
from telephony.dashboard.plots import columns
from telephony.dashboard.words import dollars
from usage import selectors

DAYS = 30
ATTEMPTS_SHOWN = 50


@require_safe
@member_required(READ)
def usage(request: MemberRequest, org_id: str) -> HttpResponse:
    """The last 30 days, by day and by component."""
    days = selectors.usage_by_day(request.org, days=DAYS)
    context = {
        "days": days,
        "today": days[-1].day,
        "columns": columns(
            [max(day.amount_micros, 0) for day in days],
            [
                f"{day.day:%a %d %b}: {dollars(day.amount_micros)}, {day.calls} calls"
                for day in days
            ],
        ),
        "components": selectors.usage_by_component(request.org, days=DAYS),
        "calls": sum(day.calls for day in days),
        "minutes": sum(day.minutes for day in days),
        "amount_micros": sum(day.amount_micros for day in days),
    }
    return render_page(request, "usage.html", context)


@require_safe
@member_required(READ)
def attempts(request: MemberRequest, org_id: str) -> HttpResponse:
    """What became of the latest requests at the voice webhook."""
    found = selectors.attempts_of(request.org, limit=ATTEMPTS_SHOWN)
    return render_page(request, "attempts.html", {"attempts": found})
