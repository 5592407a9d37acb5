"""Archives agents, and restores them.

Calls, sums of days and invoices refer to an agent for good, so it is never deleted. An archived
agent takes no calls, is in no list to choose from, and cannot be changed; all that refers to it
stays, and so do its name and its versions.
"""

from datetime import datetime

from django.db import transaction

from accounts.members.access import record
from accounts.models import User
from agents.models import Agent


@transaction.atomic
def archive_agent(agent: Agent, *, actor: User | None, now: datetime) -> bool:
    """Archive `agent`, which takes no calls from now on; those in progress continue.

    False if it was archived before.
    """
    locked = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    if locked.archived_at is not None:
        return False
    locked.archived_at, locked.is_active = now, False
    locked.save(update_fields=["archived_at", "is_active"])
    record(agent.org, actor=actor, action="agent.archived", target=str(agent))
    return True


@transaction.atomic
def restore_agent(agent: Agent, *, actor: User | None) -> bool:
    """Restore `agent` as an inactive one: whether its calls can work is checked when it is
    switched on.

    False if it was not archived.
    """
    locked = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    if locked.archived_at is None:
        return False
    locked.archived_at = None
    locked.save(update_fields=["archived_at"])
    record(agent.org, actor=actor, action="agent.restored", target=str(agent))
    return True
