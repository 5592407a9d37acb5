"""Webhook keys: listed, issued, shown, rotated, revoked. A key is shown only on request.

A key is requested by a POST, which sets a mark in the session and redirects to the key's page; that
page shows the key once. So no URL alone shows a key, and reloading the page hides it again.
"""

from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.keys import api_keys
from accounts.keys.webhook_urls import webhook_url
from accounts.members.access import has_fresh_login, member_required
from accounts.models import ApiKey
from accounts.permissions import MANAGE_KEYS, SEE_KEYS
from dashboard.agents.index import agent_or_404
from dashboard.forms import KeyForm
from dashboard.pages import MemberRequest, render_page
from dashboard.reauthentication import fresh_login_required
from telephony.webhooks.callback_urls import status_callback_url
from voicex.errors import KeyRefused, SecretUnreadable

# Session entry: the prefix of the key that the next visit of its page shows.
SHOWN_ONCE: Final = "dashboard_key_shown_once"
ENDED_SHOWN: Final = 100  # revoked and expired keys on the page


@dataclass(frozen=True, slots=True)
class ShownUrl:
    """One webhook URL on the key's page; `anchor` and `field_id` are ids in the document."""

    label: str
    text: str
    anchor: str
    field_id: str


@require_safe
@member_required(SEE_KEYS)
def keys(request: MemberRequest, org_id: str) -> HttpResponse:
    """The keys of the organization, newest first, and the form for a new one.

    Of those that have ended, the last ENDED_SHOWN.
    """
    return _keys_page(request, KeyForm())


@member_required(MANAGE_KEYS)
@fresh_login_required
def issue_key(request: MemberRequest, org_id: str) -> HttpResponse:
    """Issue a key and show its URLs."""
    if request.method != "POST":
        return redirect("dashboard:keys", org_id)
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _keys_page(request, form, status=422)
    label = form.cleaned_data["label"]
    try:
        key, _text = api_keys.issue_key(request.org, label=label, actor=request.user)
    except ValidationError as refusal:
        form.add_error("label", refusal)
        return _keys_page(request, form, status=422)
    messages.success(request, _("API key created. Paste these URLs into Twilio."))
    return _show_once(request, key)


@require_safe
@never_cache
@member_required(SEE_KEYS)
def key(request: MemberRequest, org_id: str, prefix: str) -> HttpResponse:
    """One key; with the webhook URLs of every active agent if they were just requested."""
    found = key_or_404(request, prefix)
    now = timezone.now()
    is_usable = found.is_usable(now)
    is_asked_for = request.session.pop(SHOWN_ONCE, "") == found.prefix
    urls: list[ShownUrl] = []
    if is_asked_for and is_usable and has_fresh_login(request, now=now):
        urls = _urls(request, found)
    context = {
        "key": found,
        "now": now,
        "is_usable": is_usable,
        "urls": urls,
        "status_url": status_callback_url(request.org),
        "overlap_days": api_keys.OVERLAP.days,
    }
    return render_page(request, "key.html", context)


@member_required(SEE_KEYS)
@fresh_login_required
def reveal_key(request: MemberRequest, org_id: str, prefix: str) -> HttpResponse:
    """Show the URLs with this key."""
    found = key_or_404(request, prefix)
    if request.method != "POST":
        return redirect("dashboard:key", org_id, prefix)
    return _show_once(request, found)


@member_required(SEE_KEYS)
@fresh_login_required
def show_webhook(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Show the URLs with the newest usable key, scrolled to this agent."""
    agent = agent_or_404(request, agent_id)
    if request.method != "POST":
        return redirect("dashboard:agent", org_id, agent_id)
    newest = api_keys.usable_keys(request.org, now=timezone.now()).first()
    if newest is None:
        messages.warning(request, _("Create an API key to get a webhook URL."))
        return redirect("dashboard:keys", org_id)
    return _show_once(request, newest, anchor=f"agent-{agent.public_id}")


@member_required(MANAGE_KEYS)
@fresh_login_required
def rotate_key(request: MemberRequest, org_id: str, prefix: str) -> HttpResponse:
    """Ask, then replace this key by a new one; it keeps working for a while."""
    found = key_or_404(request, prefix)
    if request.method == "POST":
        try:
            new, _text = api_keys.rotate_key(request.org, key=found, actor=request.user)
        except KeyRefused:
            messages.error(request, _("Only an active key can be rotated."))
            return redirect("dashboard:key", org_id, prefix)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
            return redirect("dashboard:key", org_id, prefix)
        messages.success(
            request,
            _(
                "%(new)s replaces %(old)s, which keeps working for %(days)d days. Update the URLs "
                "of your numbers."
            )
            % {"new": new, "old": found, "days": api_keys.OVERLAP.days},
        )
        return _show_once(request, new)
    context = {
        "question": _("Rotate key %(key)s?") % {"key": found},
        "consequence": _(
            "A new key is created. The old one keeps working for %(days)d days. Update the URL of "
            "each phone number by then."
        )
        % {"days": api_keys.OVERLAP.days},
        "action": _("Rotate"),
        "back": reverse("dashboard:key", args=[org_id, prefix]),
    }
    return render_page(request, "confirm.html", context)


@member_required(MANAGE_KEYS)
@fresh_login_required
def revoke_key(request: MemberRequest, org_id: str, prefix: str) -> HttpResponse:
    """Ask, then refuse this key from the next call on."""
    found = key_or_404(request, prefix)
    if request.method == "POST":
        api_keys.revoke_key(request.org, key=found, actor=request.user)
        messages.success(
            request, _("%(key)s is revoked. Calls that use it are refused.") % {"key": found}
        )
        return redirect("dashboard:keys", org_id)
    context = {
        "question": _("Revoke key %(key)s?") % {"key": found},
        "consequence": _(
            "Phone numbers whose webhook URL contains this key stop being answered immediately. "
            "Calls in progress continue. This can’t be undone."
        ),
        "action": _("Revoke"),
        "is_dangerous": True,
        "back": reverse("dashboard:key", args=[org_id, prefix]),
    }
    return render_page(request, "confirm.html", context)


def _keys_page(request: MemberRequest, form: KeyForm, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    ended = list(api_keys.ended_keys(request.org, now=now)[: ENDED_SHOWN + 1])
    shown = [*api_keys.usable_keys(request.org, now=now), *ended[:ENDED_SHOWN]]
    context = {
        "keys": sorted(shown, key=attrgetter("created_at", "pk"), reverse=True),
        "ended_shown": ENDED_SHOWN if len(ended) > ENDED_SHOWN else 0,
        "now": now,
        "form": form,
    }
    return render_page(request, "keys.html", context, status=status)


def key_or_404(request: MemberRequest, prefix: str) -> ApiKey:
    """The organization's key with that prefix. Raises Http404."""
    found = request.org.api_keys.select_related("created_by").filter(prefix=prefix).first()
    if found is None:
        raise Http404("No such key")
    return found


def _show_once(request: MemberRequest, key: ApiKey, *, anchor: str = "") -> HttpResponse:
    request.session[SHOWN_ONCE] = key.prefix
    page = reverse("dashboard:key", args=[request.org.public_id, key.prefix])
    return redirect(f"{page}#{anchor}" if anchor else page)


def _urls(request: MemberRequest, key: ApiKey) -> list[ShownUrl]:
    try:
        text = api_keys.reveal_key(request.org, key=key, actor=request.user)
    except SecretUnreadable:
        messages.error(request, _("This key can no longer be read. Create a new one or rotate it."))
        return []
    active = [agent for agent in request.org.agents.all() if agent.is_active]
    shown = [
        ShownUrl(
            label=_("Webhook URL for %(agent)s") % {"agent": agent},
            text=webhook_url(text, agent_id=agent.public_id),
            anchor=f"agent-{agent.public_id}",
            field_id=f"url-{agent.public_id}",
        )
        for agent in active
    ]
    by_default = active[0].name if active else _("none yet")
    shown.append(
        ShownUrl(
            label=_("Webhook URL for the first active agent (currently %(which)s)")
            % {"which": by_default},
            text=webhook_url(text),
            anchor="agent-first-active",
            field_id="url-first-active",
        )
    )
    return shown
