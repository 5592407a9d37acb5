"""Whether what a live call may cost is spent: asked by its process with each of its snapshots."""

from collections.abc import Callable
from datetime import date, datetime
from time import monotonic
from typing import Final

from django.db.models import Q

from agents.budget import Caps
from agents.models import Agent
from usage.billing.rollup import counted_day
from usage.models import Call, CallRules
from usage.quota.budgets import AGENT_BUDGET, caps_in, is_spent
from usage.quota.spending import spent_on

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
        # Public ids of organizations: whose calls were asked about since the caps were read, and
        # those of them that have agents with budgets.
        self._asked: set[str] = set()
        self._have_capped_agents: frozenset[str] = frozenset()
        # Whether it is spent, and when that was looked at; by organization, agent, caps and day.
        self._known: dict[tuple[int, int, Caps, date], tuple[bool, float]] = {}

    def is_spent(self, call_id: int, *, org_id: str, agent: Caps, now: datetime) -> bool:
        """Whether a budget of the call's organization (its public id), or its agent's, is spent.

        agent: what the calls of the agent may cost by the call's version; what is published
        meanwhile goes before it. Where neither that nor the organization, or any of its agents, has
        a budget, nothing is read but which organizations have any. The day is the one on which the
        call began, also behind midnight: it counts there.
        """
        self._asked.add(org_id)
        caps = self._caps_of(org_id)
        if not caps and not agent and org_id not in self._have_capped_agents:
            return False
        found = Call.objects.filter(pk=call_id).order_by()
        keys = found.values_list(
            "org_id", "agent_id", "agent__published_id", AGENT_BUDGET, counted_day()
        ).first()
        if keys is None:
            return False
        org_pk, agent_pk, published, budget, day = keys
        if published is not None:
            agent = caps_in(budget) if budget else Caps()
        return self._is_spent(org_pk, 0, caps, day, now) or self._is_spent(
            org_pk, agent_pk, agent, day, now
        )

    def _is_spent(self, org_pk: int, agent_pk: int, caps: Caps, day: date, now: datetime) -> bool:
        if not caps:
            return False
        key, at = (org_pk, agent_pk, caps, day), self._clock()
        known = self._known.get(key)
        if known is None or at - known[1] >= SUMS_SECONDS:
            if len(self._known) >= MOST_SUMS:
                self._known.clear()
            used = spent_on(org_pk, day=day, agent_id=agent_pk or None, now=now)
            known = self._known[key] = is_spent(caps, used), at
        return known[0]

    def _caps_of(self, org_id: str) -> Caps:
        if self._clock() - self._read_at >= RULES_SECONDS:
            capped = CallRules.objects.exclude(Q(daily_micros=None) & Q(monthly_micros=None))
            rows = capped.values_list("org__public_id", "daily_micros", "monthly_micros")
            self._rules = {public_id: Caps(day, month) for public_id, day, month in rows}
            agents = Agent.objects.filter(org__public_id__in=self._asked)
            capped_ones = agents.filter(published__settings__has_key="budget")
            self._have_capped_agents = frozenset(
                capped_ones.values_list("org__public_id", flat=True)
            )
            self._asked = set()
            self._read_at = self._clock()
        return self._rules.get(org_id, Caps())
