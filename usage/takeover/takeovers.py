"""Takeovers of live calls by another process: once for each loss, by the first that asks.

`Call.generation` is the number of the call's current stream. The process that increments it by
compare-and-swap has taken over the call: a new ticket is written, the call keeps its slot, and
writes of the former generation are refused (`usage.records.calls`, `usage.billing.settlement`,
`usage.takeover.states`). The former process then drops the call.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import structlog
from django.db import transaction
from django.db.models.functions import Length

from accounts.models import Organization
from usage.models import Call, LiveState, Transfer, UsageFact
from usage.quota.quotas import TICKET_LIFETIME, heartbeat_limit, is_carried_at
from usage.records import recordings
from usage.records.recordings import SoFar
from usage.records.repair import mended
from usage.takeover import facts
from usage.takeover.gaps import Gap, as_evidence
from voicex.reasons.ends import EndReason

log = structlog.get_logger(__name__)

# A call whose line is lost again and again is ended in words.
MOST_TAKEOVERS: Final = 3
# So often does a process write what a call has used, with some room; what a call has used after
# the latest is not known, but that its sound came in real time.
USED_WITHIN: Final = timedelta(seconds=12)
# What a carrier says of a stream that is over. Whatever else is noted as the end of a call is an
# order that holds for its next stream as well.
OF_THE_STREAM: Final = (
    "",
    EndReason.STREAM_STOPPED,
    EndReason.STREAM_ERROR,
    EndReason.STREAM_LOST,
    EndReason.STREAM_ENDED,
)
_READ: Final = (
    "carrier",
    "carrier_call_id",
    "ticket_id",
    "ticket_redeemed_at",
    "generation",
    "state",
    "ended_at",
    "end_reason",
    "heartbeat_at",
    "opened_at",
    "org__state",
)


class Refusal(StrEnum):
    """Why a call cannot be taken over."""

    OVER = "over"  # it has ended, or has to
    UNKNOWN = "unknown"  # nothing is known of where it stood
    TOO_OFTEN = "too_often"
    REPLACED = "replaced"  # another stream has long taken the place of this one


@dataclass(frozen=True, slots=True)
class NextStream:
    """The call, with the ticket for its next stream, which was written at `issued_at`."""

    call: Call
    issued_at: datetime


def take_over(
    call_id: int, *, generation: int, now: datetime, lost_at: datetime | None = None
) -> NextStream | Refusal:
    """Take over the call from the stream of `generation`, which is over.

    Repeated requests get the same ticket. lost_at: when the stream ended, if before `now` because
    an earlier request was told to wait.
    """
    with transaction.atomic():
        rows = Call.objects.select_related("org").only(*_READ)
        call = rows.select_for_update(of=("self",), no_key=True).get(pk=call_id)
        rows_kept = LiveState.objects.filter(call_id=call_id).defer("state", "used")
        kept = rows_kept.annotate(size=Length("state")).first()
        if call.generation != generation:
            return _again(call, kept, generation)
        if refusal := _refusal(call, kept, now=now):
            return refusal
        if kept is None or not getattr(kept, "size", 0):
            return Refusal.UNKNOWN
        was_carried = call.ticket_redeemed_at is not None
        call.generation = generation + 1
        call.ticket_id = secrets.token_urlsafe(32)
        Call.objects.filter(pk=call_id).update(
            generation=call.generation,
            ticket_id=call.ticket_id,
            ticket_redeemed_at=None,
            end_reason="",
            heartbeat_at=now,  # its slot is kept as long as that of a call that has just begun
        )
        alive = max(kept.saved_at, call.heartbeat_at or kept.saved_at)
        over_at = min(now, lost_at or now, alive + USED_WITHIN)
        if kept.alive_until and not was_carried:  # the stream before it was never opened
            over_at = min(over_at, kept.alive_until)
        LiveState.objects.filter(call_id=call_id).update(
            taken_over_at=now,
            alive_until=kept.saved_at if kept.is_left else max(kept.saved_at, over_at),
            takeovers=kept.takeovers + (not kept.is_left),
        )
    log.warning("call_taken_over", call_id=call_id, generation=call.generation)
    return NextStream(call, now)


def _again(call: Call, kept: LiveState | None, generation: int) -> NextStream | Refusal:
    """The answer to a repeated request, or to one about a replaced stream."""
    is_pending = call.generation == generation + 1 and call.ticket_redeemed_at is None
    if call.ended_at is None and is_pending and kept and kept.taken_over_at:
        return NextStream(call, kept.taken_over_at)
    return Refusal.OVER if call.ended_at else Refusal.REPLACED


def _refusal(call: Call, kept: LiveState | None, *, now: datetime) -> Refusal | None:
    is_ordered_to_end = call.end_reason not in OF_THE_STREAM or call.org.is_suspended
    # Of one that fell silent long ago the slot is free, and may be another call's.
    if call.ended_at is not None or not is_carried_at(call, now) or is_ordered_to_end:
        return Refusal.OVER
    is_too_often = kept is not None and kept.takeovers >= MOST_TAKEOVERS
    return Refusal.TOO_OFTEN if is_too_often else None


@dataclass(frozen=True, slots=True)
class Resumed:
    """A resumed call with its saved state.

    state: as its last process saved it, at `saved_at`. lost_at: its line was lost. used: what it
    has used by then, the counts of a `UsageFact`; sequence: of the latest of these. recording: what
    is stored of its sound, None where it is not being recorded.
    """

    call: Call
    state: bytes
    saved_at: datetime
    lost_at: datetime
    used: dict[str, int]
    sequence: int
    recording: SoFar | None = None


def redeem(
    *,
    call_id: int,
    ticket_id: str,
    generation: int,
    carrier: str,
    stream_sid: str,
    call_sid: str,
    account_sid: str,
    now: datetime,
) -> Resumed | None:
    """Resume the call with the stream that presented this ticket; None: the ticket is invalid.

    As `usage.records.calls.redeem_ticket`: valid once, for this call, and while it has its slot.
    """
    with transaction.atomic():
        redeemed = Call.objects.filter(
            pk=call_id,
            org__in=Organization.objects.filter(state=Organization.State.ACTIVE),
            generation=generation,
            ticket_id=ticket_id,
            ticket_redeemed_at=None,
            state=Call.State.LIVE,
            ended_at=None,
            end_reason="",
            carrier=carrier,
            carrier_call_id=call_sid,
            account_sid=account_sid,
            heartbeat_at__gte=max(heartbeat_limit(now), now - TICKET_LIFETIME),
        ).update(stream_sid=stream_sid, ticket_redeemed_at=now, heartbeat_at=now)
        kept = LiveState.objects.filter(call_id=call_id).first()
        if not redeemed or kept is None or kept.taken_over_at is None:
            return None
        # Left for this stream alone: one that is lost before it writes its state counts as a loss.
        LiveState.objects.filter(call_id=call_id).update(is_left=False)
        call = Call.objects.select_related("org", "version__agent").get(pk=call_id)
        fact = UsageFact.objects.filter(call_id=call_id).first()
        used = used_by(kept, fact)
        facts.begin(call_id, fact, generation=generation, used=used)
        _mark_gap(call, kept, now=now)
    return Resumed(
        call=call,
        state=bytes(kept.state),
        saved_at=kept.saved_at,
        lost_at=_lost_at(kept, kept.taken_over_at),
        used=used,
        sequence=fact.sequence if fact else 0,
        recording=recordings.so_far(call_id),
    )


def _lost_at(kept: LiveState, taken_over_at: datetime) -> datetime:
    """When the stream ended, which may be long before the takeover."""
    return kept.saved_at if kept.is_left else min(kept.alive_until or taken_over_at, taken_over_at)


def _mark_gap(call: Call, kept: LiveState, *, now: datetime) -> None:
    """Record the gap in which the line was lost: milliseconds since the call became live."""
    if call.live_at is None or kept.taken_over_at is None:
        return
    over_at = kept.taken_over_at if kept.is_left else _lost_at(kept, kept.taken_over_at)
    # Turns have the call's clock, which stands still while a person is dialled.
    lost_ms = _ms(over_at - call.live_at - _put_through(call))
    gap = Gap(at_ms=lost_ms, ms=_ms(now - over_at))
    noted = as_evidence(gap, generation=call.generation)
    call.carrier_report = {**call.carrier_report, **noted}
    call.save(update_fields=["carrier_report"])


def _put_through(call: Call) -> timedelta:
    """How long the call had no stream because of transfers."""
    times = Transfer.objects.filter(call=call).values_list("began_at", "ended_at")
    return sum((ended - began for began, ended in times if ended), timedelta())


def keep_used(call_id: int) -> datetime | None:
    """Store the known usage of a call that ends without a final record of its process.

    Returns when its process last saved its state; None: not at all, or before it was put
    through. The caller has locked the call's row, so that no such record is written meanwhile.
    """
    kept = LiveState.objects.filter(call_id=call_id).defer("state").first()
    if kept is None or not json.loads(kept.used):  # all is written of one that was put through
        return None
    fact = UsageFact.objects.filter(call_id=call_id).first()
    in_all = facts.with_added(used_by(kept, fact), facts.added(fact))
    used = mended(UsageFact, call_id, **in_all)
    if fact is None:
        UsageFact.objects.create(call_id=call_id, sequence=0, **used)
    else:
        UsageFact.objects.filter(call_id=call_id).update(**used)
    return kept.saved_at


def used_by(kept: LiveState, fact: UsageFact | None) -> dict[str, int]:
    """The usage of the call when its line was lost, as audio arrived in real time until then.

    As its streams say it, so without what `usage.takeover.facts` has added.
    """
    saved: dict[str, int] = json.loads(kept.used)
    written = facts.known_to_streams(fact, saved) if fact else {}
    used = {name: max(count, written.get(name, 0)) for name, count in saved.items()}
    since_state_ms = _ms(kept.alive_until - kept.saved_at) if kept.alive_until else 0
    used["stream_ms"] = max(used["stream_ms"], saved["stream_ms"] + since_state_ms)
    return used


def _ms(duration: timedelta) -> int:
    return max(0, round(duration.total_seconds() * 1000))
