"""Copies agents: duplicates, exports to a file, imports from a file."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.members.access import member_required
from accounts.permissions import EDIT_AGENTS
from agents.versions import duplicate
from agents.versions.drafts import OVERTAKEN, draft_of, view_of
from agents.versions.port import MAX_BYTES
from agents.versions.publishing import free_name
from dashboard.agents.drafts import VIEW
from dashboard.agents.forms import CopyForm, FileForm, ImportForm
from dashboard.agents.index import agent_or_404, render_agent
from dashboard.pages import MemberRequest, render_page


@member_required(EDIT_AGENTS)
def duplicate_agent(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Make a second agent with the same version."""
    agent = agent_or_404(request, agent_id, also_archived=True)
    initial = {"name": free_name(request.org, _("%(agent)s (copy)") % {"agent": agent.name})}
    form = CopyForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            copy = duplicate.duplicate_agent(
                agent, name=form.cleaned_data["name"], actor=request.user
            )
        except ValidationError as error:
            form.add_service_errors(error)
        else:
            messages.success(request, _("%(agent)s was created and is inactive.") % {"agent": copy})
            return redirect("dashboard:agent", org_id, copy.public_id)
    return render_agent(
        request,
        "agent_duplicate.html",
        agent,
        {"form": form},
        tab="agent",
        draft=draft_of(agent),
        status=422 if form.errors else 200,
    )


@member_required(EDIT_AGENTS)
def export_agent(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Export the published version as a file."""
    agent = agent_or_404(request, agent_id, also_archived=True)
    if request.method != "POST":
        return redirect("dashboard:agent", org_id, agent_id)
    try:
        content = duplicate.export_agent(agent, actor=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("dashboard:agent", org_id, agent_id)
    response = HttpResponse(content, content_type="application/json")
    name = slugify(agent.name) or agent.public_id
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.voicex-agent.json"'
    return response


@member_required(EDIT_AGENTS)
def import_agent(request: MemberRequest, org_id: str) -> HttpResponse:
    """Make an agent from a file."""
    form = ImportForm(*_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            agent = duplicate.import_agent(
                request.org,
                content=_content(form),
                actor=request.user,
                name=form.cleaned_data["name"],
            )
        except ValidationError as error:
            form.add_service_errors(error)
        else:
            messages.success(
                request, _("%(agent)s was imported and is inactive.") % {"agent": agent}
            )
            return redirect("dashboard:agent", org_id, agent.public_id)
    status = 422 if form.errors else 200
    return render_page(request, "agent_import.html", _limits() | {"form": form}, status=status)


@member_required(EDIT_AGENTS)
def import_draft(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Read a file as the agent's draft."""
    agent = agent_or_404(request, agent_id)
    form, draft = FileForm(*_sent(request)), draft_of(agent)
    # The view that was sent, until the page has reported a newer one: another file is refused once.
    view = now = view_of(agent, draft)
    if request.method == "POST":
        view = request.POST.get(VIEW, "")
    if request.method == "POST" and form.is_valid():
        try:
            saved = duplicate.import_draft(
                agent, content=_content(form), actor=request.user, view=view
            )
        except ValidationError as error:
            form.add_service_errors(error)
            view = now if getattr(error, "code", "") == OVERTAKEN else view
        else:
            if saved is None:
                messages.success(request, _("The file is identical to the published version."))
                return redirect("dashboard:agent", org_id, agent_id)
            messages.success(request, _("The file is now the draft. Review its changes below."))
            return redirect("dashboard:agent_draft", org_id, agent_id)
    return render_agent(
        request,
        "agent_import.html",
        agent,
        _limits() | {"form": form, "view": view},
        tab="agent",
        draft=draft,
        status=422 if form.errors else 200,
    )


def _limits() -> dict[str, Any]:
    """How large a file may be, and the message of the page for a larger one."""
    said = _("The file is larger than %(kb)d KB.") % {"kb": MAX_BYTES // 1024}
    return {"max_bytes": MAX_BYTES, "too_large": said}


def _sent(request: MemberRequest) -> tuple[Any, ...]:
    """The data from which a form with a file is made."""
    return (request.POST, request.FILES) if request.method == "POST" else ()


def _content(form: FileForm) -> bytes:
    """The file's bytes, at most one more than the limit, which is then refused."""
    return bytes(form.cleaned_data["file"].read(MAX_BYTES + 1))
