"""Revoking a stolen key together with the calls that came in with it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.members.access import member_required
from accounts.models import ApiKey
from accounts.permissions import MANAGE_KEYS
from dashboard.organization.keys import key_or_404
from dashboard.pages import MemberRequest, render_page
from dashboard.reauthentication import fresh_login_required
from telephony.calls import hanging_up


@member_required(MANAGE_KEYS)
@fresh_login_required
def drop_key(request: MemberRequest, org_id: str, prefix: str) -> HttpResponse:
    """Ask, then revoke this key and end the calls that came in with it."""
    key = key_or_404(request, prefix)
    if request.method == "POST":
        _drop(request, key)
        return redirect("dashboard:keys", org_id)
    calls = hanging_up.in_progress(key)
    consequence = ngettext(
        "%(count)d call in progress uses this key. It ends immediately, even in the middle of a "
        "sentence. Numbers with this key stop being answered. This can’t be undone.",
        "%(count)d calls in progress use this key. They end immediately, even in the middle of a "
        "sentence. Numbers with this key stop being answered. This can’t be undone.",
        calls.with_agent,
    ) % {"count": calls.with_agent}
    if calls.with_person:
        asked = ngettext(
            "%(count)d caller is being put through, or talks to a person: Twilio is asked to end "
            "that call.",
            "%(count)d callers are being put through, or talk to a person: Twilio is asked to end "
            "those calls.",
            calls.with_person,
        )
        consequence += " " + asked % {"count": calls.with_person}
    if calls.staying:
        consequence += " " + _staying(calls.staying)
    context = {
        "question": _("Revoke key %(key)s and end its calls?") % {"key": key},
        "consequence": consequence,
        "action": _("Revoke and end calls"),
        "is_dangerous": True,
        "back": reverse("dashboard:key", args=[org_id, prefix]),
    }
    return render_page(request, "confirm.html", context)


def _drop(request: MemberRequest, key: ApiKey) -> None:
    dropped = hanging_up.drop_key(request.org, key=key, actor=request.user, now=timezone.now())
    if not dropped.is_ordered:
        told = _(
            "%(key)s is revoked. The servers with its calls can’t be reached, so the calls end "
            "within seconds."
        )
        messages.warning(request, told % {"key": key})
    else:
        told = ngettext(
            "%(key)s is revoked. %(count)d call is being ended.",
            "%(key)s is revoked. %(count)d calls are being ended.",
            dropped.calls,
        )
        messages.success(request, told % {"key": key, "count": dropped.calls})
    if dropped.staying:
        messages.warning(request, _staying(dropped.staying))


def _staying(count: int) -> str:
    told = ngettext(
        "%(count)d caller is being put through, or talks to a person, and stays connected, as no "
        "auth token of that Twilio account is stored: end the call in Twilio’s Console.",
        "%(count)d callers are being put through, or talk to a person, and stay connected, as no "
        "auth token of their Twilio account is stored: end the calls in Twilio’s Console.",
        count,
    )
    return told % {"count": count}
