"""Services for waiting callers: join the line, poll, leave."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from accounts.members.trust import may_join_line
from accounts.models import ApiKey, Organization
from usage.models import Call, WaitingCaller
from usage.records.attempts import attempt_log
from usage.records.repair import mended
from usage.waiting.order import GONE_AFTER, MOST_OF_UNPROVEN, MOST_WAITING, queue_of
from voicex.reasons.attempts import AttemptReason, Outcome

Result = WaitingCaller.Result
# No question for so long: they have hung up, or the database was away (the order passes them by
# after GONE_AFTER already).
SILENT_AFTER: Final = timedelta(minutes=3)
KEPT: Final = timedelta(hours=1)  # afterwards; a carrier that asks again is told the same
MOST_PARAMETERS: Final = 20  # of the webhook's URL
LONGEST_PARAMETER: Final = 200  # characters
_SWEPT_AT_ONCE: Final = 200
# What the attempt log says of a caller who was not answered.
_REASONS: Final = {
    Result.LEFT: AttemptReason.LEFT_QUEUE,
    Result.TOO_LONG: AttemptReason.WAITED_TOO_LONG,
}


@dataclass(frozen=True, slots=True)
class Place:
    """A waiting caller with the place in line.

    position: as announced, 1 for the next caller. ahead: callers who get a free line first; fewer
    than those before if some may be fake (`usage.waiting.order`).
    """

    caller: WaitingCaller
    position: int
    ahead: int


def join(
    key: ApiKey,
    *,
    agent_id: str,
    parameters: Mapping[str, str],
    carrier: str,
    call_id: str,
    from_number: str,
    language: str,
    is_signed: bool,
    now: datetime,
) -> Place | None:
    """Add a caller at the end of the organization's line; a repeated request gets the same place.

    key: of the webhook, with its organization; agent_id and parameters: from its URL; is_signed:
    whether it was signed. None if the line is full, the caller has waited before, or too many have
    joined in the last minute: a caller who leaves at once frees the place, but the rows stay.
    """
    org = key.org
    most = MOST_WAITING if org.is_proven else MOST_OF_UNPROVEN
    # Before the lock: the cache may hang, and calls of the organization wait for the lock.
    if not WaitingCaller.objects.filter(org=org, carrier_call_id=call_id).exists():
        queue = queue_of(org, is_signed=is_signed, now=now)
        if not queue.has_place(from_number, most=most) or not may_join_line(org):
            return None
    with transaction.atomic():
        # The lock under which calls are opened: who joins is behind who is answered now.
        Organization.objects.select_for_update(no_key=True).only("pk").get(pk=org.pk)
        known = WaitingCaller.objects.filter(org=org, carrier_call_id=call_id).first()
        if known is not None:
            return None if known.ended_at else place_of(known, is_signed=is_signed, now=now)
        queue = queue_of(org, is_signed=is_signed, now=now)
        if not queue.has_place(from_number, most=most):
            return None
        position, ahead = queue.position(call_id), queue.ahead_of(call_id)
        taken = islice(parameters.items(), MOST_PARAMETERS)
        caller = WaitingCaller.objects.create(
            org=org,
            api_key=key,
            carrier=carrier,
            agent_id_asked=agent_id[:24],
            arrived_at=now,
            seen_at=now,
            place_said=position,
            **mended(
                WaitingCaller,
                None,
                carrier_call_id=call_id,
                from_number=from_number,
                language=language,
                parameters={
                    name[:LONGEST_PARAMETER]: value[:LONGEST_PARAMETER] for name, value in taken
                },
            ),
        )
    attempt_log.record(
        org=org, call_sid=call_id, outcome=Outcome.ANSWERED, reason=AttemptReason.WAITING
    )
    return Place(caller, position, ahead)


def find(row: int) -> WaitingCaller | None:
    """The caller of that row, with the organization and its rules; None once it is deleted."""
    return WaitingCaller.objects.select_related("org__call_rules").filter(pk=row).first()


def place_of(caller: WaitingCaller, *, is_signed: bool, now: datetime) -> Place:
    """The place of a waiting caller; is_signed: whether the carrier's request was signed."""
    queue = queue_of(caller.org, is_signed=is_signed, now=now)
    call_id = caller.carrier_call_id
    return Place(caller, queue.position(call_id), queue.ahead_of(call_id))


def is_in_line(caller: WaitingCaller, *, from_number: str, now: datetime) -> bool:
    """Whether the caller is in line when the carrier polls at `now`.

    A caller without polls for long, because the database or this service was unreachable, gets the
    old place back, even if the sweep has removed them. from_number: of the request.
    """
    if caller.ended_at is None and now - caller.seen_at < GONE_AFTER:
        return True
    if caller.ended_at is not None and not (
        caller.result == Result.LEFT and caller.ended_at - caller.seen_at >= SILENT_AFTER
    ):
        return False
    as_read = WaitingCaller.objects.filter(pk=caller.pk, ended_at=caller.ended_at)
    number = mended(WaitingCaller, None, from_number=from_number)
    return bool(as_read.update(seen_at=now, ended_at=None, result="", **number))


def has_asked(caller: WaitingCaller, *, place_said: int, now: datetime) -> None:
    """Record a poll, and the place that was announced."""
    WaitingCaller.objects.filter(pk=caller.pk, ended_at=None).update(
        seen_at=now, rounds=F("rounds") + 1, place_said=place_said
    )


def end(caller: WaitingCaller, result: Result, *, now: datetime) -> bool:
    """Remove the caller from the line and delete the number; False if already removed.

    An unanswered caller gets a row in the attempt log, and so among the missed callers.
    """
    return _end(caller, result, now=now, seen_at=now, parameters={})


def _end(caller: WaitingCaller, result: Result, *, now: datetime, **known: Any) -> bool:
    waits = WaitingCaller.objects.filter(pk=caller.pk, ended_at=None)
    if not waits.update(ended_at=now, result=result, from_number="", **known):
        return False
    if reason := _REASONS.get(result):
        attempt_log.record(
            org=caller.org,
            call_sid=caller.carrier_call_id,
            outcome=Outcome.DECLINED,
            reason=reason,
        )
    return True


def left(*, org_id: str, call_id: str, now: datetime) -> None:
    """The carrier reports the end of a call, which may be that of a waiting caller.

    org_id: public.
    """
    found = WaitingCaller.objects.filter(
        org__public_id=org_id, carrier_call_id=call_id, ended_at=None
    ).select_related("org")
    for caller in found:
        end(caller, Result.LEFT, now=now)


def sweep(*, now: datetime) -> None:
    """Remove callers whose carrier has stopped polling, and delete old rows."""
    gone = WaitingCaller.objects.filter(ended_at=None, seen_at__lt=now - SILENT_AFTER)
    for caller in gone.select_related("org")[:_SWEPT_AT_ONCE]:
        answered = Call.objects.filter(org=caller.org_id, carrier_call_id=caller.carrier_call_id)
        # Nothing else is written: the carrier may yet ask (`is_in_line`).
        _end(caller, Result.ANSWERED if answered.exists() else Result.LEFT, now=now)
    WaitingCaller.objects.filter(ended_at__lt=now - KEPT).delete()
