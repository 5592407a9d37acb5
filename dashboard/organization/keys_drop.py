"""Revoking a key together with the calls that came in with it: for a key that was stolen."""

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
    """Ask, then refuse this key and end the calls that hold it."""
    key = key_or_404(request, prefix)
    if request.method == "POST":
        _drop(request, key)
        return redirect("dashboard:keys", org_id)
    holding = Call.objects.filter(with_slot(timezone.now()), org=request.org, api_key=key)
    count = holding.filter(ended_at=None).count()
    consequence = ngettext(
        "%(count)d call goes on with it and ends at once, in the middle of a sentence if need be. "
        "Its numbers stop being answered. This cannot be undone.",
        "%(count)d calls go on with it and end at once, in the middle of a sentence if need be. "
        "Its numbers stop being answered. This cannot be undone.",
        count,
    )
    context = {
        "question": _("Revoke the key %(key)s and end its calls?") % {"key": key},
        "consequence": consequence % {"count": count},
        "action": _("Revoke and end the calls"),
        "is_dangerous": True,
        "back": reverse("dashboard:key", args=[org_id, prefix]),
    }
    return render_page(request, "confirm.html", context)


def _drop(request: MemberRequest, key: ApiKey) -> None:
    dropped = hanging_up.drop_key(request.org, key=key, actor=request.user, now=timezone.now())
    if not dropped.is_ordered:
        told = _(
            "%(key)s is revoked. The servers that carry its calls cannot be reached; the calls end "
            "within seconds."
        )
        messages.warning(request, told % {"key": key})
        return
    told = ngettext(
        "%(key)s is revoked; %(count)d call is being ended.",
        "%(key)s is revoked; %(count)d calls are being ended.",
        dropped.calls,
    )
    messages.success(request, told % {"key": key, "count": dropped.calls})
