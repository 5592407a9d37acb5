"""The list of agents, and the page where one is made, read or published anew."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.access import member_required
from accounts.webhook_urls import webhook_url
from agents.models import Agent, AgentVersion
from agents.publishing import create_agent, edit_agent
from agents.publishing import publish as publish_version
from telephony.dashboard.forms import AgentForm
from telephony.dashboard.pages import MemberRequest, render_page
from telephony.dashboard.permissions import EDIT_AGENTS, READ

VERSIONS_SHOWN = 20
# Stands in the URL for the key, which is shown on request only.
MASKED_KEY = "vx_..."


@require_safe
@member_required(READ)
def agents(request: MemberRequest, org_id: str) -> HttpResponse:
    """The agents of the organization, oldest first: the first active one answers by default."""
    found = list(request.org.agents.select_related("published"))
    by_default = next((agent for agent in found if agent.is_active and agent.published), None)
    return render_page(request, "agents.html", {"agents": found, "by_default": by_default})


@member_required(EDIT_AGENTS)
def new_agent(request: MemberRequest, org_id: str) -> HttpResponse:
    """Make an agent."""
    form = AgentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        agent = _create(request, form)
        if agent is not None:
            messages.success(request, f"{agent.name} is ready to answer calls.")
            return redirect("dashboard:agent", org_id, agent.public_id)
    return render_page(request, "new_agent.html", {"form": form}, status=_status(form))


@require_safe
@member_required(READ)
def agent(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """What the agent says, its webhook URL and its versions."""
    found = agent_or_404(request, agent_id)
    return render_page(request, "agent.html", _context(found, AgentForm(agent=found)))


@member_required(EDIT_AGENTS)
def publish(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Take the agent's form: a new version when what it says has changed."""
    found = agent_or_404(request, agent_id)
    if request.method == "POST":
        form = AgentForm(request.POST, agent=found)
        if not form.is_valid() or not _save(request, found, form):
            return render_page(request, "agent.html", _context(found, form), status=_status(form))
    return redirect("dashboard:agent", org_id, agent_id)


def agent_or_404(request: MemberRequest, agent_id: str) -> Agent:
    """The organization's agent with that public id, its published version loaded."""
    found = request.org.agents.select_related("published").filter(public_id=agent_id).first()
    if found is None:
        raise Http404("No such agent")
    return found


def _create(request: MemberRequest, form: AgentForm) -> Agent | None:
    try:
        with transaction.atomic():
            agent = create_agent(
                request.org,
                name=form.cleaned_data["name"],
                actor=request.user,
                **form.version_fields(),
            )
            edit_agent(agent, actor=request.user, is_active=form.cleaned_data["is_active"])
    except ValidationError as error:
        form.add_service_errors(error)
        return None
    return agent


def _save(request: MemberRequest, agent: Agent, form: AgentForm) -> bool:
    before = agent.published_id
    try:
        with transaction.atomic():
            version = publish_version(agent, actor=request.user, **form.version_fields())
            edit_agent(
                agent,
                actor=request.user,
                name=form.cleaned_data["name"],
                is_active=form.cleaned_data["is_active"],
            )
    except ValidationError as error:
        form.add_service_errors(error)
        return False
    messages.success(request, _what_was_saved(version, before))
    return True


def _what_was_saved(version: AgentVersion, before: int | None) -> str:
    if version.pk == before:
        return f"Saved. What the agent says is unchanged, so version {version.number} stays."
    return f"Version {version.number} is published; the next call gets it."


def _context(agent: Agent, form: AgentForm) -> dict[str, Any]:
    return {
        "agent": agent,
        "version": agent.published,
        "form": form,
        "versions": agent.versions.select_related("created_by")[:VERSIONS_SHOWN],
        "masked_url": webhook_url(MASKED_KEY, agent_id=agent.public_id),
    }


def _status(form: AgentForm) -> int:
    return 422 if form.errors else 200
