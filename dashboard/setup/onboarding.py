"""From sign-up to the first call: an organization, an agent to try, a connected number.

It consists of one form (a name and a starting point) and one page. The page updates itself: it
polls every two seconds for Twilio's first request.
"""

from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.keys.api_keys import issue_key, reveal_key, usable_keys
from accounts.keys.webhook_urls import webhook_url
from accounts.members.access import has_fresh_login, member_required
from accounts.models import ApiKey, Organization, User
from accounts.names import LONGEST, validate_name
from accounts.permissions import MANAGE_KEYS, READ, SEE_KEYS
from accounts.zones import UTC, name_of_today
from agents.starters.base import ASKED
from agents.starters.starters import RECEPTIONIST, STARTERS
from agents.versions.gate.checks import KEY
from agents.versions.gate.gate import failing
from agents.versions.listing import agents_of
from agents.versions.organization_setup import set_up_organization
from dashboard.agents.checklist import checklist_of
from dashboard.agents.forms import StarterForm
from dashboard.pages import MemberRequest, render_page
from dashboard.reauthentication import fresh_login_required
from dashboard.setup.progress import Progress, progress_of, steps_of
from telephony.webhooks.callback_urls import status_callback_url
from voicex.errors import SecretUnreadable
from voicex.web.public_origin import is_public_url_local

# Session entry: the prefix of the key whose URL the next visit of the page shows.
SHOWN_ONCE: Final = "onboarding_url_shown_once"
MOST_OF_A_TEXT: Final = 20_000  # characters
MOST_OF_AN_ANSWER: Final = 300  # characters; an agent reads all of it out


def _answer(label: Any, example: Any) -> forms.CharField:
    """A field for an agent's answer to one of the most frequent questions."""
    return forms.CharField(
        label=label, max_length=MOST_OF_AN_ANSWER, required=False, help_text=example
    )


class NewOrganizationForm(StarterForm):
    """The name of a new organization, and the starting point of its first agent."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=LONGEST, validators=[validate_name]
    )
    starter = forms.ChoiceField(
        label=gettext_lazy("Your first agent"),
        choices=[(key, each.title) for key, each in STARTERS.items()],
        required=False,
    )
    hours = _answer(
        gettext_lazy("Opening hours"), gettext_lazy("For example: Monday to Friday, nine to five.")
    )
    address = _answer(
        gettext_lazy("Address"), gettext_lazy("For example: 12 Harbour Street, second floor.")
    )
    parking = _answer(gettext_lazy("Parking"), gettext_lazy("For example: Behind the building."))
    services = _answer(
        gettext_lazy("Services"), gettext_lazy("For example: Check-ups, cleanings and fillings.")
    )
    prices = _answer(
        gettext_lazy("Prices"), gettext_lazy("For example: A check-up costs 80 dollars.")
    )

    pasted = forms.CharField(
        label=gettext_lazy("Or paste a text about your business"),
        max_length=MOST_OF_A_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "From your website, for example: questions with answers, or headings with text. It "
            "becomes facts that you can change."
        ),
    )

    def answers(self) -> list[forms.BoundField]:
        """The fields of the most frequent questions."""
        return [self[name] for name in ASKED]


@login_required
def new_organization(request: HttpRequest) -> HttpResponse:
    """Name a new organization and choose its first agent; the user becomes its owner."""
    form = NewOrganizationForm(request.POST or None, initial={"starter": RECEPTIONIST.key})
    if request.method == "POST" and form.is_valid():
        assert isinstance(request.user, User)  # noqa: S101 - login_required
        try:
            org, key = set_up_organization(
                form.cleaned_data["name"],
                starter=STARTERS[form.cleaned_data["starter"] or RECEPTIONIST.key],
                owner=request.user,
                answers={name: form.cleaned_data[name] for name in ASKED},
                time_zone=_own_zone(),
                pasted=form.cleaned_data["pasted"],
                language=form.cleaned_data["speaks"],
            )
        except ValidationError as error:
            form.add_service_errors(error)
        else:
            request.session[SHOWN_ONCE] = key.prefix
            return redirect("dashboard:onboarding", org.public_id)
    context = {
        "form": form,
        "choices": [
            {"value": each.key, "title": each.title, "text": each.summary}
            for each in STARTERS.values()
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "dashboard/new_organization.html", context, status=status)


def _own_zone() -> str:
    """The time zone of the visitor's browser; "" if it is UTC or not known yet."""
    name = timezone.get_current_timezone_name()
    return "" if name == UTC else name_of_today(name)


@require_safe
@never_cache
@member_required(READ)
def onboarding(request: MemberRequest, org_id: str) -> HttpResponse:
    """Try the agent, connect a number, and see Twilio's first request arrive."""
    progress = progress_of(request.org)
    key = usable_keys(request.org, now=timezone.now()).first()
    may_see = request.membership.is_at_least(SEE_KEYS)
    context = _state(request, progress) | {
        "has_key": key is not None,
        "webhook_url": _asked_for_url(request, key),
        # Signed: any client that has it can report that a call has ended.
        "status_url": status_callback_url(request.org) if may_see else "",
        "agent": progress.agent,
        "is_local": is_public_url_local(),
        "public_url": settings.TWILIO_APP_URL,
        "waiting": None if progress.agent else _waiting(request.org),
        "checklist": checklist_of(progress.agent.published if progress.agent else None),
    }
    return render_page(request, "onboarding.html", context)


@require_safe
@never_cache
@member_required(READ)
def onboarding_state(request: MemberRequest, org_id: str) -> HttpResponse:
    """The part of the page that is polled; 204 while it has not changed (`?was=`)."""
    progress = progress_of(request.org)
    if request.GET.get("was") == progress.fingerprint:
        return HttpResponse(status=204)
    return render_page(request, "_onboarding_state.html", _state(request, progress))


@member_required(SEE_KEYS)
@fresh_login_required
def onboarding_url(request: MemberRequest, org_id: str) -> HttpResponse:
    """Show the webhook URL on the page; a key is issued if there is none."""
    if request.method == "POST":
        key = usable_keys(request.org, now=timezone.now()).first()
        if key is None and request.membership.is_at_least(MANAGE_KEYS):
            key, _text = issue_key(request.org, label=_("First number"), actor=request.user)
        if key is None:
            messages.warning(
                request, _("There is no API key yet. An owner or admin can create one.")
            )
        else:
            request.session[SHOWN_ONCE] = key.prefix
    return redirect(f"{_page(request)}#number")


def _waiting(org: Organization) -> dict[str, Any] | None:
    """The oldest agent, and why calls to it would fail.

    None without an agent, or while it has no published version.
    """
    agent = next(iter(agents_of(org, limit=1)), None)
    if agent is None or agent.published is None:
        return None
    found = failing(agent)
    needs_key = any(each.code.startswith(KEY) for each in found)
    return {"agent": agent, "failing": found, "needs_key": needs_key}


def _page(request: MemberRequest) -> str:
    return reverse("dashboard:onboarding", args=[request.org.public_id])


def _state(request: MemberRequest, progress: Progress) -> dict[str, object]:
    return {"progress": progress, "steps": steps_of(progress, page=_page(request))}


def _asked_for_url(request: MemberRequest, key: ApiKey | None) -> str:
    """The webhook URL if a member who may see it just requested it, else ""."""
    is_asked_for = key is not None and request.session.pop(SHOWN_ONCE, "") == key.prefix
    if key is None or not is_asked_for or not request.membership.is_at_least(SEE_KEYS):
        return ""
    if not has_fresh_login(request, now=timezone.now()):
        return ""
    try:
        return webhook_url(reveal_key(request.org, key=key, actor=request.user))
    except SecretUnreadable:
        messages.error(request, _("This key can no longer be read. Create a new one or rotate it."))
        return ""
