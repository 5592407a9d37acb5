"""How much agents are called."""

from datetime import datetime

from django.db.models import Count

from accounts.models import Organization
from usage.models import Call


def calls_by_agent(org: Organization, *, since: datetime) -> dict[int, int]:
    """Phone calls of `org` since then, by the agent's primary key; without agents that had none."""
    calls = Call.objects.filter(
        org=org, opened_at__gte=since, channel=Call.Channel.PHONE
    ).order_by()
    return dict(calls.values_list("agent").annotate(Count("pk")))
