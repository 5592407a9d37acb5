"""Callers who were not answered: declined, refused, or in calls that failed."""

from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.permissions import READ
from dashboard.pages import MemberRequest, render_page
from usage.missed.reads import causes_of_day, missed_callers
from usage.records.attempts import LISTED_A_DAY, unlisted_today

PAGE_SIZE: Final = 50
LONGEST_MOMENT: Final = 40


@require_safe
@member_required(READ)
def missed(request: MemberRequest, org_id: str) -> HttpResponse:
    """A page of callers, newest first; `?before=<moment>` is where the previous page ended."""
    before = _moment(request.GET.get("before", ""))
    now = timezone.now()
    found = missed_callers(request.org, before=before, limit=PAGE_SIZE + 1)
    page = found[:PAGE_SIZE]
    home = reverse("dashboard:missed_callers", args=[org_id])
    older = urlencode({"before": page[-1].at.astimezone(UTC).isoformat()}) if page else ""
    context = {
        "callers": page,
        "causes": causes_of_day(request.org, now=now),
        "listed_a_day": LISTED_A_DAY,
        "unlisted": unlisted_today(request.org, now=now),
        "newer_url": home if before is not None else "",
        "older_url": f"{home}?{older}" if len(found) > PAGE_SIZE else "",
    }
    return render_page(request, "missed.html", context)


def _moment(text: str) -> datetime | None:
    """The moment that a link of this page names; None for any other text."""
    try:
        moment = datetime.fromisoformat(text[:LONGEST_MOMENT])
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
