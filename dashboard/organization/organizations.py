"""The entry page, an organization's overview and its settings."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.members import invitations
from accounts.members.access import member_required
from accounts.members.organizations import change_organization
from accounts.models import Membership, Organization, User
from accounts.permissions import MANAGE_ORGANIZATION, READ
from accounts.zones import UTC as ZONE_UTC
from dashboard.forms import NoticesForm, SettingsForm
from dashboard.labels import at_most, calls_on
from dashboard.merging import tell_of_changes
from dashboard.pages import MemberRequest, render_page
from dashboard.plots import columns
from dashboard.setup.progress import Step, progress_of, steps_of
from telephony.doctor.real_calls import is_real
from telephony.webhooks.callback_urls import status_callback_url
from usage.missed.reads import causes_of_day
from usage.models import Call
from usage.privacy.retention_settings import change_settings
from usage.questions.reads import COUNTED, agents_with_questions
from usage.quota.notices import latest_notice
from usage.quota.quotas import slots_in_use
from usage.reads import calls as selectors
from usage.reads.sums import Period, usage_by_day

DAYS = 14
CALLS_SHOWN = 6
AGENTS_SHOWN = 8


@login_required
def way_in(request: HttpRequest) -> HttpResponse:
    """Redirect to the member's organization: the only one, a choice of several, or a new one.

    An operator who is a member of none is redirected to the operator's area.
    """
    memberships = _memberships(request)
    if not memberships:
        assert isinstance(request.user, User)  # noqa: S101 - login_required
        if token := invitations.waiting_for(request.user, now=timezone.now()):
            return redirect("dashboard:join", token)
        if request.user.is_staff:
            return redirect("operator:home")
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


@require_safe
@member_required(READ)
def overview(request: MemberRequest, org_id: str) -> HttpResponse:
    """Today's figures, the latest calls, the agents, and the steps to the first call."""
    org = request.org
    now = timezone.now()
    days = usage_by_day(org, Period.of_days(DAYS, now=now, zone=org.time_zone))
    calls = list(selectors.calls_of(org, limit=CALLS_SHOWN))
    causes = causes_of_day(org, now=now)
    agents = list(org.agents.filter(is_active=True)[:AGENTS_SHOWN])
    context = {
        "notice": latest_notice(org, now=now),
        "causes": causes,
        "missed_today": sum(each.callers for each in causes),
        "today": days[-1],
        "zone": org.time_zone or ZONE_UTC,
        "slots_in_use": slots_in_use(org, now=now),
        "days": days,
        "most_calls": max(day.calls for day in days),
        "calls_in_days": sum(day.calls for day in days),
        "columns": columns(
            [day.calls for day in days], [calls_on(day.day, day.calls) for day in days]
        ),
        "calls": calls,
        "agents": agents,
        "asked_in_vain": [
            (agent, count, at_most(count, COUNTED)) for agent, count in agents_with_questions(org)
        ],
        "steps": _steps_to_first_call(org, calls),
    }
    return render_page(request, "overview.html", context)


@member_required(MANAGE_ORGANIZATION)
def settings(request: MemberRequest, org_id: str) -> HttpResponse:
    """The organization's name, and the URL for its numbers' call status changes."""
    # A copy: a refused name must not show in the page's head.
    org = Organization.objects.get(pk=request.org.pk)
    form = SettingsForm(request.POST or None, instance=org)
    if request.method == "POST" and form.is_valid():
        change_settings(request.org, actor=request.user, **form.cleaned_data)
        messages.success(request, _("Settings saved."))
        tell_of_changes(request, form)
        return redirect("dashboard:settings", org_id)
    return _settings_page(request, form, NoticesForm(instance=org))


@require_http_methods(["GET", "POST"])
@member_required(MANAGE_ORGANIZATION)
def settings_notices(request: MemberRequest, org_id: str) -> HttpResponse:
    """Store the organization's time zone, and the e-mails that its members get."""
    if request.method == "GET":
        return redirect("dashboard:settings", org_id)
    org = Organization.objects.get(pk=request.org.pk)
    form = NoticesForm(request.POST, instance=org)
    if not form.is_valid():
        return _settings_page(request, SettingsForm(instance=request.org), form)
    change_organization(request.org, actor=request.user, **form.cleaned_data)
    messages.success(request, _("Settings saved."))
    tell_of_changes(request, form)
    return redirect("dashboard:settings", org_id)


def _settings_page(
    request: MemberRequest, form: SettingsForm, notices: NoticesForm
) -> HttpResponse:
    context = {
        "form": form,
        "notices": notices,
        "status_url": status_callback_url(request.org),
    }
    status = 422 if form.errors or notices.errors else 200
    return render_page(request, "settings.html", context, status=status)


def _memberships(request: HttpRequest) -> list[Membership]:
    assert isinstance(request.user, User)  # noqa: S101 - login_required
    found = Membership.objects.filter(user=request.user)
    return list(found.select_related("org").order_by("org__name", "org__pk"))


def _steps_to_first_call(org: Organization, latest: list[Call]) -> list[Step]:
    """The remaining steps until a phone call is answered; none once one was."""
    if any(is_real(call) and call.live_at for call in latest):
        return []
    progress = progress_of(org)
    if progress.is_finished:
        return []
    return steps_of(progress, page=reverse("dashboard:onboarding", args=[org.public_id]))
