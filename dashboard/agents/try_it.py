"""The page where a member talks, types or plays a recording to an agent."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.permissions import TRY_AGENTS
from accounts.secrets.vault import SealedSecrets
from agents.models import Agent
from dashboard import labels
from dashboard.agents.index import agent_or_404
from dashboard.pages import MemberRequest, render_page
from telephony.admission.decision import ensure_engines
from telephony.admission.tickets import make_ticket
from telephony.process.capacity import capacity
from usage.models import Call
from usage.records.test_calls import open_test_call
from voicex.errors import Declined
from voicex.reasons.attempts import AttemptReason

CHANNELS = {
    channel.value: channel
    for channel in (Call.Channel.BROWSER, Call.Channel.TYPED, Call.Channel.UPLOAD)
}


@require_safe
@member_required(TRY_AGENTS)
def try_it(request: MemberRequest, org_id: str) -> HttpResponse:
    """Talk to one of the organization's agents: `?agent=<id>`, or else the oldest."""
    agents = list(request.org.agents.exclude(published=None))
    chosen = request.GET.get("agent")
    agent = agent_or_404(request, chosen) if chosen else next(iter(agents), None)
    return render_page(request, "try.html", {"agents": agents, "agent": agent})


@member_required(TRY_AGENTS)
def start_try(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Open a test call and give the page its ticket, which is good once and for 60 s.

    JSON. 409, with the reason in words, when no call can be taken now.
    """
    agent = agent_or_404(request, agent_id)
    if request.method != "POST":
        page = reverse("dashboard:try_it", args=[org_id])
        return redirect(f"{page}?agent={agent.public_id}")
    channel = CHANNELS.get(request.POST.get("door", ""))
    if channel is None:
        return JsonResponse({"words": _("This page is out of date. Reload it.")}, status=422)
    try:
        call = _open(request, agent, channel)
    except Declined as decline:
        told = labels.label_of(AttemptReason, decline.reason)
        return JsonResponse({"reason": decline.reason, "words": told}, status=409)
    return JsonResponse(
        {
            "ticket": make_ticket(call),
            "call_sid": call.call_sid,
            "call_url": reverse("dashboard:call", args=[org_id, call.call_sid]),
        }
    )


def _open(request: MemberRequest, agent: Agent, channel: Call.Channel) -> Call:
    if reason := capacity.no_room():
        raise Declined(reason)
    ensure_engines(SealedSecrets(request.org), agent)
    return open_test_call(
        request.org, agent=agent, user=request.user, channel=channel, now=timezone.now()
    )
