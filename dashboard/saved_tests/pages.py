"""An agent's saved tests: listed with their latest results, written, deleted, run."""

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.permissions import EDIT_AGENTS, READ_PROMPTS
from agents.models import Agent
from agents.saved_tests import limits, writing
from agents.saved_tests.models import SavedTest, TestResult, TestRun
from agents.saved_tests.reads import counts_of, results_of, runs_of, tests_of
from agents.saved_tests.words import problems_in_words
from agents.versions.drafts import draft_of
from dashboard import labels
from dashboard.agents.index import agent_of_form, agent_or_404, render_agent
from dashboard.merging import tell_of_changes
from dashboard.pages import NO_LONGER_THERE, MemberRequest, render_page
from dashboard.saved_tests.forms import SavedTestForm
from usage.saved_tests.starting import start
from voicex.errors import Declined
from voicex.reasons.attempts import AttemptReason

RUNS_SHOWN: Final = 20
OPEN: Final = (TestRun.State.WAITING, TestRun.State.RUNNING)
# How a result is marked; the values are the classes of `components/checks.html`.
MARKS: Final = {
    TestResult.State.GREEN: "good",
    TestResult.State.RED: "bad",
    TestResult.State.OPEN: "warn",
}


@require_safe
@member_required(READ_PROMPTS)
def saved_tests(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """The tests with their latest results, and the latest runs."""
    agent = agent_or_404(request, agent_id)
    runs = list(runs_of(agent)[:RUNS_SHOWN])
    counted = counts_of(runs)
    done = next((each for each in runs if each.state == TestRun.State.DONE), None)
    latest = {each.test_id: each for each in results_of(done)}
    tests = list(tests_of(agent))
    context = {
        "rows": [(each, _shown(latest[each.pk]) if each.pk in latest else None) for each in tests],
        "runs": [(each, counted.get(each.pk)) for each in runs],
        "is_running": any(each.state in OPEN for each in runs),
        "has_room": len(tests) < limits.TESTS,
    }
    return _render(request, "saved_tests.html", agent, context)


@member_required(EDIT_AGENTS)
def new_saved_test(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Write a test."""
    return _edited(request, agent_of_form(request, agent_id), None)


@member_required(EDIT_AGENTS)
def saved_test(request: MemberRequest, org_id: str, agent_id: str, test_id: int) -> HttpResponse:
    """Change a test; one that was deleted meanwhile is created anew, if that is wanted."""
    agent = agent_of_form(request, agent_id)
    is_gone = request.method == "POST" and not tests_of(agent).filter(pk=test_id).exists()
    test = None if is_gone else _test_or_404(agent, test_id)
    return _edited(request, agent, test, is_gone=is_gone)


@member_required(EDIT_AGENTS)
def delete_saved_test(
    request: MemberRequest, org_id: str, agent_id: str, test_id: int
) -> HttpResponse:
    """Ask, then delete a test."""
    agent = agent_or_404(request, agent_id)
    test = _test_or_404(agent, test_id)
    if request.method == "POST":
        writing.delete(test, actor=request.user)
        messages.success(request, _("The test %(name)s was deleted.") % {"name": test.name})
        return redirect("dashboard:saved_tests", org_id, agent_id)
    context = {
        "question": _("Delete the test %(name)s?") % {"name": test.name},
        "consequence": _("What came of it in earlier runs stays."),
        "action": _("Delete"),
        "is_dangerous": True,
        "back": reverse("dashboard:saved_test", args=[org_id, agent_id, test_id]),
    }
    return render_page(request, "confirm.html", context)


@member_required(EDIT_AGENTS)
def run_tests(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Run the tests with the draft, or without one the published version; redirects to them."""
    agent = agent_or_404(request, agent_id)
    if request.method == "POST":
        try:
            run = start(agent, actor=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        except Declined as decline:
            messages.error(request, labels.label_of(AttemptReason, decline.reason))
        else:
            if run is None:
                messages.error(request, _("Not run: there are no tests, or too many runs an hour."))
    return redirect("dashboard:saved_tests", org_id, agent_id)


@require_safe
@member_required(READ_PROMPTS)
def test_run(request: MemberRequest, org_id: str, agent_id: str, run_id: int) -> HttpResponse:
    """The results of a run."""
    agent = agent_or_404(request, agent_id)
    run = runs_of(agent).filter(pk=run_id).first()
    if run is None:
        raise Http404("No such run")
    results = [_shown(each) for each in results_of(run)]
    context = {"run": run, "results": results, "is_running": run.state in OPEN}
    return _render(request, "saved_test_run.html", agent, context)


def _edited(
    request: MemberRequest, agent: Agent, test: SavedTest | None, *, is_gone: bool = False
) -> HttpResponse:
    form = SavedTestForm(request.POST if request.method == "POST" else None, test=test)
    if is_gone:
        form.add_error(None, NO_LONGER_THERE)
    if request.method == "POST" and form.is_valid():
        try:
            writing.save(agent, actor=request.user, test=test, **form.cleaned_data)
        except ValidationError as error:
            form.add_service_errors(error)
        else:
            messages.success(request, _("Test saved."))
            tell_of_changes(request, form)
            return redirect("dashboard:saved_tests", request.org.public_id, agent.public_id)
    status = 422 if form.errors else 200
    return _render(request, "saved_test.html", agent, {"form": form, "test": test}, status=status)


def _shown(result: TestResult) -> dict[str, Any]:
    """A result for display."""
    return {
        "result": result,
        "mark": MARKS[TestResult.State(result.state)],
        "problems": problems_in_words(result),
    }


def _test_or_404(agent: Agent, test_id: int) -> SavedTest:
    found = tests_of(agent).filter(pk=test_id).first()
    if found is None:
        raise Http404("No such test")
    return found


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
        request, template, agent, context, tab="saved_tests", draft=draft, status=status
    )
