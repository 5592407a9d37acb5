"""Members end live calls: writes the audit entry and the row, then tells the process of
the call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from asgiref.sync import async_to_sync
from django.db import transaction

from accounts.keys import api_keys
from accounts.members.access import record
from accounts.models import ApiKey, Organization, User
from telephony.calls import live_hub
from usage.billing.settlement import record_end
from usage.models import Call
from voicex.reasons.ends import EndReason

log = structlog.get_logger(__name__)


class HangUp(StrEnum):
    """The result of a request to end a call."""

    OVER = "over"  # no process carries the call
    ORDERED = "ordered"
    NOT_ORDERED = "not_ordered"  # its process reads the row with its next heartbeat


@dataclass(frozen=True, slots=True)
class Dropped:
    """The result of `drop_key`. is_ordered: False as in HangUp.NOT_ORDERED."""

    calls: int
    is_ordered: bool


def hang_up(call: Call, *, actor: User, now: datetime) -> HangUp:
    """End `call` at once, even in mid-sentence. Not on the event loop's thread."""
    if not _end(call, EndReason.HUNG_UP_BY_MEMBER, actor=actor, now=now):
        return HangUp.OVER
    return HangUp.ORDERED if _are_ordered([call]) else HangUp.NOT_ORDERED


def drop_key(org: Organization, *, key: ApiKey, actor: User, now: datetime) -> Dropped:
    """Revoke `key` of `org`, and end all calls that use it. Raises KeyRefused.

    Not on the event loop's thread.
    """
    # The key first, or a new call could begin meanwhile.
    api_keys.revoke_key(org, key=key, actor=actor)
    holding = Call.objects.filter(org=org, api_key=key, ended_at=None)
    calls = list(holding.select_related("org").order_by("pk"))
    for call in calls:
        # A call that no process carries yet is over, and its ticket becomes invalid.
        _end(call, EndReason.KEY_REVOKED, actor=actor, now=now)
    # To all calls, even those without a process in the database: a stream may have opened since.
    return Dropped(len(calls), _are_ordered(calls))


@transaction.atomic
def _end(call: Call, reason: EndReason, *, actor: User, now: datetime) -> bool:
    """Write that and why the call has to end; returns whether a process carries it."""
    is_carried = record_end(call.pk, reason=reason, now=now)
    record(call.org, actor=actor, action="call.hung_up", target=call.call_sid)
    return is_carried


def _are_ordered(calls: Sequence[Call]) -> bool:
    try:
        async_to_sync(_order_all)([call.pk for call in calls])
    except Exception as error:  # boundary: the channel layer raises any error of its client
        log.error("order_not_sent", order=live_hub.HANG_UP, error=type(error).__name__)
        return False
    return True


async def _order_all(call_ids: Sequence[int]) -> None:
    for call_id in call_ids:
        await live_hub.order(call_id, live_hub.HANG_UP)
