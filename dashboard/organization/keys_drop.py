"""Revoking a key together with the calls that came in with it: for a key that was stolen."""

from collections.abc import Sequence

import structlog
from asgiref.sync import async_to_sync
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.keys import api_keys
from accounts.members.access import member_required, record
from accounts.models import ApiKey, Organization
from accounts.permissions import MANAGE_KEYS
from dashboard.organization.keys import key_or_404
from dashboard.pages import MemberRequest, render_page
from dashboard.reauthentication import fresh_login_required
from telephony.calls import live_desk
from usage.billing.settlement import note_end
from usage.models import Call
from usage.quota.quotas import with_slot
from voicex.reasons.ends import EndReason

log = structlog.get_logger(__name__)


@member_required(MANAGE_KEYS)
@fresh_login_required
def drop_key(request: MemberRequest, org_id: str, prefix: str) -> HttpResponse:
    """Ask, then refuse this key and end the calls that hold it."""
    key = key_or_404(request, prefix)
    if request.method == "POST":
        # First the key, or a new call slips in behind the ones that are ended.
        api_keys.revoke_key(request.org, key=key, actor=request.user)
        _drop_calls(request, key)
        return redirect("dashboard:keys", org_id)
    count = _calls_of(request.org, key).filter(with_slot(timezone.now())).count()
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


def _drop_calls(request: MemberRequest, key: ApiKey) -> None:
    calls = list(_calls_of(request.org, key))
    for call in calls:
        record(request.org, actor=request.user, action="call.hung_up", target=call.call_sid)
        # Where nobody carries it yet it is over, and its ticket opens no stream any more. A
        # process that carries it finds this with its next heartbeat, should the order be lost.
        note_end(call.pk, reason=EndReason.KEY_REVOKED, now=timezone.now())
    try:
        async_to_sync(_order_all)([call.pk for call in calls])
    except Exception as error:  # a door: the channel layer raises whatever its client does
        log.error("order_not_sent", order=live_desk.HANG_UP, error=type(error).__name__)
        told = _(
            "%(key)s is revoked. The servers that carry its calls cannot be reached; the calls end "
            "within seconds."
        )
        messages.warning(request, told % {"key": key})
        return
    told = ngettext(
        "%(key)s is revoked; %(count)d call is being ended.",
        "%(key)s is revoked; %(count)d calls are being ended.",
        len(calls),
    )
    messages.success(request, told % {"key": key, "count": len(calls)})


def _calls_of(org: Organization, key: ApiKey) -> QuerySet[Call]:
    """The calls of a key that are not over, carried by a process or not."""
    return Call.objects.filter(org=org, api_key=key, ended_at=None).order_by("pk")


async def _order_all(call_ids: Sequence[int]) -> None:
    # To all of them, live by the database or not: a stream may have opened meanwhile.
    for call_id in call_ids:
        await live_desk.order(call_id, live_desk.HANG_UP)
