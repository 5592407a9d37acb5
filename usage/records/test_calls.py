"""Tests of an agent by a member: calls like any other, but no number was dialled for them."""

import secrets
from datetime import datetime

from django.db import transaction

from accounts.models import Organization, User, new_public_id
from agents.models import Agent, AgentVersion
from usage.models import Call
from usage.quota import pool
from usage.quota.budgets import ensure_budget
from usage.quota.quotas import take_slot
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
    """A new call of `agent`, which is of `org`, with a slot of its quota.

    version: a stored one to try in place of the published one. Raises Declined (`suspended`,
    `no_slot`, `budget_spent`, those of `usage.quota.pool`, or `no_agent` when there is no version
    to talk to).
    """
    version = version or agent.published
    if version is None:
        raise Declined(AttemptReason.NO_AGENT)
    with transaction.atomic():
        # As for calls by telephone: one opening at a time, so that slots are counted right.
        locked = (
            Organization.objects.select_related("quota__plan", "call_rules")
            .select_for_update(of=("self",), no_key=True)
            .get(pk=org.pk)
        )
        # Not the month's minutes: no number was dialled, so a test uses none of them.
        take_slot(locked, is_verified=True, now=now)  # a user who logged in can be held to account
        ensure_budget(locked, version, now=now)  # but what it costs
        if not locked.is_proven:
            pool.take(now=now)
        return Call.objects.create(
            org=locked,
            agent=agent,
            version=version,
            channel=channel,
            started_by=user,
            carrier=Call.BROWSER,
            carrier_call_id=new_public_id(),  # no carrier gave one; links need a name
            **version.engines(),
            is_pooled=not locked.is_proven,
            opened_at=now,
            ticket_id=secrets.token_urlsafe(32),
        )
