"""The way in, an organization's overview and its settings."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import member_required, record
from accounts.api_keys import usable_keys
from accounts.models import Membership, Organization, OrganizationSecret, User
from accounts.organizations import create_organization
from accounts.secrets import clear_secret, store_secret
from agents.models import Agent
from telephony.dashboard.forms import OrganizationForm, SettingsForm
from telephony.dashboard.pages import MemberRequest, render_page
from telephony.dashboard.permissions import MANAGE_ORGANIZATION, READ
from telephony.dashboard.plots import columns
from telephony.dashboard.words import calls_on
from telephony.security import status_callback_url
from usage import selectors
from usage.quota_notices import latest_notice
from usage.quotas import slots_in_use
from usage.selectors_usage import Period, usage_by_day

DAYS = 14
CALLS_SHOWN = 6
AGENTS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do before the first call; `url` is empty when nothing here does it."""

    text: str
    is_done: bool
    url: str = ""


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To the member's organization: the only one, a choice of several, or a new one."""
    memberships = _memberships(request)
    if not memberships:
        return redirect("dashboard:new_organization")
    if len(memberships) > 1:
        return redirect("dashboard:organizations")
    return redirect("dashboard:overview", memberships[0].org.public_id)


@require_safe
@login_required
def organizations(request: HttpRequest) -> HttpResponse:
    """The organizations that the user is a member of."""
    context = {"memberships": _memberships(request)}
    return render(request, "dashboard/organizations.html", context)


@login_required
def new_organization(request: HttpRequest) -> HttpResponse:
    """Name a new organization; the user becomes its owner."""
    form = OrganizationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        assert isinstance(request.user, User)  # noqa: S101 - login_required
        org = create_organization(name=form.cleaned_data["name"], owner=request.user)
        return redirect("dashboard:overview", org.public_id)
    context = {"form": form}
    status = 422 if form.errors else 200
    return render(request, "dashboard/new_organization.html", context, status=status)


@require_safe
@member_required(READ)
def overview(request: MemberRequest, org_id: str) -> HttpResponse:
    """Today's figures, the latest calls, the agents, and what to do before the first call."""
    org = request.org
    now = timezone.now()
    days = usage_by_day(org, Period.of_days(DAYS, now=now))
    calls = list(selectors.calls_of(org, limit=CALLS_SHOWN))
    agents = list(org.agents.filter(is_active=True)[:AGENTS_SHOWN])
    context = {
        "notice": latest_notice(org, now=now),
        "today": days[-1],
        "slots_in_use": slots_in_use(org, now=now),
        "days": days,
        "calls_in_days": sum(day.calls for day in days),
        "columns": columns(
            [day.calls for day in days], [calls_on(day.day, day.calls) for day in days]
        ),
        "calls": calls,
        "agents": agents,
        "steps": [] if calls else _steps(org, agents),
    }
    return render_page(request, "overview.html", context)


@member_required(MANAGE_ORGANIZATION)
def settings(request: MemberRequest, org_id: str) -> HttpResponse:
    """The organization's name and its Twilio account."""
    # A copy: a refused name must not show in the page's head.
    org = Organization.objects.get(pk=request.org.pk)
    form = SettingsForm(
        request.POST or None,
        instance=org,
        has_token=org.secrets.filter(name=OrganizationSecret.Name.TWILIO_AUTH_TOKEN).exists(),
    )
    if request.method == "POST" and form.is_valid():
        _save_settings(org, form, actor=request.user)
        messages.success(request, _("The settings are saved."))
        return redirect("dashboard:settings", org_id)
    context = {"form": form, "status_url": status_callback_url(org)}
    return render_page(request, "settings.html", context, status=422 if form.errors else 200)


def _memberships(request: HttpRequest) -> list[Membership]:
    assert isinstance(request.user, User)  # noqa: S101 - login_required
    found = Membership.objects.filter(user=request.user)
    return list(found.select_related("org").order_by("org__name", "org__pk"))


def _steps(org: Organization, agents: list[Agent]) -> list[Step]:
    has_key = usable_keys(org, now=timezone.now()).exists()
    return [
        Step(
            _("Make an agent: a greeting and a few facts are enough."),
            is_done=bool(agents),
            url=reverse("dashboard:new_agent", args=[org.public_id]),
        ),
        Step(
            _("Issue a key: it stands in the webhook URL and says that a call is yours."),
            is_done=has_key,
            url=reverse("dashboard:keys", args=[org.public_id]),
        ),
        Step(
            _(
                "Copy the agent's webhook URL into your phone number in the Twilio console, under "
                "“A call comes in”."
            ),
            is_done=False,
        ),
        Step(_("Ring the number. The call appears here while you speak."), is_done=False),
    ]


@transaction.atomic
def _save_settings(org: Organization, form: SettingsForm, *, actor: User) -> None:
    form.save()
    changed = [name for name in ("name", "twilio_account_sid") if name in form.changed_data]
    if changed:
        record(org, actor=actor, action="organization.changed", target=", ".join(changed))
    names = {
        "auth_token": OrganizationSecret.Name.TWILIO_AUTH_TOKEN,
        "auth_token_next": OrganizationSecret.Name.TWILIO_AUTH_TOKEN_NEXT,
    }
    for field, name in names.items():
        if form.cleaned_data["forget_tokens"]:
            clear_secret(org, name=name, actor=actor)
        elif form.cleaned_data[field]:
            store_secret(org, name=name, value=form.cleaned_data[field], actor=actor)
