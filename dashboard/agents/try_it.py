"""The page where a member talks, types or plays a recording to an agent, published or drafted."""

from typing import Final

from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.permissions import TRY_AGENTS
from accounts.secrets.vault import SealedSecrets
from agents.models import Agent, AgentVersion
from agents.versions.drafts import draft_of, draft_to_try
from agents.versions.publishing import ensure_not_archived
from dashboard import labels
from dashboard.agents.index import agent_or_404
from dashboard.agents.talk_panel import version_in_words
from dashboard.pages import MemberRequest, render_page
from telephony.admission.decision import ensure_engines
from telephony.admission.tickets import make_ticket
from telephony.process.capacity import capacity
from usage.missed.causes import remedy_of
from usage.models import Call
from usage.records.test_calls import open_test_call
from voicex.errors import Declined
from voicex.reasons.attempts import AttemptReason

# As `version`: the draft is to answer, in place of what is published.
DRAFT: Final = "draft"
CHANNELS = {
    channel.value: channel
    for channel in (Call.Channel.BROWSER, Call.Channel.TYPED, Call.Channel.UPLOAD)
}


@require_safe
@member_required(TRY_AGENTS)
def try_it(request: MemberRequest, org_id: str) -> HttpResponse:
    """Talk to one of the organization's agents: `?agent=<id>`, or else the oldest.

    `?version=draft`: to its draft, where it has one.
    """
    agents = list(request.org.agents.filter(archived_at=None).exclude(published=None))
    chosen = request.GET.get("agent")
    agent = agent_or_404(request, chosen) if chosen else next(iter(agents), None)
    draft = draft_of(agent) if agent else None
    is_draft = draft is not None and request.GET.get("version") == DRAFT
    context = {
        "agents": agents,
        "agent": agent,
        "draft": draft if is_draft else None,
        "versions": _versions(request, agent, is_draft=is_draft) if agent and draft else [],
        "all_archived": agent is None and request.org.agents.exclude(archived_at=None).exists(),
    }
    return render_page(request, "try.html", context)


def _versions(request: MemberRequest, agent: Agent, *, is_draft: bool) -> list[dict[str, object]]:
    """The versions of an agent with a draft that can be tried, as tabs."""
    page = reverse("dashboard:try_it", args=[request.org.public_id])
    published = f"{page}?agent={agent.public_id}"
    shown = [(_("Draft"), f"{published}&version={DRAFT}", is_draft)]
    if agent.published is not None:
        shown = [(_("Published"), published, not is_draft), *shown]
    return [
        {"label": label, "url": url, "is_current": is_current, "count": None}
        for label, url, is_current in shown
    ]


@member_required(TRY_AGENTS)
def start_try(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Open a test call and return its ticket, which is valid once and for 60 s.

    Takes `door`, and `version` (DRAFT). JSON. 409, with the reason as a text, if no call is
    possible now.
    """
    agent = agent_or_404(request, agent_id, also_archived=True)
    if request.method != "POST":
        page = reverse("dashboard:try_it", args=[org_id])
        return redirect(f"{page}?agent={agent.public_id}")
    channel = CHANNELS.get(request.POST.get("door", ""))
    if channel is None:
        return JsonResponse({"words": _("This page is out of date. Reload it.")}, status=422)
    try:
        ensure_not_archived(agent)
        version = _version(request, agent)
        call = _open(request, agent, channel, version)
    except ValidationError as error:
        return JsonResponse({"words": " ".join(error.messages)}, status=409)
    except Declined as decline:
        told = labels.label_of(AttemptReason, decline.reason)
        if decline.reason == AttemptReason.ENGINE_WITHOUT_KEY:
            told = f"{told} {remedy_of(decline.reason)}"
        return JsonResponse({"reason": decline.reason, "words": told}, status=409)
    return JsonResponse(
        {
            "ticket": make_ticket(call),
            "call_sid": call.call_sid,
            "call_url": reverse("dashboard:call", args=[org_id, call.call_sid]),
            "version": version_in_words(call.version),
        }
    )


def _version(request: MemberRequest, agent: Agent) -> AgentVersion | None:
    """The version that answers; None for the published one. Raises ValidationError."""
    if request.POST.get("version") != DRAFT:
        return None
    version = draft_to_try(agent, actor=request.user)
    if version is None:
        raise ValidationError(_("The draft was published or discarded. Reload the page."))
    return version


def _open(
    request: MemberRequest, agent: Agent, channel: Call.Channel, version: AgentVersion | None
) -> Call:
    if reason := capacity.no_room():
        raise Declined(reason)
    ensure_engines(SealedSecrets(request.org), agent, version)
    return open_test_call(
        request.org,
        agent=agent,
        user=request.user,
        channel=channel,
        now=timezone.now(),
        version=version,
    )
