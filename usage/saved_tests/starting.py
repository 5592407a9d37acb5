"""Runs of saved tests, begun by members: stored, and a worker told."""

from django.db import transaction

from accounts.models import User
from agents.models import Agent
from agents.saved_tests import runs
from agents.saved_tests.models import TestRun
from usage.saved_tests.work import hint


def start(agent: Agent, *, actor: User | None) -> TestRun | None:
    """Have the tests of the agent run, as `agents.saved_tests.runs.begin`."""
    run = runs.begin(agent, actor=actor)
    if run is not None:
        transaction.on_commit(hint)
    return run


def start_if_due(agent: Agent, *, actor: User | None) -> None:
    """Have them run by the agent's draft, unless the same was tested before."""
    if runs.begin_if_due(agent, actor=actor) is not None:
        transaction.on_commit(hint)
