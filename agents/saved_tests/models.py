"""The tables of saved tests; `agents.models` finds them here."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.row_owners import OrganizationOf
from agents.saved_tests import limits


class SavedTest(models.Model):
    """What a caller asks an agent, and what must be in its answer. Bounded by `writing`."""

    org = OrganizationOf(parent="agent")
    agent = models.ForeignKey("agents.Agent", models.CASCADE, related_name="saved_tests")
    name = models.CharField(max_length=limits.NAME)
    questions = models.TextField()  # one a line, asked one after the other
    must = models.TextField(blank=True)  # one a line; see `expectations`
    must_not = models.TextField(blank=True)
    judge = models.CharField(max_length=limits.JUDGE, blank=True)
    # Red, it keeps its agent from being published; else it asks.
    is_required = models.BooleanField(default=False)
    updated_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.name


class TestRun(models.Model):
    """All tests of an agent, asked of what it would say."""

    __test__ = False  # pytest's own tests have such names

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        LOST = "lost", _("not completed")

    org = OrganizationOf(parent="agent")
    agent = models.ForeignKey(
        "agents.Agent", models.CASCADE, related_name="test_runs", db_index=False
    )
    # Of a draft the version as which it was stored to be tried; gone when that is.
    version = models.ForeignKey("agents.AgentVersion", models.SET_NULL, null=True, related_name="+")
    number = models.PositiveIntegerField()  # of the version
    is_draft = models.BooleanField(default=False)
    fingerprint = models.CharField(max_length=64)  # of all that the version says
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["agent", "-id"], name="test_runs_of_agent"),
            # Few rows: what a worker looks for.
            models.Index(
                fields=["created_at"],
                name="test_runs_open",
                condition=models.Q(state__in=["waiting", "running"]),
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"


class TestResult(models.Model):
    """What came of one test in one run; keeps the test's words as they were."""

    __test__ = False

    class State(models.TextChoices):
        GREEN = "green", _("passed")
        RED = "red", _("failed")
        OPEN = "open", _("not completed")

    org = OrganizationOf(parent="run")
    run = models.ForeignKey(TestRun, models.CASCADE, related_name="results", db_index=False)
    test = models.ForeignKey(SavedTest, models.SET_NULL, null=True, related_name="results")
    number = models.PositiveSmallIntegerField()  # within its run
    name = models.CharField(max_length=limits.NAME)
    is_required = models.BooleanField(default=False)
    # [["caller", "..."], ["agent", "..."]], as far as it was kept.
    spoken = models.JSONField(default=list)
    state = models.CharField(max_length=5, choices=State)
    problems = models.JSONField(default=list)  # [[a Kind of expectations, its text]]

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="one_test_result_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"
