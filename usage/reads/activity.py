"""How much agents are called."""

from datetime import datetime

from django.db.models import Count

from accounts.models import Organization
from agents.models import Agent
from usage.models import Call


def calls_by_agent(org: Organization, *, since: datetime) -> dict[int, int]:
    """Phone calls of `org` since then, by the agent's primary key; without agents that had none."""
    calls = Call.objects.filter(
        org=org, opened_at__gte=since, channel=Call.Channel.PHONE
    ).order_by()
    return dict(calls.values_list("agent").annotate(Count("pk")))


def count_of_agent(agent: Agent, *, limit: int) -> int:
    """How many calls and tests the agent has had; `limit` means as many or more."""
    calls = Call.objects.filter(org=agent.org_id, agent=agent)
    return calls.order_by()[:limit].count()
