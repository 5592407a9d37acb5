"""Tools proposed by an OpenAPI document or an MCP server: each is confirmed in a tool's form."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.members.access import member_required
from accounts.permissions import EDIT_AGENTS
from agents.http_tools import storing
from agents.http_tools.definition import Definition
from agents.http_tools.mcp import RemoteTool
from agents.http_tools.openapi.proposals import Proposal, proposals_in
from dashboard.pages import MemberRequest, render_page
from dashboard.tools.editor import ROWS
from dashboard.tools.forms import ImportForm, ServerForm, ToolForm


@member_required(EDIT_AGENTS)
def import_tools(request: MemberRequest, org_id: str) -> HttpResponse:
    """A document is pasted; its operations are listed, and nothing is stored."""
    form = ImportForm(request.POST or None)
    found = None
    if request.method == "POST" and form.is_valid():
        try:
            found = proposals_in(form.cleaned_data["document"])
        except ValidationError as error:
            form.add_service_errors(error)
    return _page(request, form, ServerForm(), found)


@member_required(EDIT_AGENTS)
def import_remote_tools(request: MemberRequest, org_id: str) -> HttpResponse:
    """An MCP server is asked for its tools, which are listed; nothing is stored."""
    if request.method != "POST":
        return redirect("dashboard:import_tools", org_id)
    form = ServerForm(request.POST)
    found = None
    if form.is_valid():
        try:
            found = storing.remote_tools(request.org, actor=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_service_errors(error)
    return _page(request, ImportForm(), form, found)


def _page(
    request: MemberRequest,
    form: ImportForm,
    server_form: ServerForm,
    found: Sequence[Proposal | RemoteTool] | None,
) -> HttpResponse:
    rows = [{"proposal": each, "fields": _fields_of(each.definition)} for each in found or ()]
    context = {
        "form": form,
        "server_form": server_form,
        "rows": rows,
        "is_read": found is not None,
    }
    status = 422 if form.errors or server_form.errors else 200
    return render_page(request, "tool_import.html", context, status=status)


def _fields_of(definition: Definition) -> list[tuple[str, str]]:
    """What the form of a tool would be sent with; what is empty is left out."""
    form = ToolForm(definition=definition)
    said = [(ROWS, form.row_count), *form.initial.items()]
    return [(name, "on" if value is True else str(value)) for name, value in said if value]
