"""Runs of saved tests, asked for by members."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.members.access import record
from accounts.members.trust import may_run_tests
from accounts.models import User
from agents.models import Agent, AgentVersion
from agents.saved_tests import limits
from agents.saved_tests.latest import fingerprint_of, latest_of
from agents.saved_tests.models import SavedTest, TestRun
from agents.versions.drafts import draft_to_try

State = TestRun.State


def begin(agent: Agent, *, actor: User | None) -> TestRun | None:
    """Have the tests run by the agent's draft, or by what is published without one.

    None when there is nothing to run, or the organization has had too many in an hour. A run of the
    same that is waiting or running is returned. Raises ValidationError by field for a draft that
    cannot work.
    """
    version = draft_to_try(agent, actor=actor) or agent.published
    if version is None or not SavedTest.objects.filter(agent=agent).exists():
        return None
    known = latest_of(agent, version)
    if known is not None and known.state in (State.WAITING, State.RUNNING):
        return known
    if not may_run_tests(agent.org):
        return None
    return _begin(agent, version, actor=actor, now=timezone.now())


def begin_if_due(agent: Agent, *, actor: User | None) -> TestRun | None:
    """As `begin`, by the draft alone; None as well when that was tested before."""
    if not SavedTest.objects.filter(agent=agent).exists():
        return None
    version = draft_to_try(agent, actor=actor)
    known = latest_of(agent, version) if version is not None else None
    if version is None or (known is not None and known.state == State.DONE):
        return None
    return begin(agent, actor=actor)


@transaction.atomic
def _begin(agent: Agent, version: AgentVersion, *, actor: User | None, now: datetime) -> TestRun:
    run = TestRun.objects.create(
        agent=agent,
        version=version,
        number=version.number,
        is_draft=version.is_draft,
        fingerprint=fingerprint_of(version),
        started_by=actor,
        created_at=now,
    )
    kept = TestRun.objects.filter(agent=agent).values_list("pk", flat=True)[: limits.RUNS_KEPT]
    TestRun.objects.filter(agent=agent).exclude(pk__in=list(kept)).delete()
    record(agent.org, actor=actor, action="saved_test.run", target=str(agent))
    return run
