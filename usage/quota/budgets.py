"""Budgets: limits on the daily and monthly cost of calls, for an organization or an agent.

An organization's are in its `CallRules`, an agent's among the settings of its version. A new call
is declined once one is spent; calls that run come to their end in words (`usage.quota.watching`).
As shares of one are settled, owners and admins are mailed, as of the month's minutes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import F
from django.db.models.fields.json import KeyTransform

from accounts.models import Organization
from agents.budget import MICROS_PER_CENT, Caps
from agents.models import AgentVersion
from agents.settings.table import read_group
from usage.billing.rollup import day_of, day_of_call
from usage.models import Call, CallRules, Outbox
from usage.outbox import notices
from usage.quota.spending import Spent, settled_spending, spent
from voicex.errors import Declined
from voicex.reasons.attempts import AttemptReason

SHARES: Final = (50, 80, 100)  # percent
DAY: Final = "day"
MONTH: Final = "month"

# What the calls of a call's agent may cost: by what is published now, not by the version of the
# call, which may be a draft that is tried, or one whose budget has been raised since.
AGENT_BUDGET: Final = KeyTransform("budget", "agent__published__settings")
# Expressions on calls, by which they are read with their budgets.
BUDGETS: Final = {
    "org_daily_micros": F("org__call_rules__daily_micros"),
    "org_monthly_micros": F("org__call_rules__monthly_micros"),
    # Not by name, as F would have it: Django leaves cyclic garbage with each query of such a path.
    "agent_budget": AGENT_BUDGET,
}


@dataclass(frozen=True, slots=True, order=True)
class Budget:
    """One budget of one period. agent_id: a primary key, 0 for the whole organization's.

    begins: the day, or the month's first.
    """

    org_id: int
    agent_id: int
    period: str
    begins: date
    micros: int

    @property
    def about(self) -> str:
        """Which budget of the organization it is, and its cents: "day 0 2500", or "month 81 900" of
        the agent 81. One that is changed is another one, of which people are told anew.
        """
        return f"{self.period} {self.agent_id} {self.micros // MICROS_PER_CENT}"


def agent_of(about: str) -> int:
    """The primary key of the agent whose budget `about` names; 0 for the organization's.

    Before there were cents in it, it was "day" or "day 81".
    """
    return int([*about.split(), "0"][1])


def caps_of(org: Organization) -> Caps:
    """What the calls of `org` may cost. One read, and none where `call_rules` came with it."""
    rules: CallRules | None = getattr(org, "call_rules", None)
    return rules.caps if rules else Caps()


def caps_of_version(version: AgentVersion) -> Caps:
    """What the calls of its agent may cost, as `version` says."""
    return caps_in(version.settings.get("budget"))


def ensure_budget(org: Organization, version: AgentVersion, *, now: datetime) -> None:
    """Raise Declined if a budget for new calls of `version` is spent.

    No read without a budget.
    """
    for caps, agent_id in ((caps_of(org), None), (caps_of_version(version), version.agent_id)):
        if not caps:
            continue
        if is_spent(caps, spent(org.pk, zone=org.time_zone, agent_id=agent_id, now=now)):
            raise Declined(AttemptReason.BUDGET_SPENT)


def is_spent(caps: Caps, used: Spent) -> bool:
    """Whether a budget is spent."""
    return (caps.daily_micros is not None and used.today >= caps.daily_micros) or (
        caps.monthly_micros is not None and used.month >= caps.monthly_micros
    )


def record_shares(calls: Iterable[Call], *, now: datetime) -> None:
    """Write the notices that are due once `calls` are settled, and have them sent: of each budget
    that of the greatest share that is reached.

    calls: read with BUDGETS. In the settlement's transaction, behind the sums: settlements of the
    same organization wait for each other there, so each sees all that is settled. No read for calls
    without a budget.
    """
    _record_shares({each for call in calls for each in _budgets_of(call)}, now=now)


def record_shares_of(org: Organization, caps: Caps, *, now: datetime) -> None:
    """Write the notices of what `org` has spent of new budgets. In the caller's transaction."""
    _record_shares(set(_periods(org.pk, 0, caps, day_of(now, org.time_zone))), now=now)


def _record_shares(budgets: Iterable[Budget], *, now: datetime) -> None:
    reached: set[notices.Occasion] = set()
    for budget in sorted(budgets):
        used = _settled_of(budget)
        shares = [share for share in SHARES if 100 * used >= share * budget.micros]
        if shares:
            reached.add((budget.org_id, budget.begins, budget.about, max(shares)))
    columns = ("org_id", "month", "about", "percent")
    notices.record(Outbox.Kind.SEND_NOTICE, reached, columns=columns, now=now)


def _settled_of(budget: Budget) -> int:
    used = settled_spending(budget.org_id, agent_id=budget.agent_id or None, day=budget.begins)
    return used.today if budget.period == DAY else used.month


def _budgets_of(call: Any) -> Iterator[Budget]:
    day = day_of_call(call)
    of_org = Caps(call.org_daily_micros, call.org_monthly_micros)
    of_agent = caps_in(call.agent_budget) if call.agent_budget else Caps()
    yield from _periods(call.org_id, 0, of_org, day)
    yield from _periods(call.org_id, call.agent_id, of_agent, day)


def _periods(org_id: int, agent_id: int, caps: Caps, day: date) -> Iterator[Budget]:
    if caps.daily_micros is not None:
        yield Budget(org_id, agent_id, DAY, day, caps.daily_micros)
    if caps.monthly_micros is not None:
        yield Budget(org_id, agent_id, MONTH, day.replace(day=1), caps.monthly_micros)


def caps_in(stored: object) -> Caps:
    """What the budget among the settings of a version says, as it is stored."""
    caps: Caps = read_group("budget", stored).caps
    return caps
