"""Whether what a live call may cost is spent: asked by its process with each of its snapshots."""

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Final

from django.db.models import Q

from agents.budget import Caps
from usage.models import Call, CallRules
from usage.quota.budgets import AGENT_BUDGET, caps_in, is_spent
from usage.quota.spending import spent

# Caps and sums are read so often at most, however many calls of an organization are carried here.
RULES_SECONDS: Final = 15.0
SUMS_SECONDS: Final = 5.0
MOST_SUMS: Final = 10_000  # remembered


class BudgetWatch:
    """What one process knows of budgets. For one thread. clock: in seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._rules: dict[str, Caps] = {}
        self._read_at = -RULES_SECONDS
        # Whether it is spent, and when that was looked at; by organization, agent and caps.
        self._known: dict[tuple[int, int, Caps], tuple[bool, float]] = {}

    def is_spent(self, call_id: int, *, org_id: str, agent: Caps, now: datetime) -> bool:
        """Whether a budget of the call's organization (its public id), or its agent's, is spent.

        agent: what the calls of the agent may cost by the call's version. Where that, or the
        organization, has a budget, what is published meanwhile goes before it; where neither has,
        nothing is read but which organizations have any.
        """
        caps = self._caps_of(org_id)
        if not caps and not agent:
            return False
        found = Call.objects.filter(pk=call_id).order_by()
        keys = found.values_list(
            "org_id", "org__time_zone", "agent_id", "agent__published_id", AGENT_BUDGET
        ).first()
        if keys is None:
            return False
        org_pk, zone, agent_pk, published, budget = keys
        if published is not None:
            agent = caps_in(budget) if budget else Caps()
        return self._is_spent(org_pk, 0, caps, zone, now) or self._is_spent(
            org_pk, agent_pk, agent, zone, now
        )

    def _is_spent(self, org_pk: int, agent_pk: int, caps: Caps, zone: str, now: datetime) -> bool:
        if not caps:
            return False
        key, at = (org_pk, agent_pk, caps), self._clock()
        known = self._known.get(key)
        if known is None or at - known[1] >= SUMS_SECONDS:
            if len(self._known) >= MOST_SUMS:
                self._known.clear()
            used = spent(org_pk, zone=zone, agent_id=agent_pk or None, now=now)
            known = self._known[key] = is_spent(caps, used), at
        return known[0]

    def _caps_of(self, org_id: str) -> Caps:
        if self._clock() - self._read_at >= RULES_SECONDS:
            capped = CallRules.objects.exclude(Q(daily_micros=None) & Q(monthly_micros=None))
            rows = capped.values_list("org__public_id", "daily_micros", "monthly_micros")
            self._rules = {public_id: Caps(day, month) for public_id, day, month in rows}
            self._read_at = self._clock()
        return self._rules.get(org_id, Caps())
