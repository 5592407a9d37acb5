"""Members end live calls: writes the audit entry and the row, then tells the process of
the call.

A caller who is put through, or talks to a person, has no process: their carrier is asked to end the
call, where the organization has stored the keys for that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from asgiref.sync import async_to_sync
from django.db import transaction
from django.db.models import QuerySet

from accounts.keys import api_keys
from accounts.members.access import record
from accounts.models import ApiKey, Organization, User
from telephony.calls import live_hub
from telephony.carriers.accounts import Accounts
from telephony.carriers.hang_ups import account_to_end
from usage.billing.settlement import record_end
from usage.models import Call
from usage.outbox import hang_ups
from usage.records.evidence import NO_ACCOUNT
from voicex.reasons.ends import EndReason

log = structlog.get_logger(__name__)


class HangUp(StrEnum):
    """The result of a request to end a call."""

    OVER = "over"  # no process carries the call
    ORDERED = "ordered"
    NOT_ORDERED = "not_ordered"  # its process reads the row with its next heartbeat
    ASKED = "asked"  # the caller is with a person: the carrier is asked to end the call
    STAYS = "stays"  # the caller is with a person, and the carrier can't be asked: nothing was done


@dataclass(frozen=True, slots=True)
class Dropped:
    """The result of `drop_key`. staying: further calls, whose callers are with a person and whose
    carrier can't be asked; is_ordered: False as in HangUp.NOT_ORDERED.
    """

    calls: int
    staying: int
    is_ordered: bool


@dataclass(frozen=True, slots=True)
class InProgress:
    """How many calls use a key: with an agent, and with a person, as far as their carrier can be
    asked to end them, or not.
    """

    with_agent: int = 0
    with_person: int = 0
    staying: int = 0


def hang_up(call: Call, *, actor: User, now: datetime) -> HangUp:
    """End `call` at once, even in mid-sentence. Not on the event loop's thread."""
    with transaction.atomic():
        state = _locked_state(call)
        is_with_person = state == Call.State.TRANSFERRING
        if is_with_person and not can_be_ended(call):
            return HangUp.STAYS
        reason = EndReason.HUNG_UP_BY_MEMBER
        is_carried = _end(call, reason, state=state, accounts=Accounts(), actor=actor, now=now)
    if is_carried:
        return HangUp.ORDERED if _are_ordered([call]) else HangUp.NOT_ORDERED
    return HangUp.ASKED if is_with_person else HangUp.OVER


def can_be_ended(call: Call) -> bool:
    """Whether the carrier can be asked to end `call`."""
    return account_to_end(call, Accounts()) is not None


def in_progress(key: ApiKey) -> InProgress:
    """The calls that `drop_key` would end."""
    calls = list(_calls_of(key))
    accounts = Accounts()
    with_person = [call for call in calls if call.state == Call.State.TRANSFERRING]
    staying = sum(account_to_end(call, accounts) is None for call in with_person)
    return InProgress(len(calls) - len(with_person), len(with_person) - staying, staying)


def drop_key(org: Organization, *, key: ApiKey, actor: User, now: datetime) -> Dropped:
    """Revoke `key` of `org`, and end all calls that use it. Raises KeyRefused.

    Not on the event loop's thread.
    """
    # The key first, or a new call could begin meanwhile.
    api_keys.revoke_key(org, key=key, actor=actor)
    calls = list(_calls_of(key).order_by("pk"))
    accounts, staying = Accounts(), 0
    for call in calls:
        # A call that no process carries yet is over, and its ticket becomes invalid; a caller who
        # stays with a person does not come back to an agent.
        with transaction.atomic():
            state, reason = _locked_state(call), EndReason.KEY_REVOKED
            _end(call, reason, state=state, accounts=accounts, actor=actor, now=now)
        staying += state == Call.State.TRANSFERRING and account_to_end(call, accounts) is None
    # To all calls, even those without a process in the database: a stream may have opened since.
    return Dropped(len(calls) - staying, staying, _are_ordered(calls))


def _calls_of(key: ApiKey) -> QuerySet[Call]:
    return Call.objects.filter(org=key.org_id, api_key=key, ended_at=None).select_related("org")


def _locked_state(call: Call) -> str:
    rows = Call.objects.filter(pk=call.pk).select_for_update(no_key=True)
    return str(rows.values_list("state", flat=True).get())


def _end(
    call: Call,
    reason: EndReason,
    *,
    state: str,
    accounts: Accounts,
    actor: User,
    now: datetime,
) -> bool:
    """Write that and why the call has to end; returns whether a process carries it.

    In a transaction that has locked its row and read `state`.
    """
    is_carried = record_end(call.pk, reason=reason, now=now)
    # With a person, or on a stream whose process is lost. One whose stream has not come is told by
    # the carrier why it ends.
    lasts = state in (Call.State.TRANSFERRING, Call.State.LIVE) and not is_carried
    if lasts and account_to_end(call, accounts) is not None:
        hang_ups.ask_at_once(call.pk, now=now)
    elif state == Call.State.TRANSFERRING:
        hang_ups.note_refusal(call.pk, NO_ACCOUNT)
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
