"""The log of deliveries to an outgoing webhook, with a button to send again."""

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.permissions import MANAGE_HOOKS, SEE_HOOKS
from dashboard import labels
from dashboard.access_audit import record_messages_read
from dashboard.bounded_fields import row_number
from dashboard.hooks.endpoints import endpoint_or_404, may_change_soon, secret_to_show
from dashboard.hooks.labels import problem_of
from dashboard.navigation import back_to, on_the_way
from dashboard.pages import MemberRequest, render_page
from usage.hooks import endpoints
from usage.models import HookDelivery, HookEndpoint
from usage.privacy.access_audit import record_transcript_read
from usage.reads.hooks import COUNTED, dead_count, delivery_of, search_deliveries

PAGE_SIZE: Final = 25
State = HookDelivery.State
# What `?show=` says, with the state that it shows.
SHOWN: Final[dict[str, tuple[str | Promise, HookDelivery.State | None]]] = {
    "": (gettext_lazy("All"), None),
    "waiting": (gettext_lazy("Waiting"), State.WAITING),
    "failed": (gettext_lazy("Failed"), State.DEAD),
}


@dataclass(frozen=True, slots=True)
class Tab:
    """A link to deliveries of one state. count: text, None for none."""

    label: str | Promise
    url: str
    is_current: bool
    count: str | None = None


@require_safe
@never_cache
@member_required(SEE_HOOKS)
def hook(request: MemberRequest, org_id: str, hook_id: str) -> HttpResponse:
    """A webhook with its log: `?show=waiting|failed`, `?before=` end of the previous page."""
    endpoint = endpoint_or_404(request, hook_id)
    show = request.GET.get("show", "")
    show = show if show in SHOWN else ""
    before = row_number(request.GET.get("before", ""))
    page = search_deliveries(
        request.org, endpoint, state=SHOWN[show][1], before=before, limit=PAGE_SIZE
    )
    dead = dead_count(request.org, endpoint)
    context = {
        "endpoint": endpoint,
        "secret": secret_to_show(request, endpoint),
        "former_until": _former_until(endpoint),
        "events": [event.label for event in HookDelivery.Event if event in endpoint.events],
        "found": [(each, problem_of(each.problem, each.status)) for each in page.deliveries],
        "dead": dead,
        "tabs": _tabs(endpoint, org_id, show, dead=dead),
        "newer_url": _url(org_id, endpoint, show) if before is not None else "",
        "older_url": _url(org_id, endpoint, show, before=page.older) if page.older else "",
    }
    return render_page(request, "hook.html", context)


@require_safe
@member_required(SEE_HOOKS)
def hook_delivery(
    request: MemberRequest, org_id: str, hook_id: str, delivery_id: int
) -> HttpResponse:
    """One delivery: its content and the last response."""
    endpoint = endpoint_or_404(request, hook_id)
    delivery = delivery_of(request.org, endpoint, delivery_id)
    if delivery is None:
        raise Http404("No such delivery")
    if delivery.event == HookDelivery.Event.MESSAGE_TAKEN:
        record_messages_read(request)
    elif delivery.event == HookDelivery.Event.CALL_ANALYSED and delivery.call:
        record_transcript_read(delivery.call, actor=request.user, now=timezone.now())
    context = {
        "endpoint": endpoint,
        "delivery": delivery,
        "problem": problem_of(delivery.problem, delivery.status),
        "body": json.dumps(json.loads(delivery.body), ensure_ascii=False, indent=2),
        "log_url": back_to(request, reverse("dashboard:hook", args=[org_id, hook_id])),
    }
    return render_page(request, "hook_delivery.html", context)


@member_required(MANAGE_HOOKS)
def send_hook_again(
    request: MemberRequest, org_id: str, hook_id: str, delivery_id: int
) -> HttpResponse:
    """Send one delivery again; redirects to its page."""
    endpoint = endpoint_or_404(request, hook_id)
    if delivery_of(request.org, endpoint, delivery_id) is None:
        raise Http404("No such delivery")
    if request.method == "POST":
        _send_again(request, endpoint, delivery_id=delivery_id)
    page = reverse("dashboard:hook_delivery", args=[org_id, hook_id, delivery_id])
    return redirect(on_the_way(request, page))


@member_required(MANAGE_HOOKS)
def send_hooks_again(request: MemberRequest, org_id: str, hook_id: str) -> HttpResponse:
    """Send all failed deliveries of a webhook again."""
    endpoint = endpoint_or_404(request, hook_id)
    if request.method == "POST":
        _send_again(request, endpoint, delivery_id=None)
    return redirect(back_to(request, reverse("dashboard:hook", args=[org_id, hook_id])))


def _send_again(request: MemberRequest, endpoint: HookEndpoint, *, delivery_id: int | None) -> None:
    is_on = endpoint.state == HookEndpoint.State.ACTIVE
    if is_on and not may_change_soon(request):
        return
    count = None
    if is_on:
        count = endpoints.send_again(
            endpoint, delivery_id=delivery_id, actor=request.user, now=timezone.now()
        )
    if count is None:  # it may have been switched off since
        messages.error(request, _("Switch the webhook on first."))
        return
    if not count:
        is_one = delivery_id is not None
        said = _("This is being sent already.") if is_one else _("No delivery has failed.")
        messages.warning(request, said)
        return
    said = ngettext(
        "%(count)d delivery is sent again.", "%(count)d deliveries are sent again.", count
    )
    messages.success(request, said % {"count": count})


def _tabs(endpoint: HookEndpoint, org_id: str, show: str, *, dead: int) -> list[Tab]:
    counts = {"failed": labels.at_most(dead, COUNTED)}
    return [
        Tab(label, _url(org_id, endpoint, name), is_current=name == show, count=counts.get(name))
        for name, (label, _state) in SHOWN.items()
    ]


def _url(org_id: str, endpoint: HookEndpoint, show: str, **others: Any) -> str:
    """The URL of a page of the log."""
    asked = {name: value for name, value in {"show": show, **others}.items() if value}
    home = reverse("dashboard:hook", args=[org_id, endpoint.public_id])
    return f"{home}?{urlencode(asked)}" if asked else home


def _former_until(endpoint: HookEndpoint) -> Any:
    """Until when the previous secret also signs; None if it does not."""
    until = endpoint.former_until
    return until if until is not None and until > timezone.now() else None
