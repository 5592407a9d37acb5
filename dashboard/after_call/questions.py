"""Questions that an agent could not answer: listed, answered by a fact in its draft, dismissed."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.members.access import member_required
from accounts.permissions import EDIT_AGENTS, READ
from agents.facts.gaps import gap_for
from agents.models import Agent
from agents.versions.drafts import draft_of, view_of
from dashboard.access_audit import record_questions_read
from dashboard.agents.drafts import VIEW
from dashboard.agents.forms import ServiceErrors
from dashboard.agents.index import agent_of_form, agent_or_404, render_agent
from dashboard.pages import MemberRequest
from usage.questions import handling
from usage.questions.reads import group_of, open_questions, question_text

SHOWN: Final = 50  # groups of questions on the page, each with two forms


class FactForm(ServiceErrors):
    """A fact that answers a question."""

    topic = forms.CharField(
        label=gettext_lazy("Question"),
        max_length=handling.LONGEST_TOPIC,
        help_text=gettext_lazy("Callers may ask it in other words."),
    )
    answer = forms.CharField(
        label=gettext_lazy("What the agent says"),
        max_length=handling.LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One or two sentences, as they are spoken."),
    )
    fills = forms.ChoiceField(label=gettext_lazy("Save as"), required=False)

    def __init__(self, *args: Any, gaps: Sequence[str], **kwargs: Any) -> None:
        """gaps: topics of facts that wait to be filled in."""
        super().__init__(*args, **kwargs)
        if not gaps:
            del self.fields["fills"]
            return
        choice = self.fields["fills"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        waiting = [(gap, _("Fills in: %(fact)s") % {"fact": gap}) for gap in gaps]
        choice.choices = [("", _("A new fact")), *waiting]


@require_safe
@member_required(READ)
def agent_questions(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """The unanswered questions of callers, the most frequent first."""
    agent = agent_or_404(request, agent_id)
    page = open_questions(agent, now=timezone.now())
    if page.groups:
        record_questions_read(request)
    groups = page.groups[:SHOWN]
    context = {
        "groups": groups,
        "is_cut": page.is_cut or len(page.groups) > SHOWN,
        "shown": len(groups),
    }
    return _render(request, "agent_questions.html", agent, context)


@member_required(EDIT_AGENTS)
def question_fact(
    request: MemberRequest, org_id: str, agent_id: str, question_id: int
) -> HttpResponse:
    """Answer a question by a fact in the draft; redirects to the draft, to try it."""
    agent = agent_of_form(request, agent_id)
    group = group_of(agent, question_id, now=timezone.now())
    if group is None:
        return _no_longer_open(request, agent, question_id)
    topic = group.newest.text[: handling.LONGEST_TOPIC].replace(": ", " ")
    draft = draft_of(agent)
    gaps = handling.gaps_of(agent, draft)
    initial = {"topic": topic, "fills": gap_for(topic, gaps)}
    form = FactForm(request.POST or None, initial=initial, gaps=gaps)
    if request.method == "POST" and form.is_valid():
        try:
            handling.add_as_fact(
                agent,
                group.ids,
                view=request.POST.get(VIEW, ""),
                actor=request.user,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except ValidationError as error:
            form.add_service_errors(error)
        else:
            said = _("The fact is in the draft. The question is asked below; then publish.")
            messages.success(request, said)
            page = reverse("dashboard:agent_draft", args=[org_id, agent_id])
            return redirect(f"{page}?ask={group.newest.pk}#try")
    context = {"form": form, "group": group, "view": view_of(agent, draft)}
    status = 422 if form.errors else 200
    return _render(request, "question_fact.html", agent, context, status=status)


@require_http_methods(["GET", "POST"])
@member_required(EDIT_AGENTS)
def dismiss_question(
    request: MemberRequest, org_id: str, agent_id: str, question_id: int
) -> HttpResponse:
    """Dismiss a question and those that ask the same; redirects to the list."""
    agent = agent_or_404(request, agent_id)
    if request.method == "POST":
        group = group_of(agent, question_id, now=timezone.now())
        if group is not None:
            handling.dismiss(agent, group.ids, actor=request.user, now=timezone.now())
            messages.success(request, _("Question dismissed."))
    return redirect("dashboard:agent_questions", org_id, agent_id)


def _no_longer_open(request: MemberRequest, agent: Agent, question_id: int) -> HttpResponse:
    """Redirect members who open a closed question to the list; show them what they typed.

    Raises Http404.
    """
    if not question_text(agent, question_id):
        raise Http404("No such question")
    closed = _("This question is no longer open. Its fact may be in the draft.")
    if request.method != "POST":
        messages.info(request, closed)
        return redirect("dashboard:agent_questions", request.org.public_id, agent.public_id)
    draft = draft_of(agent)
    form = FactForm(request.POST, gaps=handling.gaps_of(agent, draft))
    form.add_error(None, closed)
    form.add_error(None, _("Nothing was saved. Copy your text if you still need it."))
    context = {"form": form, "view": view_of(agent, draft)}
    return _render(request, "question_fact.html", agent, context, status=422)


def _render(
    request: MemberRequest,
    template: str,
    agent: Agent,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    draft = draft_of(agent)
    return render_agent(
        request, template, agent, context, tab="agent_questions", draft=draft, status=status
    )
