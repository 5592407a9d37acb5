"""An agent archived, and restored."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.members.access import member_required
from accounts.permissions import EDIT_AGENTS
from agents.models import Agent
from agents.settings import limits
from agents.versions.archiving import archive_agent as archive
from agents.versions.archiving import restore_agent as restore
from agents.versions.drafts import draft_of
from agents.versions.gate.gate import before_off
from agents.versions.publishing import first_active, next_active
from dashboard.agents.index import agent_or_404, render_agent
from dashboard.labels import at_most
from dashboard.pages import MemberRequest
from usage.reads.activity import count_of_agent

MOST_COUNTED: Final = 1_000  # calls of the agent
_NO_ISOLATES: Final = dict.fromkeys(range(0x2066, 0x206A))


class ArchiveForm(forms.Form):
    """The agent's name, typed to archive one that had calls."""

    name = forms.CharField(
        label=gettext_lazy("Name of the agent"), max_length=limits.CHARACTERS["name"] * 2
    )

    def __init__(self, *args: Any, agent: Agent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name = agent.name
        self.fields["name"].help_text = _("Type “%(name)s” to confirm.") % {"name": agent.name}

    def clean_name(self) -> str:
        """The name, however it is spaced and in any case."""
        typed: str = self.cleaned_data["name"]
        if _compared(typed) != _compared(self._name):
            raise ValidationError(
                _("This isn’t the agent’s name. Type “%(name)s”.") % {"name": self._name}
            )
        return typed


def _compared(name: str) -> str:
    """`name` without what differs when it is typed, or copied off a page (`accounts.names`)."""
    return " ".join(name.translate(_NO_ISOLATES).split()).casefold()


@member_required(EDIT_AGENTS)
def archive_agent(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Ask whether to archive the agent, by its name if it had calls; POST does so."""
    agent = agent_or_404(request, agent_id, also_archived=True)
    if agent.archived_at is not None:  # pressed twice, or in another tab
        return redirect("dashboard:agent", org_id, agent_id)
    calls = count_of_agent(agent, limit=MOST_COUNTED)
    form = ArchiveForm(request.POST or None, agent=agent) if calls else None
    if request.method == "POST" and (form is None or form.is_valid()):
        archive(agent, actor=request.user, now=timezone.now())
        said = _("%(agent)s is archived. You find it under Archived agents.")
        messages.success(request, said % {"agent": agent})
        return redirect(f"{reverse('dashboard:agents', args=[org_id])}?archived=1")
    context = {
        "form": form,
        "calls": calls,
        "calls_shown": at_most(calls, MOST_COUNTED),
        "losing": before_off(agent),
        "is_default": first_active(request.org) == agent,
        "next_default": next_active(agent),
    }
    return render_agent(
        request,
        "agent_archive.html",
        agent,
        context,
        tab="agent",
        draft=draft_of(agent),
        status=422 if form and form.errors else 200,
    )


@member_required(EDIT_AGENTS)
def restore_agent(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Restore an archived agent, which is inactive then."""
    agent = agent_or_404(request, agent_id, also_archived=True)
    if request.method == "POST" and restore(agent, actor=request.user):
        said = _("%(agent)s is restored and inactive. To let it answer, turn on “Answers calls”.")
        messages.success(request, said % {"agent": agent})
    return redirect("dashboard:agent", org_id, agent_id)
