"""Tested drafts of agents: each is stored as a version, and kept while a call references it."""

from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef

from agents.models import AgentVersion
from agents.versions.drafts import KEPT
from usage.models import Call

MOST_AT_ONCE: Final = 1_000  # deletions in one night, so that it does not lock for long


def forget_tried(*, now: datetime) -> int:
    """Delete tested drafts without calls; returns their number."""
    calls = Call.objects.filter(version=OuterRef("pk"))
    old = AgentVersion.objects.filter(~Exists(calls), is_draft=True, created_at__lte=now - KEPT)
    found = list(old.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
    deleted, _by_model = AgentVersion.objects.filter(pk__in=found).delete()
    return deleted
