"""Links to one call for people without an account: made and revoked by admins."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.members.access import member_required
from accounts.permissions import SHARE_CALLS
from dashboard.agents.forms import ServiceErrors
from dashboard.bounded_fields import row_number
from dashboard.calls.index import call_or_404
from dashboard.pages import MemberRequest, render_page
from usage.models import Call
from usage.records import recordings
from usage.sharing import links


class ShareForm(ServiceErrors):
    """How long a link is valid, and what it includes."""

    days = forms.IntegerField(
        label=gettext_lazy("Days until the link expires"),
        min_value=1,
        max_value=links.MOST_DAYS,
        initial=7,
        help_text=gettext_lazy("1 to 30 days. You can revoke it earlier."),
    )
    has_recording = forms.BooleanField(
        label=gettext_lazy("Include the recording"),
        required=False,
        help_text=gettext_lazy("Otherwise the link shows only what was said, as text."),
    )


@require_http_methods(["GET", "POST"])
@member_required(SHARE_CALLS)
def share_call(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """List the links to the call, and make one, which is shown once."""
    call = call_or_404(request, call_sid)
    form = ShareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _share, token = links.create(
                call, actor=request.user, now=timezone.now(), **form.cleaned_data
            )
        except ValidationError as refusal:
            form.add_service_errors(refusal)
        else:
            address = settings.TWILIO_APP_URL + reverse("dashboard:shared_call", args=[token])
            return _page(request, call, ShareForm(), address=address)
    return _page(request, call, form, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@member_required(SHARE_CALLS)
def revoke_share(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """Revoke the link `share`; redirects to the list."""
    call = call_or_404(request, call_sid)
    if request.method == "POST":
        share_id = row_number(request.POST.get("share", "")) or 0
        if links.revoke(call, share_id, actor=request.user, now=timezone.now()):
            messages.success(request, _("Link revoked."))
        else:  # twice, or by somebody else meanwhile
            messages.info(request, _("This link is no longer open."))
    return redirect("dashboard:share_call", org_id, call_sid)


def _page(request: MemberRequest, call: Call, form: ShareForm, **more: Any) -> HttpResponse:
    status = more.pop("status", 200)
    if recordings.playable(request.org, call_sid=call.call_sid) is None:
        del form.fields["has_recording"]
    shares = list(links.open_links(call, now=timezone.now()))
    context = {"call": call, "form": form, "shares": shares, "address": "", **more}
    return render_page(request, "share_call.html", context, status=status)
