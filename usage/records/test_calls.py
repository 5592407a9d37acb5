"""Test calls of members: calls like any other, but from the browser."""

import secrets
from datetime import datetime

from django.db import transaction

from accounts.models import Organization, User, new_public_id
from agents.models import Agent, AgentVersion
from usage.billing.rollup import day_of
from usage.models import Call
from usage.quota import pool
from usage.quota.budgets import ensure_budget
from usage.quota.quotas import browser_calls_begun, take_slot
from voicex.errors import Declined
from voicex.reasons.attempts import AttemptReason


def open_test_call(
    org: Organization,
    *,
    agent: Agent,
    user: User,
    channel: Call.Channel,
    now: datetime,
    version: AgentVersion | None = None,
) -> Call:
    """Open a test call of `agent`, which belongs to `org`, and take a slot.

    version: a stored version to test in place of the published one. Raises Declined (`suspended`,
    `no_slot`, `too_many_begun`, `budget_spent`, those of `usage.quota.pool`, or `no_agent` without
    a version).
    """
    version = version or agent.published
    if version is None:
        raise Declined(AttemptReason.NO_AGENT)
    with transaction.atomic():
        # As for telephone calls: the lock makes slots count correctly.
        locked = (
            Organization.objects.select_related("quota__plan", "call_rules")
            .select_for_update(of=("self",), no_key=True)
            .get(pk=org.pk)
        )
        # The monthly minutes are not checked: tests use none of them.
        begun = browser_calls_begun(locked, now=now)
        # The user is logged in, and so accountable.
        take_slot(locked, is_verified=True, now=now, begun=begun)
        ensure_budget(locked, agent.published or version, now=now)  # but its cost counts
        if not locked.is_proven:
            pool.take(now=now)
        return Call.objects.create(
            org=locked,
            agent=agent,
            version=version,
            channel=channel,
            started_by=user,
            carrier=Call.BROWSER,
            carrier_call_id=new_public_id(),  # links need an id, and there is none of a carrier
            **version.engines(),
            is_pooled=not locked.is_proven,
            opened_at=now,
            counted_on=day_of(now, locked.time_zone),
            ticket_id=secrets.token_urlsafe(32),
        )
