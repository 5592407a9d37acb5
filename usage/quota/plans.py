"""The plan and quota of an organization, and its use."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from accounts.audit import platform_log
from accounts.members.access import record
from accounts.models import Organization, User
from usage.billing.rollup import month_of
from usage.models import Plan, PlanChange, Quota, UsageMonth
from usage.quota.notices import record_shares
from usage.quota.quotas import minutes_of, minutes_used, slots_of

CHANGED: Final = "quota.changed"  # in the audit log, with what `quota_text` says


@dataclass(frozen=True, slots=True)
class Allowance:
    """The limits of an organization, and its use in the month, in its time zone."""

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
    """The allowance of `org`: its own quota precedes its plan, and the plan the defaults.

    Two reads; one when `org` comes with `quota__plan` selected.
    """
    quota: Quota | None = getattr(org, "quota", None)
    return Allowance(
        plan=quota.plan if quota else None,
        calls_at_once=slots_of(org, is_verified=True),
        minutes=minutes_of(org),
        minutes_used=minutes_used(org, now=now),
    )


def plan_at(org: Organization, moment: datetime) -> PlanChange | None:
    """The plan that `org` had just before `moment`, by its name and fee of then; None for none.

    One read.
    """
    had = PlanChange.objects.filter(org=org, at__lt=moment).first()
    return had if had and had.plan_name else None


def assign_plan(
    org: Organization, *, plan: Plan | None, actor: User | None, now: datetime
) -> Quota:
    """Assign a plan to `org`, None for none; its own quota is kept."""
    return _change(org, actor=actor, now=now, plan=plan)


def set_quota(
    org: Organization,
    *,
    concurrent_calls: int | None,
    minutes_a_month: int | None,
    actor: User | None,
    now: datetime,
) -> Quota:
    """Set the concurrent calls and monthly minutes of `org`; None: as in its plan."""
    return _change(
        org,
        actor=actor,
        now=now,
        concurrent_calls=concurrent_calls,
        minutes_a_month=minutes_a_month,
    )


def _leave_trace(quota: Quota, *, actor: User | None, now: datetime) -> None:
    """Write what `quota` says now to the audit log, and the notices of shares that it reaches."""
    record(quota.org, actor=actor, action=CHANGED, target=quota_text(quota))
    org = Organization.objects.select_related("quota__plan").get(pk=quota.org_id)
    used = {(org.pk, month_of(now, org.time_zone)): minutes_used(org, now=now)}
    record_shares(used, {org.pk: minutes_of(org)}, now=now)


def quota_text(quota: Quota) -> str:
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
def remove_quota(quota: Quota, *, actor: User | None, now: datetime) -> None:
    """Remove plan and quota of an organization: the defaults apply."""
    record(quota.org, actor=actor, action=CHANGED, target="default")
    _note_plan(quota.org, None, now=now)
    quota.delete()


@transaction.atomic
def save_plan(plan: Plan, *, actor: User, terms: str | None, now: datetime) -> None:
    """Store a new or changed plan, for every organization that has it.

    terms: what is different, for the history, "" for nothing; None where the caller keeps one.
    """
    is_new = plan.pk is None
    before = Plan.objects.select_for_update().filter(pk=plan.pk).first()
    plan.save()
    if before and _terms(before) != _terms(plan):
        quotas = Quota.objects.filter(plan=plan).select_related("org")
        PlanChange.objects.bulk_create(
            (_change_of(each.org, plan, now=now) for each in quotas.iterator()), batch_size=500
        )
    if before and before.minutes_a_month != plan.minutes_a_month:
        _note_shares(plan, now=now)
    if terms or (is_new and terms is not None):
        platform_log.record(plan, actor=actor, action="made" if is_new else "changed", words=terms)


def _note_shares(plan: Plan, *, now: datetime) -> None:
    """Write the notices of shares that organizations reach by the plan's new minutes: once callers
    are declined, no settlement does.
    """
    quotas = Quota.objects.filter(plan=plan, minutes_a_month=None)
    zones = dict(quotas.values_list("org", "org__time_zone"))
    months = {(org_id, month_of(now, zone)) for org_id, zone in zones.items()}
    known = UsageMonth.objects.filter(
        org__in=quotas.values("org"), month__in={month for _, month in months}
    )
    used = {
        (org_id, month): minutes
        for org_id, month, minutes in known.values_list("org", "month", "minutes")
        if (org_id, month) in months
    }
    record_shares(used, dict.fromkeys(zones, plan.minutes_a_month), now=now)


@transaction.atomic
def _change(
    org: Organization, *, actor: User | None, now: datetime, **fields: Plan | int | None
) -> Quota:
    quota, _is_new = Quota.objects.update_or_create(org=org, defaults=fields)
    _note_plan(org, quota.plan, now=now)
    _leave_trace(quota, actor=actor, now=now)
    return quota


def _note_plan(org: Organization, plan: Plan | None, *, now: datetime) -> None:
    """Keep since when `org` has `plan`, unless that is known."""
    change, last = _change_of(org, plan, now=now), PlanChange.objects.filter(org=org).first()
    if _noted(change) != (_noted(last) if last else ("", 0)):
        change.save()


def _change_of(org: Organization, plan: Plan | None, *, now: datetime) -> PlanChange:
    name, fee = _terms(plan) if plan else ("", 0)
    return PlanChange(org=org, at=now, plan_name=name, monthly_fee_micros=fee)


def _terms(plan: Plan) -> tuple[str, int]:
    return plan.name, plan.monthly_fee_micros


def _noted(change: PlanChange) -> tuple[str, int]:
    return change.plan_name, change.monthly_fee_micros
