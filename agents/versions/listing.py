"""The agents of an organization, page by page."""

from django.db.models import Q, QuerySet

from accounts.models import Organization
from agents.models import Agent


def agents_of(
    org: Organization, *, limit: int, after: Agent | None = None, archived: bool = False
) -> QuerySet[Agent]:
    """The oldest agents of `org`, or the oldest that are younger than `after`.

    archived: those that are, in place of those that are not. Each has its published version and its
    draft at hand.
    """
    agents = (
        Agent.objects.filter(org=org, archived_at__isnull=not archived)
        .select_related("published", "draft")
        # Their texts may be long, and a list shows none of them.
        .defer("published__prompt", "published__facts", "published__prepared")
    )
    if after is not None:
        agents = agents.filter(
            Q(created_at__gt=after.created_at) | Q(created_at=after.created_at, pk__gt=after.pk)
        )
    return agents.order_by("created_at", "pk")[:limit]


def archived_count(org: Organization, *, limit: int) -> int:
    """How many agents of `org` are archived; `limit` means as many or more."""
    return Agent.objects.filter(org=org, archived_at__isnull=False).order_by()[:limit].count()
