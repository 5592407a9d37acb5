"""One tool: written, tried with sample arguments, and published with the agents that use it."""

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.members.access import member_required
from accounts.permissions import EDIT_AGENTS, permissions_of
from agents.calendars.offering import action_of
from agents.calendars.settings import Action
from agents.http_tools import limits, storing
from agents.http_tools.definition import Definition
from agents.http_tools.models import HttpTool
from agents.versions.gate.gate import GateClosed
from agents.versions.gate.services import publish_with_newest_tools
from dashboard.agents.forms import ACCEPTED, MOST_ACCEPTED
from dashboard.agents.index import agent_or_404
from dashboard.bounded_fields import row_number
from dashboard.merging import tell_of_changes
from dashboard.pages import NO_LONGER_THERE, MemberRequest, render_page
from dashboard.reauthentication import ensure_fresh_login
from dashboard.tools.calendars import CalendarForm
from dashboard.tools.forms import ToolForm, TryForm
from dashboard.tools.index import tool_or_404

MORE: Final = "more"  # the button that adds a row for a parameter
ROWS: Final = "rows"
PROPOSED: Final = "proposed"  # the form was filled in from a document, and is yet to be read


@member_required(EDIT_AGENTS)
def new_tool(request: MemberRequest, org_id: str) -> HttpResponse:
    """Write a tool."""
    return _edited(request, None)


@member_required(EDIT_AGENTS)
def new_calendar(request: MemberRequest, org_id: str) -> HttpResponse:
    """Connect a calendar."""
    return _edited(request, None, is_calendar=True)


@member_required(EDIT_AGENTS)
def tool(request: MemberRequest, org_id: str, tool_id: str) -> HttpResponse:
    """Change a tool or a calendar; below, try it.

    One that was deleted meanwhile is created anew, if that is wanted.
    """
    known = storing.tools_of(request.org).filter(public_id=tool_id)
    if request.method == "POST" and not known.exists():
        is_calendar = "provider" in request.POST
        return _edited(request, None, is_calendar=is_calendar, is_gone=True)
    found = tool_or_404(request, tool_id)
    return _edited(request, found, is_calendar=found.definition.calendar is not None)


@member_required(EDIT_AGENTS)
def try_tool(request: MemberRequest, org_id: str, tool_id: str) -> HttpResponse:
    """Send one request with the arguments that were typed, and show what an agent would get."""
    found = tool_or_404(request, tool_id)
    if request.method != "POST":
        return redirect("dashboard:tool", org_id, tool_id)
    definition = _tried_of(found.definition)
    form = TryForm(request.POST, definition=definition)
    tried = None
    if form.is_valid():
        try:
            tried = storing.try_out(request.org, definition, form.given(), actor=request.user)
        except ValidationError as error:
            form.add_service_errors(error)
    status = 422 if form.errors else 200
    return _page(request, found, None, {"try_form": form, "tried": tried}, status=status)


@member_required(EDIT_AGENTS)
def publish_tool(request: MemberRequest, org_id: str, tool_id: str) -> HttpResponse:
    """Publish a new version of an agent, which has the tool as it is now."""
    found = tool_or_404(request, tool_id)
    agent_id = request.POST.get("agent", "")
    if request.method != "POST" or not agent_id:
        return redirect("dashboard:tool", org_id, tool_id)
    agent = agent_or_404(request, agent_id)
    try:
        publish_with_newest_tools(
            agent,
            actor=request.user,
            note=_("Changed tool: %(name)s") % {"name": found.name},
            accepted=request.POST.get(ACCEPTED, "")[:MOST_ACCEPTED],
        )
    except GateClosed as closed:
        shown = {"gate": closed, "findings": closed.findings, "gate_of": agent.pk}
        return _page(request, found, None, shown, status=422)
    except ValidationError as refusal:  # archived meanwhile, or too much was saved today
        messages.error(request, " ".join(refusal.messages))
        return redirect("dashboard:tool", org_id, tool_id)
    said = _("%(agent)s uses the changed tool from the next call.")
    messages.success(request, said % {"agent": agent})
    return redirect("dashboard:tool", org_id, tool_id)


def _edited(
    request: MemberRequest,
    found: HttpTool | None,
    *,
    is_calendar: bool = False,
    is_gone: bool = False,
) -> HttpResponse:
    context = {"is_calendar": is_calendar}
    if request.method != "POST":
        return _page(request, found, None, context)
    definition = found.definition if found else None
    form: ToolForm | CalendarForm
    if is_calendar:
        form = _calendar_form(request, definition, is_sent=True)
    else:
        rows = _row_count(request) + (MORE in request.POST)
        is_judged = not (MORE in request.POST or PROPOSED in request.POST)
        form = ToolForm(request.POST, definition=definition, rows=rows, is_judged=is_judged)
        if not is_judged:
            return _page(request, found, form, context)
    if is_gone:
        form.add_error(None, NO_LONGER_THERE)
    return _stored(request, found, form, context)


def _stored(
    request: MemberRequest,
    found: HttpTool | None,
    form: ToolForm | CalendarForm,
    context: dict[str, Any],
) -> HttpResponse:
    """Store what the form says; its page again, where something is wrong.

    An address or a calendar to which no tool sends yet asks for the password again: what callers
    say goes there. So does a key.
    """
    if form.is_valid():
        definition = form.definition()
        key = form.key if isinstance(form, CalendarForm) else ""
        if key or storing.is_new_address(request.org, definition):
            ensure_fresh_login(request)
        try:
            saved = storing.connect(
                request.org, definition, key=key, actor=request.user, tool=found
            )
        except ValidationError as error:
            form.add_service_errors(error)
        else:
            said = (
                _("Saved. Agents get it with their next published version.")
                if found
                else _("Tool created. Try it, then check it in the editor of an agent.")
            )
            messages.success(request, said)
            tell_of_changes(request, form)
            return redirect("dashboard:tool", request.org.public_id, saved.public_id)
    if isinstance(form, CalendarForm):
        form.forget_key()
    return _page(request, found, form, context, status=422)


def _tried_of(definition: Definition) -> Definition:
    """What is tried of a tool: all of it; of a calendar its free times, which changes nothing."""
    if definition.calendar is None:
        return definition
    return action_of(definition, Action.FREE)


def _calendar_form(
    request: MemberRequest, definition: Definition | None, *, is_sent: bool = False
) -> CalendarForm:
    return CalendarForm(
        request.POST if is_sent else None,
        definition=definition,
        zone=request.org.time_zone,
        may_save_key=permissions_of(request.membership).manage_organization,
    )


def _row_count(request: MemberRequest) -> int:
    """How many rows the form had that was sent."""
    return min(row_number(request.POST.get(ROWS, "")) or 0, limits.PARAMETERS)


def _page(
    request: MemberRequest,
    found: HttpTool | None,
    form: ToolForm | CalendarForm | None,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    definition = found.definition if found else None
    is_calendar = definition is not None and definition.calendar is not None
    if form is None and context.get("is_calendar", is_calendar):
        form = _calendar_form(request, definition)
    shown: dict[str, Any] = {
        "tool": found,
        "form": form or ToolForm(definition=definition),
        "is_calendar": is_calendar,
    }
    if found is not None and definition is not None:
        shown |= {
            "try_form": TryForm(definition=_tried_of(definition)),
            "used_by": storing.used_by(found),
            "writes": definition.writes,
        }
    return render_page(request, "tool.html", shown | context, status=status)
