"""The phone numbers of the organization's own Twilio account, pointed at an agent in one click."""

from dataclasses import dataclass, replace
from typing import Final

import structlog
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.keys.api_keys import usable_keys
from accounts.members.access import member_required
from accounts.permissions import MANAGE_ORGANIZATION
from accounts.secrets.twilio_account import note_accepted
from agents.models import Agent
from dashboard.agents.index import agent_or_404
from dashboard.navigation import back_to
from dashboard.pages import MemberRequest, render_page
from dashboard.reauthentication import fresh_login_required
from dashboard.setup.asking_twilio import asking_twilio
from telephony.carriers.accounts import account_of
from telephony.carriers.numbers import Number, PageCursor
from telephony.twilio import numbers as service
from telephony.twilio.carrier import TWILIO
from voicex.errors import CarrierProblem

log = structlog.get_logger(__name__)

ELSEWHERE: Final = {
    "application": gettext_lazy("Handled by a TwiML app in your account."),
    "trunk": gettext_lazy("Handled by a SIP trunk in your account."),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What happens when a number is called, as the page shows it.

    state: "good" for an agent of this organization, "warn" for something that no longer works,
    "" for anything else. agent_id: public, of the agent that its URL names; "" for none.
    seen: what the page carries, so that a change meanwhile is noticed.
    """

    state: str
    text: str | Promise
    agent_id: str = ""
    seen: str = ""


@require_safe
@never_cache
@member_required(MANAGE_ORGANIZATION)
def numbers(request: MemberRequest, org_id: str) -> HttpResponse:
    """A page of the account's numbers; `?page=` and `?token=` say where it begins."""
    account = account_of(request.org, carrier=TWILIO)
    if account is None:
        return render_page(request, "numbers.html", {"has_account": False})
    place = _place(request)
    context: dict[str, object] = {"has_account": True, "is_first_page": not place.token}
    try:
        with asking_twilio(request.org) as is_accepted:
            found = TWILIO.numbers.numbers_of(account, place=place)
    except CarrierProblem as problem:
        context["problem"] = _(problem.reason.label)
    else:
        if not is_accepted:
            token = account.auth_token
            note_accepted(request.org, account_sid=account.account_id, token=token)
        if place.token and not found.numbers:  # the last one of this page was given back
            return redirect("dashboard:numbers", org_id)
        prefixes = set(
            usable_keys(request.org, now=timezone.now()).values_list("prefix", flat=True)
        )
        agents = [each for each in request.org.agents.all() if not why_silent(each)]
        context |= {
            "rows": [
                (
                    each,
                    replace(
                        _shown(each, agents=agents, prefixes=prefixes), seen=service.state_of(each)
                    ),
                )
                for each in found.numbers
            ],
            "next_place": found.next_place,
            "agents": agents,
        }
    return render_page(request, "numbers.html", context)


@member_required(MANAGE_ORGANIZATION)
@fresh_login_required
def point_number(request: MemberRequest, org_id: str) -> HttpResponse:
    """Point the number `number` at the webhook URL of the agent `agent`; redirects to its row."""
    account = account_of(request.org, carrier=TWILIO)
    number_id = request.POST.get("number", "")
    page = back_to(request, reverse("dashboard:numbers", args=[org_id]))
    if request.method != "POST" or account is None or not number_id.isalnum():
        return redirect(page)
    if not (agent_id := request.POST.get("agent", "")):
        messages.error(request, _("Choose the agent that answers this number."))
        return redirect(page)
    agent = agent_or_404(request, agent_id)
    if silent := why_silent(agent):
        messages.error(request, silent)
        return redirect(page)
    try:
        with asking_twilio(request.org):
            number = service.point_number(
                request.org,
                account=account,
                number_id=number_id,
                agent=agent,
                actor=request.user,
                seen=request.POST.get("seen"),
            )
    except CarrierProblem as problem:
        log.warning("number_not_pointed", org=org_id, reason=problem.reason)
        messages.error(request, _(problem.reason.label))
        return redirect(page)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(page)
    messages.success(
        request,
        _("%(number)s is connected to %(agent)s. Call it to try it.")
        % {"number": number.number, "agent": agent},
    )
    return redirect(page)


def why_silent(agent: Agent) -> str:
    """Why `agent` could not answer calls to a number; "" if it can."""
    if agent.published_id is None:
        return _("This agent has no published version yet.")
    if not agent.is_active:
        return _("This agent is inactive. You can test it, but it doesn’t answer phone calls.")
    return ""


def _place(request: MemberRequest) -> PageCursor:
    page, token = request.GET.get("page", ""), request.GET.get("token", "")
    is_whole = page.isascii() and page.isdecimal() and len(page) < 6 and token.isalnum()
    return PageCursor(int(page), token) if is_whole else PageCursor()


def _shown(number: Number, *, agents: list[Agent], prefixes: set[str]) -> Shown:
    """What `number` does now. The key in its URL is compared but never shown.

    agents: those that can answer; prefixes: of the usable keys.
    """
    if number.handled_by:
        return Shown("", ELSEWHERE[number.handled_by])
    if not number.voice_url:
        return Shown("", _("Not connected"))
    target = service.target_of(number)
    if target is None:
        return Shown("", _("Connected to a URL that can’t be read."))
    if not target.is_ours:
        return Shown("", _("Connected elsewhere: %(host)s") % {"host": target.host})
    agent = next((each for each in agents if each.public_id == target.agent_id), None)
    if target.agent_id and agent is None:
        return Shown("warn", _("Connected to an agent that isn’t active. Connect it again."))
    agent_id = agent.public_id if agent else ""
    if target.key_prefix not in prefixes:
        said = (
            _("Connected to %(agent)s, but its key no longer works. Connect it again.")
            % {"agent": agent}
            if agent
            else _(
                "Connected to the first active agent, but its key no longer works. "
                "Connect it again."
            )
        )
        return Shown("warn", said, agent_id)
    if number.voice_method != "POST":
        said = (
            _("Connected to %(agent)s, but it uses HTTP GET. Connect it again.") % {"agent": agent}
            if agent
            else _("Connected to the first active agent, but it uses HTTP GET. Connect it again.")
        )
        return Shown("warn", said, agent_id)
    if agent is None:
        return Shown("good", _("Connected to the first active agent."))
    return Shown("good", _("Connected to %(agent)s.") % {"agent": agent}, agent_id)
