"""How many calls an organization may have at once: slots, counted from the calls themselves.

A slot is no row of its own that could be left behind. A call has one while its ticket can
still open a stream, or while its stream gives signs of life; it is free again by itself.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q

from accounts.models import Organization
from usage.models import Call, Quota
from voicex.errors import Declined

# An organization that signs its webhooks can be held to account; one that only has the URL
# gets less. Both are plenty for a number of a small office; a Quota row says otherwise.
VERIFIED_CALLS_AT_ONCE: Final = 60
UNVERIFIED_CALLS_AT_ONCE: Final = 30

TICKET_LIFETIME: Final = timedelta(seconds=60)

SUSPENDED_SENTENCE: Final = "We are sorry, this number cannot take calls right now. Goodbye."
NO_SLOT_SENTENCE: Final = (
    "We are sorry, all our lines are busy right now. Please call again in a few minutes. Goodbye."
)


def heartbeat_limit(now: datetime) -> datetime:
    """A live call whose heartbeat is older than this has lost its process."""
    return now - timedelta(seconds=settings.CALL_STALE_SECONDS)


def slots_in_use(org: Organization, *, now: datetime) -> int:
    """How many calls of `org` have a slot at `now`."""
    return (
        Call.objects.filter(org=org, ended_at=None)
        .filter(
            Q(state=Call.State.OPENED, opened_at__gt=now - TICKET_LIFETIME)
            | Q(state=Call.State.LIVE, heartbeat_at__gte=heartbeat_limit(now))
        )
        .count()
    )


def slots_of(org: Organization, *, is_verified: bool) -> int:
    """How many calls `org` may have at once; its Quota row goes before the defaults."""
    quota: Quota | None = getattr(org, "quota", None)
    if quota is not None:
        if quota.concurrent_calls is not None:
            return quota.concurrent_calls
        if quota.plan is not None:
            return quota.plan.concurrent_calls
    return VERIFIED_CALLS_AT_ONCE if is_verified else UNVERIFIED_CALLS_AT_ONCE


def take_slot(org: Organization, *, is_verified: bool, now: datetime) -> None:
    """Pass when `org` may have one more call; else Declined (`suspended`, `no_slot`).

    The caller holds the organization's row lock until the new call is written, so that two
    calls at the same moment do not both take the last slot.
    """
    if org.is_suspended:
        raise Declined("suspended", SUSPENDED_SENTENCE)
    if slots_in_use(org, now=now) >= slots_of(org, is_verified=is_verified):
        raise Declined("no_slot", NO_SLOT_SENTENCE)
