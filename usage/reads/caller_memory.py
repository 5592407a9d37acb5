"""What agents remember of a caller: read off the calls that are kept, so it goes with them.

There is no table of it. What retention deletes, and what the erasure of a caller takes, is
forgotten in the same moment.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet

from accounts.models import Organization
from agents.models import Agent
from usage.models import Call, Message
from usage.records.evidence import ATTESTATION
from voicex.reasons.attestation import Attestation

LOOKED_AT: Final = 5  # of the latest calls from a number, for one agent
MOST_AGENTS: Final = 10  # on a caller's page
_NAMES: Final = frozenset({"name", "caller name", "caller’s name", "caller's name", "full name"})

# A number that failed the carrier's verification says nothing about who called.
_ATTESTATION: Final = f"carrier_report__{ATTESTATION}"
_IS_NOT_FORGED: Final = Q((f"{_ATTESTATION}__isnull", True)) | ~Q(
    (_ATTESTATION, Attestation.FAILED.value)
)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is remembered, "" for what is not known. at: of the latest call."""

    at: datetime
    name: str = ""
    reason: str = ""
    language: str = ""

    @property
    def has_words(self) -> bool:
        """Whether it is more than a date."""
        return bool(self.name or self.reason or self.language)


def remembered(call: Call) -> Remembered | None:
    """What the agent of `call` remembers of its caller, from before it. Two queries at most."""
    before = _kept(call.org_id, [call.from_number]).filter(
        agent=call.agent_id, opened_at__lt=call.opened_at
    )
    return _of(list(before.exclude(pk=call.pk)[:LOOKED_AT]))


def by_agents(org: Organization, numbers: Collection[str]) -> list[tuple[Agent, Remembered]]:
    """What each agent of `org` that remembers callers knows of the caller with these numbers.

    Of the oldest MOST_AGENTS such agents; an archived one answers no caller.
    """
    remembering = org.agents.filter(archived_at=None, published__settings__memory__callers=True)
    agents = remembering.order_by("created_at", "pk")[:MOST_AGENTS]
    found = []
    for agent in agents if numbers else ():
        known = _of(list(_kept(org.pk, numbers).filter(agent=agent)[:LOOKED_AT]))
        if known is not None:
            found.append((agent, known))
    return found


def _kept(org_id: int, numbers: Collection[str]) -> QuerySet[Call]:
    """Calls that did come from these numbers and whose words are there, newest first."""
    calls = Call.objects.filter(
        org=org_id,
        from_number__in=numbers,
        channel=Call.Channel.PHONE,
        ended_at__isnull=False,
        words_deleted_at=None,
        erasure=None,
    ).filter(_IS_NOT_FORGED)
    fields = ("opened_at", "analysis__reason", "analysis__language", "analysis__field_values")
    return calls.select_related("analysis").only(*fields).order_by("-opened_at", "-pk")


def _of(calls: list[Call]) -> Remembered | None:
    if not calls:
        return None
    analyses = [call.analysis for call in calls if hasattr(call, "analysis")]
    named = Message.objects.filter(call__in=calls).exclude(name="").order_by("-pk")
    in_message = named.values_list("name", flat=True).first()
    return Remembered(
        at=calls[0].opened_at,
        name=in_message or _first(_name_in(each.field_values) for each in analyses),
        reason=_first(each.reason for each in analyses),
        language=_first(each.language for each in analyses),
    )


def _name_in(field_values: str) -> str:
    """The value of a declared field that asks for the caller's name."""
    values: list[Any] = json.loads(field_values) if field_values else []
    return _first(str(value) for name, value in values if str(name).casefold() in _NAMES and value)


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")
