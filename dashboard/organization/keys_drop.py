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
from usage.models import Call
from usage.quota.quotas import with_slot


@member_required(MANAGE_KEYS)
@fresh_login_required
def drop_key(request: MemberRequest, org_id: str, prefix: str) -> HttpResponse:
    """Ask, then revoke this key and end the calls that came in with it."""
    key = key_or_404(request, prefix)
    if request.method == "POST":
        _drop(request, key)
        return redirect("dashboard:keys", org_id)
    holding = Call.objects.filter(with_slot(timezone.now()), org=request.org, api_key=key)
    count = holding.filter(ended_at=None).count()
    consequence = ngettext(
        "%(count)d call in progress uses this key. It ends immediately, even in the middle of a "
        "sentence. Numbers with this key stop being answered. This can’t be undone.",
        "%(count)d calls in progress use this key. They end immediately, even in the middle of a "
        "sentence. Numbers with this key stop being answered. This can’t be undone.",
        count,
    )
    context = {
        "question": _("Revoke key %(key)s and end its calls?") % {"key": key},
        "consequence": consequence % {"count": count},
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
        return
    told = ngettext(
        "%(key)s is revoked. %(count)d call is being ended.",
        "%(key)s is revoked. %(count)d calls are being ended.",
        dropped.calls,
    )
    messages.success(request, told % {"key": key, "count": dropped.calls})
