"""The operator's pages of all organizations: list, page of one, its plan, its suspension."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F
from django.forms import BaseForm
from django.forms.models import model_to_dict
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.keys.api_keys import usable_keys
from accounts.members import organizations as service
from accounts.members import trust
from accounts.members.impersonation import LIFETIME
from accounts.models import Organization
from accounts.zones import UTC
from agents.versions.publishing import first_agent
from dashboard.bounded_fields import row_number
from dashboard.labels import calls_on
from dashboard.merging import tell_of_changes
from dashboard.operator.forms import ImpersonationForm, QuotaForm, StripeForm, SuspensionForm
from dashboard.operator.pages import (
    OperatorRequest,
    operator_required,
    organization_or_404,
    render_page,
)
from dashboard.plots import columns
from telephony.spoken.carrier import decline
from usage.meters import customers
from usage.meters.settings import account
from usage.models import Quota
from usage.quota.plans import allowance_of, assign_plan, set_quota
from usage.quota.quotas import slots_in_use
from usage.reads import platform
from voicex.errors import Declined
from voicex.reasons.attempts import AttemptReason

PAGE_SIZE: Final = 50
DAYS: Final = 30
MEMBERS_SHOWN: Final = 100
AGENTS_SHOWN: Final = 100


@require_safe
@operator_required
def organizations(request: OperatorRequest) -> HttpResponse:
    """A page of organizations with their month; `?before=<row>`: end of the previous page."""
    search = request.GET.get("search", "").strip()[:120]
    row = row_number(request.GET.get("before", ""))
    found = list(platform.organizations(search=search, before=row, limit=PAGE_SIZE + 1))
    page = found[:PAGE_SIZE]
    months = platform.this_month(page, now=timezone.now())
    home = reverse("operator:organizations")
    context = {
        "rows": [(org, quota_of(org), months[org.pk]) for org in page],
        "search": search,
        "newest_url": f"{home}?{urlencode({'search': search})}" if row is not None else "",
        "older_url": f"{home}?{urlencode({'search': search, 'before': page[-1].pk})}"
        if len(found) > PAGE_SIZE
        else "",
    }
    return render_page(request, "organizations.html", context)


@require_safe
@operator_required
def organization(request: OperatorRequest, org_id: str) -> HttpResponse:
    """One organization: people, agents, plan, money, and the possible actions."""
    return organization_page(request, organization_or_404(org_id))


@operator_required
def change_quota(request: OperatorRequest, org_id: str) -> HttpResponse:
    """Change the organization's plan and its deviations from it."""
    org = organization_or_404(org_id)
    if request.method != "POST":
        return redirect("operator:organization", org_id)
    form = QuotaForm(request.POST, initial=model_to_dict(quota_of(org) or Quota()))
    if not form.is_valid():
        return organization_page(request, org, {"quota_form": form}, status=422)
    # Two services, one entry of the audit log for each that has something to do.
    if "plan" in form.changed_data:
        plan = form.cleaned_data["plan"]
        assign_plan(org, plan=plan, actor=request.user, now=timezone.now())
    if {"concurrent_calls", "minutes_a_month"} & set(form.changed_data):
        set_quota(
            org,
            concurrent_calls=form.cleaned_data["concurrent_calls"],
            minutes_a_month=form.cleaned_data["minutes_a_month"],
            actor=request.user,
            now=timezone.now(),
        )
    messages.success(request, _("Plan for %s updated.") % org)
    tell_of_changes(request, form)
    return redirect("operator:organization", org_id)


@operator_required
def suspend(request: OperatorRequest, org_id: str) -> HttpResponse:
    """Stop answering calls of the organization, for a reason."""
    org = organization_or_404(org_id)
    if request.method != "POST":
        return redirect("operator:organization", org_id)
    form = SuspensionForm(request.POST)
    if not form.is_valid():
        return organization_page(request, org, {"suspension_form": form}, status=422)
    if org.is_suspended:  # the page was old: callers hear the reason that was first
        said = _("%(org)s is suspended already: %(reason)s Yours was not stored: %(yours)s")
        reasons = {"reason": org.suspended_reason, "yours": form.cleaned_data["reason"]}
        messages.warning(request, said % {"org": org, **reasons})
        return redirect("operator:organization", org_id)
    service.suspend(org, reason=form.cleaned_data["reason"], actor=request.user)
    messages.success(request, _("%s is suspended. Callers hear the reason.") % org)
    return redirect("operator:organization", org_id)


@operator_required
def resume(request: OperatorRequest, org_id: str) -> HttpResponse:
    """Answer the organization's calls again."""
    org = organization_or_404(org_id)
    if request.method == "POST" and org.is_suspended:
        service.resume(org, actor=request.user)
        messages.success(request, _("%s takes calls again.") % org)
    return redirect("operator:organization", org_id)


@operator_required
def change_stripe(request: OperatorRequest, org_id: str) -> HttpResponse:
    """Set or remove the Stripe customer to whom the organization's usage is reported."""
    org = organization_or_404(org_id)
    if request.method != "POST" or account() is None:
        return redirect("operator:organization", org_id)
    form = StripeForm(request.POST, initial={"customer_id": customers.customer_of(org)})
    if form.is_valid():
        try:
            customers.set_customer(
                org,
                customer_id=form.cleaned_data["customer_id"],
                actor=request.user,
                now=timezone.now(),
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Stripe customer for %s saved.") % org)
            tell_of_changes(request, form)
            return redirect("operator:organization", org_id)
    return organization_page(request, org, {"stripe_form": form}, status=422)


@operator_required
def prove(request: OperatorRequest, org_id: str) -> HttpResponse:
    """Mark the organization as proven: the operator has verified its owner."""
    org = organization_or_404(org_id)
    if request.method == "POST":
        trust.prove(org, how="operator", actor=request.user)
        messages.success(request, _("%s is verified and has its own calls and minutes.") % org)
    return redirect("operator:organization", org_id)


def organization_page(
    request: OperatorRequest,
    org: Organization,
    refused: Mapping[str, BaseForm] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Render the page of `org`. refused: forms with errors, by their name in the template."""
    now = timezone.now()
    days = platform.margin_by_day(org, days=DAYS, now=now)
    members = list(org.memberships.select_related("user").order_by("pk")[:MEMBERS_SHOWN])
    in_use_first = org.agents.order_by(F("archived_at").asc(nulls_first=True), "pk")
    agents = list(in_use_first[:AGENTS_SHOWN])
    context: dict[str, Any] = {
        "org": org,
        "sentence": _heard_of_suspension(org) if org.is_suspended else "",
        "month": platform.this_month([org], now=now)[org.pk],
        "allowance": allowance_of(org, now=now),
        "slots_in_use": slots_in_use(org, now=now),
        "memberships": members,
        "agents": agents,
        # Counted where there can be more, which is seldom.
        "more_members": org.memberships.count() - MEMBERS_SHOWN
        if len(members) == MEMBERS_SHOWN
        else 0,
        "more_agents": org.agents.count() - AGENTS_SHOWN if len(agents) == AGENTS_SHOWN else 0,
        "keys_in_use": usable_keys(org, now=now).count(),
        "impersonations": org.impersonations.select_related("operator")[:5],
        "minutes_of_impersonation": LIFETIME.seconds // 60,
        "days": days,
        "today": days[-1].day,
        "zone": org.time_zone or UTC,
        "columns": columns(
            [day.figures.calls for day in days],
            [calls_on(day.day, day.figures.calls) for day in days],
        ),
        "quota_form": QuotaForm(initial=model_to_dict(quota_of(org) or Quota())),
        "suspension_form": SuspensionForm(),
        "impersonation_form": ImpersonationForm(),
    }
    if account() is not None:
        customer = customers.customer_of(org)
        context["stripe_form"] = StripeForm(initial={"customer_id": customer})
        context["reported"] = customers.reported(org)
    return render_page(request, "organization.html", context | dict(refused or {}), status=status)


def _heard_of_suspension(org: Organization) -> str:
    """What callers of `org` hear, in the language of its first agent."""
    agent = first_agent(org)
    language = agent.published.language if agent and agent.published else ""
    suspended = Declined(AttemptReason.SUSPENDED, why=org.suspended_reason, language=language)
    return decline(suspended).text


def quota_of(org: Organization) -> Quota | None:
    """The organization's quota; None while the defaults apply."""
    quota: Quota | None = getattr(org, "quota", None)
    return quota
