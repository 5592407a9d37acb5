"""The list of the organization's tools and their secrets; a tool deleted, a secret saved."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.models import HostSecret
from accounts.permissions import EDIT_AGENTS, MANAGE_ORGANIZATION
from accounts.secrets import host_secrets
from agents.http_tools import calling, storing
from agents.http_tools.models import HttpTool
from dashboard.pages import MemberRequest, render_page
from dashboard.reauthentication import fresh_login_required
from dashboard.tools.secret_forms import SecretForm


@require_safe
@member_required(EDIT_AGENTS)
def tools(request: MemberRequest, org_id: str) -> HttpResponse:
    """The tools by name, and the secrets that they may use."""
    return _page(request, SecretForm())


@member_required(EDIT_AGENTS)
def delete_tool(request: MemberRequest, org_id: str, tool_id: str) -> HttpResponse:
    """Ask, then delete the tool."""
    tool = tool_or_404(request, tool_id)
    if request.method == "POST":
        storing.delete(tool, actor=request.user)
        messages.success(request, _("The tool %(name)s was deleted.") % {"name": tool.name})
        return redirect("dashboard:tools", org_id)
    names = ", ".join(each.agent.name for each in storing.used_by(tool))
    consequence = (
        _("%(names)s can use it until the next version is published.") % {"names": names}
        if names
        else _("No agent uses it.")
    )
    context = {
        "question": _("Delete the tool %(name)s?") % {"name": tool.name},
        "consequence": consequence,
        "action": _("Delete"),
        "is_dangerous": True,
        "back": reverse("dashboard:tool", args=[org_id, tool_id]),
    }
    return render_page(request, "confirm.html", context)


@sensitive_variables()
@member_required(MANAGE_ORGANIZATION)
@fresh_login_required
def save_tool_secret(request: MemberRequest, org_id: str) -> HttpResponse:
    """Seal a secret for a host, in place of a former one of its name."""
    if request.method != "POST":
        return redirect("dashboard:tools", org_id)
    form = SecretForm(request.POST)
    if form.is_valid():
        try:
            host_secrets.store(
                request.org,
                name=form.cleaned_data["name"],
                host=form.cleaned_data["host"],
                value=form.cleaned_data["secret_value"],
                actor=request.user,
                may_replace=form.cleaned_data["may_replace"],
            )
        except ValidationError as error:
            form.add_service_errors(error)
        else:
            messages.success(request, _("Secret saved. Tools use it from now on."))
            return redirect("dashboard:tools", org_id)
    return _page(request, form, status=422)


@member_required(MANAGE_ORGANIZATION)
@fresh_login_required
def clear_tool_secret(request: MemberRequest, org_id: str) -> HttpResponse:
    """Ask, then forget the secret that `name` says."""
    name = request.POST.get("name") or request.GET.get("name") or ""
    if name not in host_secrets.names_of(request.org):
        return redirect("dashboard:tools", org_id)
    if request.method == "POST":
        host_secrets.clear(request.org, name=name, actor=request.user)
        messages.success(request, _("The secret %(name)s was removed.") % {"name": name})
        return redirect("dashboard:tools", org_id)
    context = {
        "question": _("Remove the secret %(name)s?") % {"name": name},
        "consequence": _("Tools that use it stop working at once, also in calls in progress."),
        "action": _("Remove"),
        "is_dangerous": True,
        "back": reverse("dashboard:tools", args=[org_id]),
    }
    return render_page(request, "confirm.html", context)


def tool_or_404(request: MemberRequest, tool_id: str) -> HttpTool:
    """The organization's tool of that public id. Raises Http404."""
    found = storing.tools_of(request.org).filter(public_id=tool_id).first()
    if found is None:
        raise Http404("No such tool")
    return found


def _page(request: MemberRequest, form: SecretForm, *, status: int = 200) -> HttpResponse:
    rows = [
        {"tool": each, "definition": each.definition, "host": calling.host_of(each.definition)}
        for each in storing.tools_of(request.org)
    ]
    context = {
        "rows": rows,
        "secrets": HostSecret.objects.filter(org=request.org),
        "form": form,
    }
    return render_page(request, "tools.html", context, status=status)
