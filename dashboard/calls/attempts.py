"""The log of requests at the voice webhook, newest first, paged by key."""

from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.permissions import READ
from dashboard.bounded_fields import row_number
from dashboard.pages import MemberRequest, render_page
from usage.reads.calls import attempts_of
from usage.records.attempts import LISTED_A_DAY, unlisted_today

PAGE_SIZE: Final = 50


@require_safe
@member_required(READ)
def attempts(request: MemberRequest, org_id: str) -> HttpResponse:
    """A page of requests; `?before=<number>` is where the previous page ended."""
    before = row_number(request.GET.get("before", ""))
    found = list(attempts_of(request.org, before=before, limit=PAGE_SIZE + 1))
    page = found[:PAGE_SIZE]
    home = reverse("dashboard:attempts", args=[org_id])
    context = {
        "attempts": page,
        "listed_a_day": LISTED_A_DAY,
        "unlisted": unlisted_today(request.org, now=timezone.now()),
        "newest_url": home if before is not None else "",
        "older_url": f"{home}?{urlencode({'before': page[-1].pk})}"
        if len(found) > PAGE_SIZE
        else "",
    }
    return render_page(request, "attempts.html", context)
