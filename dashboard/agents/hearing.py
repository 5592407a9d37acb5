"""The page that compares the recognition of a sentence from a browser and from a telephone."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts.members.access import member_required
from accounts.permissions import TRY_AGENTS
from agents.models import Agent, AgentVersion
from agents.versions.drafts import draft_of, draft_to_try
from dashboard import labels
from dashboard.agents.index import agent_or_404
from dashboard.pages import MemberRequest, render_page
from usage.hearing.comparing import compare
from usage.hearing.sound import MAX_BYTES, MAX_SECONDS
from usage.hearing.words import side_by_side
from voicex.errors import Declined
from voicex.reasons.attempts import AttemptReason

DRAFT = "draft"  # as `version`, likewise on the page "Try it"


@member_required(TRY_AGENTS)
def compare_hearing(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """The form for a sentence, and what the agent's recogniser makes of it at 16 kHz and at 8 kHz.

    Takes `sentence`, a WAV file, and `version` (DRAFT). The sentence is not stored.
    """
    agent = agent_or_404(request, agent_id)
    is_draft = DRAFT in (request.GET.get("version"), request.POST.get("version"))
    context = {
        "agent": agent,
        "is_draft": is_draft and draft_of(agent) is not None,
        "seconds": MAX_SECONDS,
    }
    status = 200
    if request.method == "POST":
        try:
            context |= _compared(request, agent, is_draft=is_draft)
        except ValidationError as error:
            context["problem"], status = " ".join(error.messages), 422
        except Declined as decline:
            context["problem"], status = labels.label_of(AttemptReason, decline.reason), 409
    return render_page(request, "hearing.html", context, status=status)


def _compared(request: MemberRequest, agent: Agent, *, is_draft: bool) -> dict[str, object]:
    """The comparison for the page. Raises ValidationError, Declined."""
    sent = request.FILES.get("sentence")
    if sent is None:
        raise ValidationError(_("Record a sentence or choose a file first."))
    # One more than may be: what is too large is refused, and not read whole.
    heard = compare(
        _version(request, agent, is_draft=is_draft),
        sent.read(MAX_BYTES + 1),
        actor=request.user,
    )
    wide, narrow = side_by_side(heard.wide, heard.narrow)
    sides = [
        {"is_wide": True, "words": wide},
        {"is_wide": False, "words": narrow},
    ]
    differing = sum(word.differs for word in (*wide, *narrow))
    return {"heard": heard, "sides": sides, "is_same": not differing}


def _version(request: MemberRequest, agent: Agent, *, is_draft: bool) -> AgentVersion:
    version = draft_to_try(agent, actor=request.user) if is_draft else agent.published
    if version is None:
        raise ValidationError(_("This agent has no published version yet."))
    version.agent = agent
    return version
