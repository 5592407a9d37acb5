"""What an agent knows, fact by fact: searched, counted, imported."""

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.permissions import EDIT_AGENTS, READ_PROMPTS
from agents.facts import importing
from agents.facts.proposing import MOST, Row
from agents.models import Agent
from agents.settings.config import WrittenFact
from agents.versions.drafts import draft_of, drafted, view_of
from agents.versions.preparing import facts_of
from dashboard.agents.drafts import VIEW
from dashboard.agents.forms import ServiceErrors
from dashboard.agents.index import agent_or_404, render_agent
from dashboard.pages import MemberRequest
from usage.reads.facts_asked import asked_this_week

LONGEST_SEARCH: Final = 100  # characters


@dataclass(frozen=True, slots=True)
class _Listed:
    fact: WrittenFact
    asked: int  # times this week


class SourceForm(ServiceErrors):
    """Where facts are read from: one of the three."""

    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=importing.TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("Questions with answers, headings with text, or “topic: text”."),
    )
    table = forms.FileField(
        label=gettext_lazy("CSV file"),
        required=False,
        allow_empty_file=True,
        help_text=gettext_lazy("Questions in the first column, answers in the second."),
    )
    url = forms.CharField(
        label=gettext_lazy("Web page"),
        max_length=importing.ADDRESS,
        required=False,
        widget=forms.URLInput,
        help_text=gettext_lazy("One page of your website, such as https://example.com/faq."),
    )


@require_safe
@member_required(READ_PROMPTS)
def agent_facts(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Every fact of the draft, or of what is published; `?q=` leaves those with these words."""
    agent = agent_or_404(request, agent_id)
    draft = draft_of(agent)
    facts = facts_of(drafted(agent, draft) if draft else agent.published) if agent.published else []
    asked = asked_this_week(agent, [fact.topic for fact in facts], now=timezone.now())
    sought = request.GET.get("q", "")[:LONGEST_SEARCH].strip()
    words = sought.casefold().split()
    listed = [
        _Listed(fact, asked[number])
        for number, fact in enumerate(facts)
        if all(word in f"{fact.topic} {fact.text}".casefold() for word in words)
    ]
    context = {"facts": listed, "total": len(facts), "sought": sought}
    return render_agent(request, "agent_facts.html", agent, context, tab="agent_facts", draft=draft)


@member_required(EDIT_AGENTS)
def import_facts(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Read facts from a text, a table or a page: each is shown, and nothing is stored."""
    agent = agent_or_404(request, agent_id)
    is_sent = request.method == "POST"
    form = SourceForm(request.POST, request.FILES) if is_sent else SourceForm()
    rows: list[Row] | None = None
    if is_sent and form.is_valid():
        try:
            rows = _proposed(request, form.cleaned_data)
        except ValidationError as error:
            form.add_service_errors(error)
    return _import_page(request, agent, form, rows)


@member_required(EDIT_AGENTS)
def add_facts(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Take the rows that are ticked into the draft; then the draft, to be tried."""
    agent = agent_or_404(request, agent_id)
    if request.method != "POST":
        return redirect("dashboard:import_facts", org_id, agent_id)
    view = request.POST.get(VIEW, "")
    try:
        importing.add(agent, _rows(request, with_field="take"), view=view, actor=request.user)
    except ValidationError as error:
        form = SourceForm({})
        form.is_valid()
        for problem in error.messages:
            form.add_error(None, problem)
        return _import_page(request, agent, form, _rows(request, with_field="answer"))
    messages.success(request, _("The facts are in the draft. Try them below, then publish."))
    return redirect("dashboard:agent_draft", org_id, agent_id)


def _proposed(request: MemberRequest, said: dict[str, Any]) -> list[Row]:
    """Raises ValidationError in words."""
    if said["table"]:
        return importing.in_table(said["table"].read(importing.TABLE_BYTES + 1))
    if said["url"]:
        return importing.in_page(request.org, said["url"].strip(), actor=request.user)
    if said["text"].strip():
        return importing.in_text(said["text"])
    raise ValidationError(_("Paste a text, choose a file or enter an address."))


def _import_page(
    request: MemberRequest, agent: Agent, form: SourceForm, rows: list[Row] | None
) -> HttpResponse:
    draft = draft_of(agent)
    context = {"form": form, "rows": rows, "view": view_of(agent, draft), "most": MOST}
    status = 422 if form.errors else 200
    return render_agent(
        request, "facts_import.html", agent, context, tab="agent_facts", draft=draft, status=status
    )


def _rows(request: MemberRequest, *, with_field: str) -> list[Row]:
    """The rows of the page as they came back: with "answer" all of them, with "take" the ticked."""
    return [
        (request.POST.get(f"topic-{number}", ""), request.POST.get(f"answer-{number}", ""))
        for number in range(MOST)
        if f"{with_field}-{number}" in request.POST
    ]
