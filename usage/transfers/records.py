"""Records of transfers: a call that an agent puts through.

    live -> transferring -> ended                     the person answered, or the caller hung up
                         -> returning -> live -> ...  nobody took it: a new stream, a new ticket

During a transfer no process carries the call: it has no slot, its minutes are not charged, and it
ends by the carrier's report on the dialled line. When it returns it takes a slot again, like a new
call.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from django.db import transaction

from accounts.models import Organization
from agents.transfers.targets import Target
from usage.billing import settlement
from usage.models import Call, Transfer, UsageFact
from usage.quota import pool
from usage.quota.quotas import take_slot
from usage.records.repair import mended
from usage.takeover import states
from usage.takeover.takeovers import OF_THE_STREAM
from voicex.reasons.ends import EndReason

MOST_OF_A_CALL: Final = 5  # a model that goes in circles would call the same people for hours
LONGEST: Final = 4 * 3600  # seconds that are believed of a dialled line: the carrier ends it then

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """The target of a transfer. briefing: "" or a line of text."""

    target: Target
    briefing: str = ""


def begin(call_id: int, order: TransferOrder, *, generation: int, now: datetime) -> None:
    """Begin a transfer: the process drops the call, and the carrier dials.

    Replaces `settlement.finalize`. A call that has to end ends here; what the carrier says of the
    stream, which is over, may be written before this. generation: of the process's stream; no
    effect if another stream has replaced it.
    """
    with transaction.atomic():
        calls = Call.objects.filter(pk=call_id, generation=generation)
        lasting = calls.filter(state=Call.State.LIVE, end_reason__in=OF_THE_STREAM, ended_at=None)
        if lasting.update(state=Call.State.TRANSFERRING, end_reason=""):
            target = order.target
            Transfer.objects.create(
                number=Transfer.objects.filter(call_id=call_id).count() + 1,
                call_id=call_id,
                began_at=now,
                dial_by=now + settlement.NO_STREAM_AFTER,
                is_announced=target.is_announced,
                **mended(
                    Transfer,
                    call_id,
                    target=target.name,
                    address=target.address,
                    digits=target.digits,
                    briefing=order.briefing,
                ),
            )
            states.forget_words(call_id)
            log.info("call_transferring", call_id=call_id)
            return
        reason = calls.filter(state=Call.State.LIVE).values_list("end_reason", flat=True).first()
    if reason is not None:
        settlement.finalize(call_id, reason=reason, generation=generation, now=now)


def under_way(call_id: int) -> Transfer | None:
    """The current transfer of the call; None if there is none."""
    waiting = Transfer.objects.select_related("call").filter(call_id=call_id, ended_at=None)
    return waiting.order_by("-number").first()


def dialed(transfer: Transfer) -> None:
    """The carrier has the order to dial the line."""
    Transfer.objects.filter(pk=transfer.pk).exclude(dial_by=None).update(dial_by=None)


def accept(transfer: Transfer, *, now: datetime) -> bool:
    """The person accepts the call. False: it is over already."""
    waiting = Transfer.objects.filter(pk=transfer.pk, ended_at=None)
    return bool(waiting.update(accepted_at=now))


def conclude(
    transfer: Transfer, result: Transfer.Result, *, seconds: int, now: datetime
) -> Transfer.Result:
    """The dialled line is over: store its result. Returns the first stored result.

    The call ends unless the caller returns. If its end was reported before, or it was swept,
    without the result of the dialled line, its end reason is corrected.
    """
    reason = _REASONS.get(result)
    with transaction.atomic():
        call = Call.objects.select_for_update(no_key=True).only("state").get(pk=transfer.call_id)
        open_one = Transfer.objects.filter(pk=transfer.pk, result__in=("", Transfer.Result.UNKNOWN))
        is_first = open_one.update(
            result=result, seconds=min(seconds, LONGEST), ended_at=now, briefing=""
        )
        if not is_first:
            return Transfer.Result(Transfer.objects.values_list("result").get(pk=transfer.pk)[0])
        if reason and call.state == Call.State.TRANSFERRING:
            settlement.finalize(call.pk, reason=reason, now=now)
        elif reason and call.state == Call.State.ENDED:
            reported = Call.objects.filter(pk=call.pk, end_reason__in=_WITHOUT_RESULT)
            reported.update(end_reason=reason)
    log.info("call_transferred", call_id=call.pk, result=result)
    return result


def take_back(transfer: Transfer, *, now: datetime) -> Call | None:
    """Take the call back on a new stream; None if it is over.

    Repeated requests get the same ticket. Raises Declined if the organization has no free slot.
    """
    with transaction.atomic():
        # The call's row before the organization's, as everywhere.
        rows = Call.objects.select_related("org", "agent", "version__agent")
        call = rows.select_for_update(of=("self",), no_key=True).get(pk=transfer.call_id)
        if call.state == Call.State.TRANSFERRING:
            _open_again(call, now=now)
    return call if call.state == Call.State.RETURNING else None


def give_up(transfer: Transfer, *, now: datetime) -> None:
    """End a call that nobody accepted and that no agent can take back, and no other call."""
    with transaction.atomic():
        call = Call.objects.select_for_update(no_key=True).only("state").get(pk=transfer.call_id)
        if call.state in (Call.State.TRANSFERRING, Call.State.RETURNING):
            settlement.finalize(call.pk, reason=EndReason.TRANSFER_FAILED, now=now)


def drop(call_id: int, *, is_caller_gone: bool, now: datetime) -> None:
    """End a call that is being put through, and for which nobody is dialled any more.

    No effect on any other. is_caller_gone: or else the caller was told.
    """
    transfer = under_way(call_id)
    if transfer is None or transfer.call.state != Call.State.TRANSFERRING:
        return
    result = Transfer.Result.ABANDONED if is_caller_gone else Transfer.Result.UNKNOWN
    conclude(transfer, result, seconds=0, now=now)
    give_up(transfer, now=now)


def _open_again(call: Call, *, now: datetime) -> None:
    org = (
        Organization.objects.select_related("quota__plan")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=call.org_id)
    )
    take_slot(org, is_verified=call.is_verified, now=now)
    if call.is_pooled:
        pool.take(now=now)
    call.state = Call.State.RETURNING
    call.ticket_id = secrets.token_urlsafe(32)
    call.ticket_redeemed_at = None
    call.heartbeat_at = now  # from when the ticket is good
    call.save(update_fields=["state", "ticket_id", "ticket_redeemed_at", "heartbeat_at"])
    UsageFact.objects.filter(call=call).update(is_final=False)


_REASONS: Final = {
    Transfer.Result.ANSWERED: EndReason.TRANSFERRED,
    Transfer.Result.ABANDONED: EndReason.TRANSFER_ABANDONED,
}
_WITHOUT_RESULT: Final = (EndReason.CARRIER_COMPLETED, EndReason.TRANSFER_FAILED)
