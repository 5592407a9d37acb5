"""Tags and notes on the page of a call: added and removed by members."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.members.access import member_required
from accounts.permissions import ANNOTATE_CALLS, DELETE_RECORDINGS
from dashboard.bounded_fields import row_number
from dashboard.calls.index import call_or_404
from dashboard.calls.page import render_call
from dashboard.navigation import back_to
from dashboard.pages import MemberRequest
from usage.annotations import notes, tags
from usage.annotations.reads import note_of


@require_http_methods(["GET", "POST"])
@member_required(ANNOTATE_CALLS)
def change_tags(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """Add the tag `add` to the call, or remove the tag `remove`; redirects to its page."""
    call = call_or_404(request, call_sid)
    if unwanted := request.POST.get("remove"):
        tags.remove(call, unwanted, actor=request.user)
    elif request.method == "POST":
        try:
            tags.add(call, request.POST.get("add", ""), actor=request.user, now=timezone.now())
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
    return redirect(back_to(request, reverse("dashboard:call", args=[org_id, call_sid])))


@require_http_methods(["GET", "POST"])
@member_required(ANNOTATE_CALLS)
def change_notes(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """Add the note `add` to the call, or delete the one `remove`; redirects to its page. If it is
    refused, the page shows the text of the note again.

    A member may delete their own notes; one who may delete recordings may delete all.
    """
    call = call_or_404(request, call_sid)
    if unwanted := request.POST.get("remove"):
        note = note_of(call, row_number(unwanted) or 0)
        if note is None:
            raise Http404("No such note")
        may_remove_others = request.membership.is_at_least(DELETE_RECORDINGS)
        notes.remove(note, actor=request.user, may_remove_others=may_remove_others)
        messages.success(request, _("Note removed."))
    elif request.method == "POST":
        text = request.POST.get("add", "")
        try:
            notes.add(call, text, actor=request.user, now=timezone.now())
        except ValidationError as refusal:
            problem = " ".join(refusal.messages)
            return render_call(request, call, note_text=text, note_problem=problem)
        messages.success(request, _("Note saved."))
    return redirect(back_to(request, reverse("dashboard:call", args=[org_id, call_sid])))
