"""The list of agents, and the page of one: what is published, its URL, its name and state."""

from datetime import timedelta
from typing import Any, Final

from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.keys.webhook_urls import webhook_url
from accounts.members.access import member_required
from accounts.permissions import EDIT_AGENTS, READ, READ_PROMPTS
from agents.models import Agent, AgentDraft
from agents.starters.speaking import access_of
from agents.starters.starters import EMPTY, RECEPTIONIST, STARTERS
from agents.versions.drafts import draft_of
from agents.versions.gate.checks import KEY
from agents.versions.gate.gate import GateClosed, failing
from agents.versions.gate.services import create_checked_agent, edit_checked_agent
from agents.versions.listing import agents_of, archived_count
from agents.versions.publishing import first_active, free_name
from agents.versions.setting_aside import reason_in_words
from dashboard.agents.checklist import checklist_of
from dashboard.agents.forms import ACCEPTED, MOST_ACCEPTED, FileForm, NameForm, NewAgentForm
from dashboard.labels import at_most
from dashboard.merging import tell_of_changes
from dashboard.pages import MemberRequest, render_page
from usage.questions.reads import COUNTED, open_count
from usage.reads.activity import calls_by_agent

AGENTS_A_PAGE: Final = 50
MOST_COUNTED: Final = 1_000  # archived agents
WEEK: Final = timedelta(days=7)
TABS_OF_ARCHIVED: Final = ("agent", "agent_versions")
# Shown in the URL in place of the key, which is shown on request only.
MASKED_KEY: Final = "vx_..."


@require_safe
@member_required(READ)
def agents(request: MemberRequest, org_id: str) -> HttpResponse:
    """List the organization's agents, oldest first; `?after=<id>` continues after that one.

    `?archived=1`: those that are archived.
    """
    after, archived = request.GET.get("after"), "archived" in request.GET
    found = list(
        agents_of(
            request.org,
            limit=AGENTS_A_PAGE + 1,
            after=agent_or_404(request, after, also_archived=True) if after else None,
            archived=archived,
        )
    )
    shown = found[:AGENTS_A_PAGE]
    calls = calls_by_agent(request.org, since=timezone.now() - WEEK)
    context = {
        "rows": [(each, calls.get(each.pk, 0)) for each in shown],
        "by_default": first_active(request.org),
        "is_first_page": not after,
        "after": shown[-1].public_id if len(found) > AGENTS_A_PAGE else "",
        "archived": archived,
        "archived_count": at_most(archived_count(request.org, limit=MOST_COUNTED), MOST_COUNTED),
    }
    return render_page(request, "agents.html", context)


@member_required(EDIT_AGENTS)
def new_agent(request: MemberRequest, org_id: str) -> HttpResponse:
    """Make an agent from a starting point."""
    has_access = access_of(request.org)
    first = {"starter": RECEPTIONIST.key}
    form = NewAgentForm(request.POST or None, initial=first, has_access=has_access)
    if request.method == "POST" and form.is_valid():
        starter, language = STARTERS[form.cleaned_data["starter"]], form.cleaned_data["speaks"]
        own_name = starter.texts(language).name
        try:
            agent = create_checked_agent(
                request.org,
                name=form.cleaned_data["name"] or free_name(request.org, own_name),
                actor=request.user,
                **starter.version_fields(
                    request.org.name, language=language, has_access=has_access
                ),
            )
        except ValidationError as error:
            form.add_service_errors(error)
        else:
            if agent.is_active:
                said = _("%(agent)s is ready to answer calls.")
                messages.success(request, said % {"agent": agent})
            else:
                said = _("%(agent)s was created, but is inactive: calls would fail. See its page.")
                messages.warning(request, said % {"agent": agent})
            return redirect("dashboard:edit_agent", org_id, agent.public_id)
    choices = [
        {"value": each.key, "title": each.title, "text": each.summary} for each in STARTERS.values()
    ]
    context = {"form": form, "choices": choices, "file_form": FileForm(), "empty": EMPTY.key}
    return render_page(request, "new_agent.html", context, status=422 if form.errors else 200)


@require_safe
@member_required(READ)
def agent(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """An agent's published version, webhook URL, name and state; a viewer sees its greeting."""
    found = agent_or_404(request, agent_id, also_archived=True)
    return _agent_page(request, found, NameForm(initial=_name_and_state(found)))


@member_required(EDIT_AGENTS)
def change_agent(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Rename the agent, or switch it on or off; effective at once, without a version."""
    found = agent_or_404(request, agent_id)
    if request.method != "POST":
        return redirect("dashboard:agent", org_id, agent_id)
    form = NameForm(request.POST, initial=_name_and_state(found))
    if form.is_valid():
        try:
            edit_checked_agent(
                found,
                actor=request.user,
                accepted=request.POST.get(ACCEPTED, "")[:MOST_ACCEPTED],
                **{name: form.cleaned_data[name] for name in form.changed_data},
            )
        except GateClosed as closed:
            return _agent_page(request, agent_or_404(request, agent_id), form, closed)
        except ValidationError as error:
            form.add_service_errors(error)
        else:
            messages.success(request, _("Saved. Applies from the next call."))
            tell_of_changes(request, form)
            return redirect("dashboard:agent", org_id, agent_id)
    return _agent_page(request, agent_or_404(request, agent_id), form)


def agent_or_404(request: MemberRequest, agent_id: str, *, also_archived: bool = False) -> Agent:
    """The organization's agent of that public id, its published version loaded.

    Raises Http404; ImmediateHttpResponse (allauth's middleware sends it) for an archived agent,
    unless `also_archived`: its page is shown instead, and says how to restore it.
    """
    found = (
        request.org.agents.select_related("org", "published__created_by")
        .filter(public_id=agent_id)
        .first()
    )
    if found is None:
        raise Http404("No such agent")
    if found.archived_at is not None and not also_archived:
        messages.info(request, _("%(agent)s is archived. Restore it first.") % {"agent": found})
        raise ImmediateHttpResponse(_to_its_page(request, found))
    if found.published is not None:
        found.published.agent = found
    return found


def agent_of_form(request: MemberRequest, agent_id: str) -> Agent:
    """`agent_or_404` for a view whose form is stored by a service that refuses archived agents.

    The form is then shown again with the reason, and with what was typed while it was archived.
    """
    return agent_or_404(request, agent_id, also_archived=request.method == "POST")


def render_agent(
    request: MemberRequest,
    template: str,
    agent: Agent,
    context: dict[str, Any],
    *,
    tab: str,
    draft: AgentDraft | None,
    status: int = 200,
) -> HttpResponse:
    """Render a page about `agent`, with its tabs. tab: the route of the open one."""
    shared = {
        "agent": agent,
        "version": agent.published,
        "draft": draft,
        # What "Try it" is to talk to: what the page shows.
        "is_about_draft": draft is not None and tab in ("edit_agent", "agent_draft"),
        "tabs": _tabs(request, agent, tab, draft),
    }
    return render_page(request, template, shared | context, status=status)


def _to_its_page(request: MemberRequest, agent: Agent) -> HttpResponse:
    page = redirect("dashboard:agent", request.org.public_id, agent.public_id)
    if "HX-Request" not in request.headers:
        return page
    # htmx would follow a redirect and put the part that it asked for in place: there is none.
    return HttpResponse(headers={"HX-Redirect": page.headers["Location"]})


def _tabs(
    request: MemberRequest, agent: Agent, tab: str, draft: AgentDraft | None
) -> list[dict[str, Any]]:
    routes = [("agent", _("Published"), READ), ("edit_agent", _("Edit"), EDIT_AGENTS)]
    routes += [("agent_draft", _("Draft"), READ_PROMPTS)]
    routes += [("agent_facts", _("Facts"), READ_PROMPTS)]
    routes += [("agent_questions", _("Questions"), READ)]
    routes += [("saved_tests", _("Tests"), READ_PROMPTS)]
    routes += [("agent_versions", _("Versions"), READ_PROMPTS)]
    if agent.archived_at is not None:
        routes = [each for each in routes if each[0] in TABS_OF_ARCHIVED]
    counts = {
        "agent_draft": len(draft.fields) if draft else None,
        "agent_questions": at_most(open_count(agent), COUNTED),
    }
    return [
        {
            "url": reverse(f"dashboard:{route}", args=[request.org.public_id, agent.public_id]),
            "label": label,
            "is_current": route == tab,
            "count": counts.get(route),
        }
        for route, label, needs in routes
        if request.membership.is_at_least(needs)
    ]


def _name_and_state(agent: Agent) -> dict[str, Any]:
    return {"name": agent.name, "is_active": agent.is_active}


def _agent_page(
    request: MemberRequest, agent: Agent, form: NameForm, closed: GateClosed | None = None
) -> HttpResponse:
    fails = [] if agent.archived_at else failing(agent)
    context = {
        "form": form,
        "file_form": FileForm(),
        "checklist": checklist_of(agent.published),
        "trouble": reason_in_words(agent.published),
        "masked_url": webhook_url(MASKED_KEY, agent_id=agent.public_id),
        "gate": closed,
        "failing": fails,
        "needs_key": any(each.code.startswith(KEY) for each in fails),
    }
    return render_agent(
        request,
        "agent.html",
        agent,
        context,
        tab="agent",
        draft=draft_of(agent),
        status=422 if form.errors or closed else 200,
    )
