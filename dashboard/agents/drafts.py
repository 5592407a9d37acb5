"""The editor of an agent, and its draft: compared with the published version, published, discarded.

A discarded draft can be restored for some time.
"""

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.permissions import EDIT_AGENTS, READ_PROMPTS
from agents.models import Agent, AgentVersion
from agents.versions.changes import changed
from agents.versions.drafts import (
    discard_draft,
    discarded_draft_of,
    draft_of,
    drafted,
    edit_draft,
    publish_draft,
    restore_draft,
    view_of,
)
from agents.versions.gate.gate import GateClosed, examine
from agents.versions.publishing import ensure_not_archived, fields_of
from dashboard.agents.checklist import checklist_of
from dashboard.agents.differences import shown_differences
from dashboard.agents.editor import AgentForm
from dashboard.agents.forms import ACCEPTED, MOST_ACCEPTED, NoteForm
from dashboard.agents.index import agent_of_form, agent_or_404, render_agent
from dashboard.bounded_fields import row_number
from dashboard.pages import MemberRequest
from usage.questions.reads import question_text
from usage.saved_tests.starting import start_if_due

# The page writes this field itself: always what is there now, so that sending it again is meant.
VIEW: Final = "view"


@member_required(EDIT_AGENTS)
def edit_agent(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """The editor; a submitted form becomes the draft, which callers do not get yet."""
    agent = agent_of_form(request, agent_id)
    now = drafted(agent, draft_of(agent))
    form = AgentForm(request.POST if request.method == "POST" else None, version=now)
    if request.method == "POST" and not form.is_valid():
        # The view that was sent is kept: a newer state is reported once the fields are valid.
        return _editor(request, agent, now, form, view=request.POST.get(VIEW, ""))
    if request.method == "POST":
        try:
            view = request.POST.get(VIEW, "")
            draft = edit_draft(agent, actor=request.user, view=view, **form.changes())
        except ValidationError as error:
            form.add_service_errors(error)
        else:
            if draft is None:
                said = _("Identical to the published version, so there is no draft.")
                messages.success(request, said)
                return redirect("dashboard:agent", org_id, agent_id)
            messages.success(request, _("Draft saved. Callers hear it after you publish."))
            return redirect("dashboard:agent_draft", org_id, agent_id)
    return _editor(request, agent, now, form)


@require_safe
@member_required(READ_PROMPTS)
def agent_draft(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """What the draft changes; `?ask=<id>` is a question that the panel suggests."""
    agent = agent_or_404(request, agent_id)
    asked = question_text(agent, row_number(request.GET.get("ask", "")) or 0)
    return _draft_page(request, agent, NoteForm(), ask=asked)


@member_required(EDIT_AGENTS)
def publish(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Publish the draft: the next call gets it."""
    agent = agent_of_form(request, agent_id)
    if request.method != "POST":
        return redirect("dashboard:agent_draft", org_id, agent_id)
    form = NoteForm(request.POST)
    if form.is_valid():
        try:
            ensure_not_archived(agent)
            start_if_due(agent, actor=request.user)
            version = publish_draft(
                agent,
                actor=request.user,
                view=request.POST.get(VIEW, ""),
                note=form.cleaned_data["note"],
                accepted=request.POST.get(ACCEPTED, "")[:MOST_ACCEPTED],
                asks=True,
            )
        except GateClosed as closed:
            return _draft_page(request, agent_of_form(request, agent_id), form, closed)
        except ValidationError as error:
            form.add_service_errors(error)
        else:
            said = _("Version %(number)d is live.")
            messages.success(request, said % {"number": version.number})
            return redirect("dashboard:agent", org_id, agent_id)
    return _draft_page(request, agent_of_form(request, agent_id), form)


@member_required(EDIT_AGENTS)
def discard(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Discard the draft; its page then offers to restore it."""
    agent = agent_or_404(request, agent_id)
    if request.method != "POST":
        return redirect("dashboard:agent_draft", org_id, agent_id)
    form = NoteForm(request.POST)
    try:
        discard_draft(agent, actor=request.user, view=request.POST.get(VIEW, ""))
    except ValidationError as error:
        form.add_service_errors(error)
        return _draft_page(request, agent_or_404(request, agent_id), form)
    messages.success(request, _("Draft discarded. The published version is unchanged."))
    return redirect("dashboard:agent_draft", org_id, agent_id)


@member_required(EDIT_AGENTS)
def restore(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Restore the draft that was discarded last."""
    agent = agent_or_404(request, agent_id)
    if request.method != "POST":
        return redirect("dashboard:agent_draft", org_id, agent_id)
    form = NoteForm(request.POST)
    try:
        view = request.POST.get(VIEW, "")
        restored = restore_draft(agent, actor=request.user, view=view, now=timezone.now())
    except ValidationError as error:
        form.add_service_errors(error)
        return _draft_page(request, agent_or_404(request, agent_id), form)
    said = _("Draft restored.") if restored else _("The draft is identical to what is published.")
    messages.success(request, said)
    return redirect("dashboard:agent_draft", org_id, agent_id)


def _editor(
    request: MemberRequest,
    agent: Agent,
    now: AgentVersion,
    form: AgentForm,
    *,
    view: str | None = None,
) -> HttpResponse:
    """view: the state that the editor has seen; None for what is there now."""
    draft = draft_of(agent)
    # A member who was overtaken sees what sending again would change.
    typed = None
    if form.is_bound and form.errors and form.cleaned_data.keys() >= form.fields.keys():
        typed = AgentVersion(agent=agent, **changed(fields_of(now), form.changes()))
    context = {
        "form": form,
        "view": view_of(agent, draft) if view is None else view,
        "unsaved": shown_differences(now, typed) if typed else [],
        "checklist": checklist_of(now),
    }
    return render_agent(
        request,
        "agent_edit.html",
        agent,
        context,
        tab="edit_agent",
        draft=draft,
        status=422 if form.errors else 200,
    )


def _draft_page(
    request: MemberRequest,
    agent: Agent,
    form: NoteForm,
    closed: GateClosed | None = None,
    *,
    ask: str = "",
) -> HttpResponse:
    draft = draft_of(agent)
    context: dict[str, Any] = {
        "form": form,
        "view": view_of(agent, draft),
        "differences": shown_differences(agent.published, drafted(agent, draft)) if draft else [],
        "discarded": None if draft else discarded_draft_of(agent, now=timezone.now()),
        "is_overtaken": draft is not None and draft.based_on_id != agent.published_id,
        "gate": closed,
        "ask": ask,
    }
    if draft is not None and request.membership.is_at_least(EDIT_AGENTS):
        found = closed.findings if closed else examine(agent, drafted(agent, draft))
        context["findings"] = found
    return render_agent(
        request,
        "agent_draft.html",
        agent,
        context,
        tab="agent_draft",
        draft=draft,
        status=422 if form.errors or closed else 200,
    )
