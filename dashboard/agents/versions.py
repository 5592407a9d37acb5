"""The versions of an agent: listed, shown, compared, restored."""

from typing import Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.permissions import EDIT_AGENTS, READ_PROMPTS
from agents.models import Agent, AgentVersion
from agents.versions.drafts import draft_of, view_of
from agents.versions.gate.gate import GateClosed, examine
from agents.versions.history import roll_back, version_of, versions_of
from agents.versions.publishing import ensure_not_archived
from dashboard.agents.differences import shown_differences
from dashboard.agents.drafts import VIEW
from dashboard.agents.forms import ACCEPTED, MOST_ACCEPTED, NoteForm
from dashboard.agents.index import agent_of_form, agent_or_404, render_agent
from dashboard.pages import MemberRequest

VERSIONS_A_PAGE: Final = 20
LARGEST_NUMBER: Final = 2_147_483_647  # what the database can search for
TAB: Final = "agent_versions"


@require_safe
@member_required(READ_PROMPTS)
def agent_versions(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """The versions, newest first; `?below=<number>` continues with older ones."""
    agent = agent_or_404(request, agent_id, also_archived=True)
    below = _number(request.GET["below"]) if request.GET.get("below") else None
    found = list(versions_of(agent, limit=VERSIONS_A_PAGE + 1, below=below))
    context = {
        "versions": found[:VERSIONS_A_PAGE],
        "below": found[VERSIONS_A_PAGE - 1].number if len(found) > VERSIONS_A_PAGE else 0,
        "is_first_page": below is None,
    }
    return render_agent(
        request, "agent_versions.html", agent, context, tab=TAB, draft=draft_of(agent)
    )


@require_safe
@member_required(READ_PROMPTS)
def agent_version(request: MemberRequest, org_id: str, agent_id: str, number: str) -> HttpResponse:
    """Show one version."""
    agent = agent_or_404(request, agent_id, also_archived=True)
    context = {"shown": _version_or_404(agent, number)}
    return render_agent(
        request, "agent_version.html", agent, context, tab=TAB, draft=draft_of(agent)
    )


@require_safe
@member_required(READ_PROMPTS)
def compare_versions(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Compare two versions: `?from=1&to=3`; by default the last change."""
    agent = agent_or_404(request, agent_id, also_archived=True)
    published = agent.published.number if agent.published else 1
    after = _version_or_404(agent, request.GET.get("to") or str(published))
    before = _version_or_404(agent, request.GET.get("from") or str(max(1, after.number - 1)))
    context = {
        "before": before,
        "after": after,
        "differences": shown_differences(before, after),
    }
    return render_agent(
        request, "agent_compare.html", agent, context, tab=TAB, draft=draft_of(agent)
    )


@member_required(EDIT_AGENTS)
def restore_version(
    request: MemberRequest, org_id: str, agent_id: str, number: str
) -> HttpResponse:
    """Ask, then publish a copy of an old version as a new one."""
    agent = agent_of_form(request, agent_id)
    old = _version_or_404(agent, number)
    form = NoteForm(request.POST if request.method == "POST" else None)
    gate: GateClosed | None = None
    if request.method == "POST" and form.is_valid():
        try:
            ensure_not_archived(agent)
            version = roll_back(
                agent,
                to=old,
                actor=request.user,
                note=form.cleaned_data["note"],
                accepted=request.POST.get(ACCEPTED, "")[:MOST_ACCEPTED],
                asks=True,
                view=request.POST.get(VIEW),
            )
        except GateClosed as closed:
            gate = closed
        except ValidationError as error:
            form.add_service_errors(error)
        else:
            said = _("Version %(number)d is live, restored from version %(old)d.")
            messages.success(request, said % {"number": version.number, "old": old.number})
            return redirect("dashboard:agent", org_id, agent_id)
    context = {
        "form": form,
        "view": view_of(agent, draft_of(agent)),
        "old": old,
        "differences": shown_differences(agent.published, old),
        "gate": gate,
        "findings": gate.findings if gate else examine(agent, old),
    }
    return render_agent(
        request,
        "agent_restore.html",
        agent,
        context,
        tab=TAB,
        draft=draft_of(agent),
        status=422 if form.errors or gate else 200,
    )


def _version_or_404(agent: Agent, number: str) -> AgentVersion:
    found = version_of(agent, number=_number(number))
    if found is None:
        raise Http404("No such version")
    return found


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= LARGEST_NUMBER):
        raise Http404("No such version")
    return int(text)
