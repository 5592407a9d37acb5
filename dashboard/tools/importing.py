"""Tools proposed by an OpenAPI document: each is read and confirmed in the form of a tool."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse

from accounts.members.access import member_required
from accounts.permissions import EDIT_AGENTS
from agents.http_tools.definition import Definition
from agents.http_tools.openapi import proposals_in
from dashboard.pages import MemberRequest, render_page
from dashboard.tools.editor import ROWS
from dashboard.tools.forms import ImportForm, ToolForm


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
    rows = [{"proposal": each, "fields": _fields_of(each.definition)} for each in (found or ())]
    context = {"form": form, "rows": rows, "is_read": found is not None}
    return render_page(request, "tool_import.html", context, status=422 if form.errors else 200)


def _fields_of(definition: Definition) -> list[tuple[str, str]]:
    """What the form of a tool would be sent with; what is empty is left out."""
    form = ToolForm(definition=definition)
    said = [(ROWS, form.row_count), *form.initial.items()]
    return [(name, "on" if value is True else str(value)) for name, value in said if value]
