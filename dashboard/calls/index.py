"""The list of calls: filtered, searched, paged by key, saved as views, and as a CSV file."""

from collections.abc import AsyncIterator
from typing import Final

from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.members.access import member_required
from accounts.permissions import READ
from dashboard.access_audit import record_export
from dashboard.bounded_fields import row_number
from dashboard.calls.filters import CallFilterForm
from dashboard.csv_files import csv_file
from dashboard.pages import MemberRequest, render_page
from usage.models import Call
from usage.reads import calls as selectors
from usage.reads.call_search import LOOKED_THROUGH, CallFilter, CallPage, search_calls
from usage.reads.csv_rows import csv_head_of, csv_rows, declared_fields
from usage.saved_views import MAX_VIEWS, delete_view, save_view, views_of
from voicex.spreadsheets import csv_head, csv_line

PAGE_SIZE: Final = 25
EXPORT_PAGE: Final = 500
EXPORT_PAGE_OF_WORDS: Final = 20  # with transcripts, of up to a million characters each


@require_safe
@member_required(READ)
def calls(request: MemberRequest, org_id: str) -> HttpResponse:
    """A page of calls; `?before=` and `?after=<CallSid>`: the end of the adjacent page."""
    form = CallFilterForm(request.GET, org=request.org)
    query = form.query()
    views = list(views_of(request.org, user=request.user)[:MAX_VIEWS])
    context = {
        "form": form,
        "query": query,
        "views": views,
        "view": next((view for view in views if view.query == query), None),
    }
    if not form.is_valid():
        return render_page(request, "calls.html", context, status=422)
    page = _page(request, form.wanted())
    home = reverse("dashboard:calls", args=[org_id])
    base = f"{home}?{query}&" if query else f"{home}?"
    context |= {
        "calls": page.calls,
        "looked_back_to": page.looked_back_to,
        "looked_through": LOOKED_THROUGH,
        "newer_url": f"{base}after={page.newer}" if page.newer else "",
        "older_url": f"{base}before={page.older}" if page.older else "",
        "is_first_page": not request.GET.keys() & {"before", "after"},
    }
    return render_page(request, "calls.html", context)


@require_safe
@member_required(READ)
def calls_csv(request: MemberRequest, org_id: str) -> HttpResponseBase:
    """All calls that match the filters, as a streamed file.

    `?transcripts=1` adds the transcripts, by far the largest part of the file.
    """
    form = CallFilterForm(request.GET, org=request.org)
    if not form.is_valid():
        return redirect(f"{reverse('dashboard:calls', args=[org_id])}?{form.query()}")
    wanted = form.wanted()
    has_transcript = request.GET.get("transcripts") == "1"
    fields = declared_fields(request.org, agent=wanted.agent)
    language = get_language() or django_settings.LANGUAGE_CODE

    most = EXPORT_PAGE_OF_WORDS if has_transcript else EXPORT_PAGE

    def part(before: Call | None) -> tuple[str, Call | None]:
        page = search_calls(request.org, wanted, limit=most, before=before)
        with override(language):  # it is written when the request's own is over
            rows = csv_rows(request.org, page.calls, fields=fields, has_transcript=has_transcript)
            text = "".join(csv_line(row) for row in rows)
        return (
            text,
            selectors.call_of(request.org, call_sid=page.older) if page.older else None,
        )

    async def lines() -> AsyncIterator[str]:
        yield csv_head(csv_head_of(fields, has_transcript=has_transcript))
        before, is_done = None, False
        while not is_done:
            text, before = await sync_to_async(part)(before)
            is_done = before is None
            yield text

    what = form.query_for_audit()
    record_export(request, "calls", f"{what} with transcripts" if has_transcript else what)
    return csv_file(f"calls-{timezone.localtime():%Y-%m-%d}.csv", lines())


@require_http_methods(["GET", "POST"])
@member_required(READ)
def saved_views(request: MemberRequest, org_id: str) -> HttpResponse:
    """Save the filters of `query` under `name`, or `delete` a view; redirects to the list.

    A view with that name is overwritten. Only the member's own views can be deleted.
    """
    home = reverse("dashboard:calls", args=[org_id])
    if request.method == "GET":
        return redirect(home)
    # Only what the form knows is kept, and led to.
    query = CallFilterForm(QueryDict(request.POST.get("query", "")), org=request.org).query()
    page = f"{home}?{query}" if query else home
    if unwanted := request.POST.get("delete"):
        view_id = row_number(unwanted) or 0
        if not delete_view(request.org, user=request.user, view_id=view_id):
            raise Http404("No such view")
        messages.success(request, _("View deleted."))
        return redirect(page)
    name = request.POST.get("name", "").strip()
    try:
        save_view(request.org, user=request.user, name=name, query=query)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("View saved. Only you can see it."))
    return redirect(page)


def _page(request: MemberRequest, wanted: CallFilter) -> CallPage:
    edges = {
        name: call_or_404(request, sid)
        for name in ("before", "after")
        if (sid := request.GET.get(name))
    }
    return search_calls(request.org, wanted, limit=PAGE_SIZE, **edges)


def call_or_404(request: MemberRequest, call_sid: str) -> Call:
    """The organization's call with that CallSid. Raises Http404."""
    found = selectors.call_of(request.org, call_sid=call_sid)
    if found is None:
        raise Http404("No such call")
    return found
