"""The run of saved tests that speaks for what an agent would say."""

import json
from hashlib import sha256

from agents.models import Agent, AgentVersion
from agents.saved_tests.models import SavedTest, TestRun
from agents.versions.publishing import fields_of


def fingerprint_of(version: AgentVersion) -> str:
    """A digest of what a version says; the version need not be stored."""
    said = json.dumps(fields_of(version), sort_keys=True, default=str)
    return sha256(said.encode()).hexdigest()


def latest_of(agent: Agent, version: AgentVersion) -> TestRun | None:
    """The newest run of the agent's tests as they are now, by all that `version` says."""
    changed = (
        SavedTest.objects.filter(agent=agent)
        .order_by("-updated_at")
        .values_list("updated_at", flat=True)
        .first()
    )
    if changed is None:
        return None
    runs = TestRun.objects.filter(agent=agent, created_at__gte=changed)
    return runs.filter(fingerprint=fingerprint_of(version)).first()
