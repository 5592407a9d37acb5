"""Which plan an organization has, what it was given beside it, and how far it has used it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from accounts.audit import platform_log
from accounts.members.access import record
from accounts.models import AuditEntry, Organization, User
from usage.billing.rollup import month_of
from usage.models import Plan, Quota
from usage.quota.notices import record_shares
from usage.quota.quotas import minutes_of, minutes_used, slots_of

CHANGED: Final = "quota.changed"  # in the audit log, with what `in_words` says


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an organization may use and has used in the month (UTC)."""

    plan: Plan | None
    calls_at_once: int  # of webhooks that are signed with its own token
    minutes: int | None  # None: no limit
    minutes_used: int

    @property
    def percent(self) -> int | None:
        """The used share of the minutes, rounded down; None when there is no limit."""
        if self.minutes is None:
            return None
        return 100 * self.minutes_used // self.minutes if self.minutes else 100


def allowance_of(org: Organization, *, now: datetime) -> Allowance:
    """What `org` may use; a quota of its own goes before its plan, a plan before the defaults.

    Two reads; one when `org` comes with `quota__plan` selected.
    """
    quota: Quota | None = getattr(org, "quota", None)
    return Allowance(
        plan=quota.plan if quota else None,
        calls_at_once=slots_of(org, is_verified=True),
        minutes=minutes_of(org),
        minutes_used=minutes_used(org, now=now),
    )


def plan_at(org: Organization, moment: datetime) -> Plan | None:
    """The plan that `org` had at `moment`, as it is sold now; by its audit log. Four reads at most.

    Where the log says nothing of that time, and of a plan that was renamed, today's plan.
    """
    quota = Quota.objects.select_related("plan").filter(org=org).first()
    today = quota.plan if quota else None
    changes = AuditEntry.objects.filter(org=org, action=CHANGED)
    if not changes.filter(at__gte=moment).exists():
        return today
    before = changes.filter(at__lt=moment).order_by("-pk").first()
    if before is None:  # the first plan or quota came later
        return None
    said = f"{before.target}, "
    if said.startswith(("no plan, ", "default, ")):
        return None
    named = [each for each in Plan.objects.all() if said.startswith(f"{each.name}, ")]
    return max(named, key=lambda each: len(each.name), default=today)


def assign_plan(
    org: Organization, *, plan: Plan | None, actor: User | None, now: datetime
) -> Quota:
    """Give `org` another plan, None for none; what it was given beside the plan stays."""
    return _change(org, actor=actor, now=now, plan=plan)


def set_quota(
    org: Organization,
    *,
    concurrent_calls: int | None,
    minutes_a_month: int | None,
    actor: User | None,
    now: datetime,
) -> Quota:
    """Give `org` calls at once and minutes a month in place of its plan's; None: the plan's."""
    return _change(
        org,
        actor=actor,
        now=now,
        concurrent_calls=concurrent_calls,
        minutes_a_month=minutes_a_month,
    )


def _leave_trace(quota: Quota, *, actor: User | None, now: datetime) -> None:
    """Write what `quota` says now to the audit log, and the notices of shares that it reaches."""
    record(quota.org, actor=actor, action=CHANGED, target=in_words(quota))
    org = Organization.objects.select_related("quota__plan").get(pk=quota.org_id)
    used = {(org.pk, month_of(now)): minutes_used(org, now=now)}
    record_shares(used, {org.pk: minutes_of(org)}, now=now)


def in_words(quota: Quota) -> str:
    """A quota as the audit log has it: "Office, 5 calls at once"."""
    given = [str(quota.plan or "no plan")]
    if quota.concurrent_calls is not None:
        given.append(f"{quota.concurrent_calls} calls at once")
    if quota.minutes_a_month is not None:
        given.append(f"{quota.minutes_a_month} minutes a month")
    return ", ".join(given)


@transaction.atomic
def replace_quota(
    org: Organization,
    *,
    plan: Plan | None,
    concurrent_calls: int | None,
    minutes_a_month: int | None,
    actor: User | None,
    now: datetime,
) -> Quota:
    """Give `org` a plan and what it has beside it, at once; None as in `set_quota`."""
    return _change(
        org,
        actor=actor,
        now=now,
        plan=plan,
        concurrent_calls=concurrent_calls,
        minutes_a_month=minutes_a_month,
    )


@transaction.atomic
def remove_quota(quota: Quota, *, actor: User | None) -> None:
    """Let the defaults hold again for the organization of `quota`."""
    record(quota.org, actor=actor, action=CHANGED, target="default")
    quota.delete()


@transaction.atomic
def save_plan(plan: Plan, *, actor: User, terms: str | None) -> None:
    """Store a new or changed plan, for every organization that has it.

    terms: what is different, for the history, "" for nothing; None where the caller keeps one.
    """
    is_new = plan.pk is None
    plan.save()
    if terms or (is_new and terms is not None):
        platform_log.record(plan, actor=actor, action="made" if is_new else "changed", words=terms)


@transaction.atomic
def _change(
    org: Organization, *, actor: User | None, now: datetime, **fields: Plan | int | None
) -> Quota:
    quota, _is_new = Quota.objects.update_or_create(org=org, defaults=fields)
    _leave_trace(quota, actor=actor, now=now)
    return quota
