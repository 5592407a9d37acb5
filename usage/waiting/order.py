"""Who waits, and in which order: first come, first served.

A waiting caller is no call and has no slot. Their carrier plays music and asks again every few
seconds; who has not asked for GONE_AFTER is gone, whatever the carrier says or does not say.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from accounts.models import Organization
from usage.models import CallRules, WaitingCaller

MOST_WAITING: Final = 20  # of an organization
MOST_OF_UNPROVEN: Final = 3
# Two rounds of music, what is said before them (an organization's own sentence has 300 characters),
# and some seconds of a carrier's.
GONE_AFTER: Final = timedelta(seconds=60)


def has_queue(org: Organization) -> bool:
    """Whether callers of `org` wait: as its `call_rules` say, which were read with it."""
    # Not by the attribute, which makes an exception for each organization without rules.
    rules: CallRules | None = org._state.fields_cache.get("call_rules")
    return rules is not None and rules.when_busy == CallRules.WhenBusy.QUEUE


def waiting_in(org: Organization, *, now: datetime) -> QuerySet[WaitingCaller]:
    """The callers of `org` who wait at `now`, the first one first."""
    waiting = WaitingCaller.objects.filter(org=org, ended_at=None, seen_at__gte=now - GONE_AFTER)
    return waiting.order_by("pk")


def ahead_of(org: Organization, *, call_id: str, now: datetime) -> int:
    """How many callers of `org` are to be answered before the carrier's call `call_id`. One read.

    All who wait, for one who does not wait yet.
    """
    waiting = waiting_in(org, now=now).values_list("carrier_call_id", flat=True)[:MOST_WAITING]
    ahead = list(waiting)
    return ahead.index(call_id) if call_id in ahead else len(ahead)
