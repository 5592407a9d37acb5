"""Saved tests: run by a worker against the draft, stored, metered, and asked before publishing."""

import asyncio
from datetime import timedelta

import pytest
from celery import current_app
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from agents.saved_tests import limits, runs, writing
from agents.saved_tests.models import SavedTest, TestResult, TestRun
from agents.saved_tests.words import problems_in_words
from agents.versions.drafts import draft_of, publish_draft, save_draft, view_of
from agents.versions.gate.gate import GateClosed
from agents.versions.history import roll_back, version_of
from agents.versions.publishing import create_agent, publish
from usage.billing import settlement
from usage.models import Call, CallAnalysis, CallRules, LedgerEntry, Turn, UnansweredQuestion
from usage.saved_tests import asking, starting, work
from voicex.errors import Declined

pytestmark = pytest.mark.django_db

SCRIPT = {"scripted.llm_ms": 0, "scripted.token_ms": 0}
SAVED = {
    "name": "Sundays",
    "questions": "Are you open on Sundays?",
    "must": "closed",
    "must_not": "",
    "judge": "",
    "is_required": False,
}


@pytest.fixture(autouse=True)
def nothing_asked_yet():
    cache.clear()


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """How often a worker was told."""
    told = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_: told.append(name))
    return told


@pytest.fixture
def agent(cast):
    return create_agent(cast.acorn, name="Front desk", greeting="Hello.", llm="scripted")


def saves(agent, **changed):
    return writing.save(agent, actor=None, **SAVED | changed)


def drafts(agent, *replies, **script):
    """A draft whose model answers so, one answer after the other in each test."""
    engines = SCRIPT | {"scripted.replies": list(replies)} | script
    save_draft(
        agent, actor=None, view=view_of(agent, draft_of(agent)), settings={"engines": engines}
    )


def runs_it(agent):
    """The results of a run of the agent's tests."""
    run = starting.start(agent, actor=None)
    work.run_due(now=timezone.now())
    run.refresh_from_db()
    return run, list(run.results.all())


def publishes(agent, accepted=""):
    agent.refresh_from_db()
    view = view_of(agent, draft_of(agent))
    return publish_draft(agent, actor=None, view=view, accepted=accepted)


def test_the_draft_is_asked_and_not_what_is_published(agent):
    saves(agent)
    saves(agent, name="Prices", questions="What is it?\nAnd for children?", must="20\n10")
    drafts(agent, "We are closed.")
    run, [sundays, prices] = runs_it(agent)
    assert (run.state, run.is_draft) == (TestRun.State.DONE, True)
    assert (sundays.state, sundays.problems) == ("green", [])
    assert sundays.spoken == [
        ["caller", "Are you open on Sundays?"],
        ["agent", "We are closed."],
    ]
    assert prices.state == "red"
    assert problems_in_words(prices)[0] == "Not in the answer: “20”."
    assert [who for who, _ in prices.spoken] == ["caller", "agent", "caller", "agent"]


def test_what_a_model_wants_done_is_not_done(agent):
    saves(agent, must="take_message\npassed on")
    drafts(agent, '[take_message {"message": "Call me"}]', "It was passed on.")
    _, [result] = runs_it(agent)
    assert result.state == "green"
    assert result.spoken[1] == ["agent", '[take_message {"message": "Call me"}]']


@pytest.mark.models
def test_the_documents_are_searched(cast):
    agent = create_agent(cast.acorn, name="Dentist", greeting="Hello.", llm="local")
    documents = {"documents": {"text": "# Guarantee\nFillings have a guarantee of two years."}}
    publish(agent, settings=documents)
    saves(agent, questions="Is there a guarantee?", must="search_documents\ntwo years")
    saves(agent, name="Parking", questions="Is there an elevator?", must="two years")
    _, [found, other] = runs_it(agent)
    assert (found.state, other.state) == ("green", "red")
    assert found.spoken[2] == ["agent", "Fillings have a guarantee of two years."]


def test_a_model_judges_what_words_cannot(agent):
    saves(agent, must="", judge="It says that we are closed.")
    drafts(agent, "No.", **{"scripted.analyses": ['{"meets": false, "why": "It says no."}']})
    _, [result] = runs_it(agent)
    assert problems_in_words(result) == ["The requirement isn’t met: It says no."]
    drafts(agent, "No.", **{"scripted.analyses": ["I cannot say."]})
    _, [result] = runs_it(agent)
    assert (result.state, result.problems) == ("open", [["broken", "verdict"]])


def test_what_fails_or_hangs_is_not_completed_and_keeps_nothing_waiting(agent, monkeypatch):
    monkeypatch.setattr(asking, "TEST_SECONDS", 0.2)
    saves(agent)
    drafts(agent, "Closed.", **{"scripted.hang": {"llm": 1}})
    _, [result] = runs_it(agent)
    assert result.problems == [["broken", "time"]]
    drafts(agent, "Closed.", **{"scripted.fail": {"llm": 1}})
    _, [result] = runs_it(agent)
    assert result.problems == [["broken", "engine"]]


def test_a_run_ends_in_time_however_many_tests_hang(agent, monkeypatch):
    monkeypatch.setattr(asking, "SECONDS", 0.3)
    for number in range(asking.AT_ONCE + 2):
        saves(agent, name=f"Test {number}")
    drafts(agent, "Closed.", **{"scripted.hang": {"llm": 1}})
    run, results = runs_it(agent)
    assert run.state == TestRun.State.DONE
    assert {each.state for each in results} == {"open"}


def test_what_the_model_has_used_is_metered_without_words(agent):
    saves(agent)
    drafts(agent, "We are closed.")
    runs_it(agent)
    call = Call.objects.get()
    assert (call.end_reason, call.is_test) == ("saved_tests", True)
    assert call.usage.llm_tokens_in > 0
    settlement.settle(call.pk, now=timezone.now())
    assert LedgerEntry.objects.filter(call=call).exists()
    assert not Turn.objects.exists()
    assert not UnansweredQuestion.objects.exists()
    assert not CallAnalysis.objects.exclude(author="rules").exists()


def test_an_answer_that_is_cut_off_is_charged_with_its_prompt(agent, monkeypatch):
    monkeypatch.setattr(asking, "TEST_SECONDS", 0.2)
    saves(agent)
    publish(agent, facts="Do you open? | Until six.\n" * 200)
    drafts(agent, "Closed.", **{"scripted.hang": {"llm": 1}})
    runs_it(agent)
    assert Call.objects.get().usage.llm_tokens_in > 1_000


def test_a_request_that_fails_is_not_charged(agent):
    saves(agent)
    drafts(agent, "Closed.", **{"scripted.fail": {"llm": 1}})
    runs_it(agent)
    assert not Call.objects.exists()


def test_red_asks_before_publishing_and_a_test_that_must_pass_refuses(agent):
    test = saves(agent)
    drafts(agent, "We are open.")
    with pytest.raises(GateClosed, match="haven’t been run") as closed:
        publishes(agent)
    assert closed.value.is_question
    runs_it(agent)
    with pytest.raises(GateClosed, match="“Sundays” failed") as closed:
        publishes(agent)
    assert closed.value.is_question
    accepted = closed.value.accepts
    writing.save(agent, actor=None, test=test, **SAVED | {"is_required": True})
    with pytest.raises(GateClosed, match="Must pass before publishing: Sundays") as closed:
        publishes(agent, accepted)
    assert not closed.value.is_question
    runs_it(agent)
    with pytest.raises(GateClosed, match="“Sundays” failed") as closed:
        publishes(agent)
    assert not closed.value.is_question
    drafts(agent, "We are closed.")
    runs_it(agent)
    assert publishes(agent, None).number == 2


def test_a_test_that_was_deleted_refuses_nothing_any_more(agent):
    red = saves(agent, is_required=True)
    saves(agent, name="Anything", must="open")
    drafts(agent, "We are open.")
    runs_it(agent)
    with pytest.raises(GateClosed, match="“Sundays” failed"):
        publishes(agent)
    writing.delete(red, actor=None)
    assert publishes(agent).number == 2


def test_what_was_published_before_is_brought_back_without_tests(agent):
    publish(agent, actor=None, greeting="Good day.")
    saves(agent, is_required=True)
    agent.refresh_from_db()
    assert roll_back(agent, to=version_of(agent, number=1), actor=None).greeting == "Hello."


def test_publishing_begins_a_run_once(agent, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        starting.start_if_due(agent, actor=None)
        assert not sent
        saves(agent)
        drafts(agent, "Closed.")
        starting.start_if_due(agent, actor=None)
        starting.start_if_due(agent, actor=None)
    assert TestRun.objects.count() == 1
    assert set(sent) == {work.TASK}
    work.run_due(now=timezone.now())
    starting.start_if_due(agent, actor=None)
    assert TestRun.objects.count() == 1


def test_a_run_whose_worker_was_lost_is_given_up_and_one_that_waits_is_sent(agent, sent):
    saves(agent)
    lost = starting.start(agent, actor=None)
    now = timezone.now()
    work.sweep(now=now)
    assert sent == [work.TASK]
    TestRun.objects.update(state=TestRun.State.RUNNING, began_at=now)
    work.sweep(now=now + limits.STALE_AFTER - timedelta(seconds=1))
    lost.refresh_from_db()
    assert lost.state == TestRun.State.RUNNING
    work.sweep(now=now + limits.STALE_AFTER + timedelta(seconds=1))
    lost.refresh_from_db()
    assert lost.state == TestRun.State.LOST


def test_one_worker_at_a_time_runs_one_of_each_organization(agent, cast):
    other = create_agent(cast.acorn, name="Other", greeting="Hello.", llm="scripted")
    birch = create_agent(cast.birch, name="Birch", greeting="Hello.", llm="scripted")
    for each in (agent, other, birch):
        saves(each)
        starting.start(each, actor=None)
    cache.add(work._LEASE, 1)
    assert not work.run_due(now=timezone.now())
    cache.clear()
    work.run_due(now=timezone.now())
    left = TestRun.objects.filter(state=TestRun.State.WAITING)
    assert [each.agent for each in left] == [other]


def test_a_worker_that_outlasted_its_turn_leaves_the_next_ones_alone(agent, monkeypatch):
    saves(agent)
    starting.start(agent, actor=None)
    monkeypatch.setattr(work, "_finish_safely", lambda *_, **__: cache.set(work._LEASE, "another"))
    work.run_due(now=timezone.now())
    assert cache.get(work._LEASE) == "another"


def test_the_organization_that_waited_longest_is_next(agent, cast, monkeypatch):
    monkeypatch.setattr(work, "AT_ONCE", 1)
    birch = create_agent(cast.birch, name="Birch", greeting="Hello.", llm="scripted")
    other = create_agent(cast.acorn, name="Other", greeting="Hello.", llm="scripted")
    for each in (agent, other, birch):
        saves(each)
        starting.start(each, actor=None)
    work.run_due(now=timezone.now())
    work.run_due(now=timezone.now())
    left = TestRun.objects.filter(state=TestRun.State.WAITING)
    assert [each.agent for each in left] == [other]


def test_tests_and_runs_are_bounded(agent, monkeypatch):
    monkeypatch.setattr(limits, "TESTS", 1)
    monkeypatch.setattr(limits, "RUNS_KEPT", 2)
    saves(agent)
    drafts(agent, "We are closed.")
    with pytest.raises(ValidationError, match="At most 1 tests"):
        saves(agent)
    for _ in range(3):
        runs_it(agent)
    assert TestRun.objects.count() == 2
    while starting.start(agent, actor=None):
        work.run_due(now=timezone.now())
    assert runs.begin(agent, actor=None) is None


def test_what_is_deleted_while_models_are_asked_is_not_named(agent, cast, monkeypatch):
    gone, _kept = saves(agent), saves(agent, name="Mondays")
    drafts(agent, "We are closed.")
    finish = work._finish

    def meanwhile(*args, **named):
        gone.delete()
        TestRun.objects.update(started_by=None)
        finish(*args, **named)

    run = starting.start(agent, actor=cast.alice)
    monkeypatch.setattr(work, "_finish", meanwhile)
    work.run_due(now=timezone.now())
    connection.check_constraints()
    results = run.results.values_list("name", "test__name")
    assert list(results) == [("Sundays", None), ("Mondays", "Mondays")]
    assert Call.objects.get().started_by is None


@pytest.mark.parametrize("step", ["_claim", "_finish"])
def test_a_run_that_fails_spoils_none_beside_it(agent, cast, monkeypatch, step):
    birch = create_agent(cast.birch, name="Birch", greeting="Hello.", llm="scripted")
    for each in (agent, birch):
        saves(each)
    bad, good = (starting.start(each, actor=None) for each in (agent, birch))
    does = getattr(work, step)

    def fails_once(of, *args, **named):
        if getattr(of, "run", of).pk == bad.pk:
            raise ZeroDivisionError
        return does(of, *args, **named)

    monkeypatch.setattr(work, step, fails_once)
    work.run_due(now=timezone.now())
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == (TestRun.State.LOST, TestRun.State.DONE)


def test_nothing_is_asked_for_who_is_suspended_or_has_spent_the_budget(agent):
    saves(agent)
    drafts(agent, "We are closed.")
    waits = starting.start(agent, actor=None)
    CallRules.objects.create(org=agent.org, daily_micros=0)
    work.run_due(now=timezone.now())
    waits.refresh_from_db()
    assert waits.state == TestRun.State.LOST
    with pytest.raises(Declined, match="budget_spent"):
        starting.start(agent, actor=None)
    CallRules.objects.all().delete()
    agent.org.refresh_from_db()
    agent.org.state = "suspended"
    with pytest.raises(Declined, match="suspended"):
        starting.start(agent, actor=None)
    starting.start_if_due(agent, actor=None)
    assert TestRun.objects.get() == waits
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"questions": "\n"},
        {"questions": "a\n" * (limits.QUESTIONS + 1)},
        {"questions": "a" * (limits.QUESTION + 1)},
        {"must": ""},
        {"must": "a\n" * (limits.EXPECTATIONS + 1)},
        {"must_not": "a" * (limits.EXPECTATION + 1)},
        {"judge": "a" * (limits.JUDGE + 1)},
    ],
)
def test_what_is_too_long_or_says_nothing_is_refused(agent, wrong):
    with pytest.raises(ValidationError):
        saves(agent, **wrong)
    assert not SavedTest.objects.exists()


def test_nothing_of_another_loop_is_left_open(agent):
    saves(agent)
    runs_it(agent)
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
    assert TestResult.objects.count() == 1
