"""Saved tests and their runs, for pages: of one agent, which is the organization's."""

from django.db.models import QuerySet

from agents.models import Agent
from agents.saved_tests.models import SavedTest, TestResult, TestRun


def tests_of(agent: Agent) -> "QuerySet[SavedTest]":
    """The agent's tests, in the order in which they were made."""
    return SavedTest.objects.filter(agent=agent).select_related("agent__org")


def runs_of(agent: Agent) -> "QuerySet[TestRun]":
    """The runs of the agent's tests, newest first."""
    return TestRun.objects.filter(agent=agent).select_related("started_by")


def results_of(run: TestRun | None) -> list[TestResult]:
    """What came of each test of a run, in its order; of none nothing."""
    return list(TestResult.objects.filter(run=run)) if run is not None else []


def counts_of(runs: list[TestRun]) -> dict[int, dict[str, int]]:
    """How many tests passed, and how many there were, by run; in one query."""
    found: dict[int, dict[str, int]] = {}
    states = TestResult.objects.filter(run__in=[each.pk for each in runs])
    for run_id, state in states.values_list("run_id", "state"):
        counts = found.setdefault(run_id, {"passed": 0, "all": 0})
        counts["all"] += 1
        counts["passed"] += state == TestResult.State.GREEN
    return found
