"""Runs of saved tests, begun by members: stored, and a worker told."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from agents.models import Agent
from agents.saved_tests import runs
from agents.saved_tests.models import TestRun
from usage.saved_tests.work import ensure_allowed, hint
from voicex.errors import Declined


@transaction.atomic
def start(agent: Agent, *, actor: User | None) -> TestRun | None:
    """Have the tests of the agent run, as `agents.saved_tests.runs.begin`.

    Raises Declined (`suspended`, `budget_spent`) as well, and nothing is stored.
    """
    run = runs.begin(agent, actor=actor)
    _send(run)
    return run


def start_if_due(agent: Agent, *, actor: User | None) -> None:
    """Have them run by the agent's draft, unless the same was tested before, or none may be."""
    try:
        with transaction.atomic():
            _send(runs.begin_if_due(agent, actor=actor))
    except Declined:
        return  # publishing says that they were not run


def _send(run: TestRun | None) -> None:
    if run is not None:
        ensure_allowed(run, now=timezone.now())
        transaction.on_commit(hint)
