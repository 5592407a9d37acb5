"""Ends calls and settles them: the ledger entries do not depend on the order of signals.

A call has one authority. While a process carries it, only that process ends it (`finalize`);
reports of its end by others (`record_end`: the carrier's callbacks, a member) are stored, and tell
that process to end it. A call without a process, because no stream was opened or its heartbeat is
stale, ends at the first report. Each of the signals may be missing, late, repeated or first. See
docs/accounting.md.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import (
    BigIntegerField,
    Case,
    DateTimeField,
    Exists,
    Expression,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least, NullIf

from usage.billing import ledger, pricing, rollup
from usage.billing.carrier_bills import CAN_ASK, CHECKS, RECONCILE, is_asked_about
from usage.hooks import of_calls
from usage.missed import record as missed
from usage.models import Call, Outbox, Transfer
from usage.outbox import claims, delivery, hang_ups, rows
from usage.quota import budgets, notices
from usage.quota.budgets import BUDGETS
from usage.quota.quotas import MINUTES_LIMIT, heartbeat_limit, is_carried_at
from usage.records.evidence import without_texts
from usage.records.repair import mended
from usage.takeover import states, takeovers
from voicex.database.prepared import PreparedRead, PreparedUpdate
from voicex.reasons.ends import EndReason
from voicex.reasons.unanswered import FAILED_ENDS

SETTLE: Final = Outbox.Kind.SETTLE_CALL
ANALYSE: Final = Outbox.Kind.ANALYSE_CALL
# The delay of the analysis: redacted turns may be written after a call's last snapshot.
ANALYSE_AFTER: Final = timedelta(seconds=5)
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
# Twice the lifetime of a ticket: carriers open the stream within seconds.
NO_STREAM_AFTER: Final = timedelta(seconds=120)

# A carrier ends a call after four hours, and then reports the end of the dialled line at the
# latest.
NO_WORD_AFTER: Final = timedelta(hours=4, minutes=10)

# A live call saves its state more often than this.
SET_BACK: Final = timedelta(minutes=10)

_READ_FOR_AN_END: Final = (
    "carrier_report",
    "state",
    "heartbeat_at",
    "end_reason",
    "words_deleted_at",
    "erasure_id",
    "stream_sid",
    "generation",
)

# The query for calls to settle, with all related rows.
_WITH_FACTS: Final[PreparedRead[Call]] = PreparedRead(
    lambda ids: (
        Call.objects.filter(claims.open_of(SETTLE), pk__in=ids)
        .select_related("usage", "analysis")
        .defer(*(f"analysis__{name}" for name in ("summary", "reason", "field_values")))
        .annotate(
            minutes_limit=MINUTES_LIMIT, can_ask=CAN_ASK, has_lines=ledger.HAS_LINES, **BUDGETS
        )
        .order_by("pk")
    ),
    ids=[BigIntegerField()],
)
_SETTLED: Final = PreparedUpdate(
    lambda ids, now: (Call.objects.filter(pk__in=ids), {"settled_at": now}),
    ids=[BigIntegerField()],
    now=DateTimeField(),
)

log = structlog.get_logger(__name__)


def finalize(call_id: int, *, reason: str, now: datetime, generation: int | None = None) -> None:
    """End the call, called by the process that carries it.

    Or, for a call that was put through, by the end of the dialled line (`usage.transfers`). It
    frees the call's slot. reason: a value of `EndReason`; the first end counts. generation: of the
    stream that this process carries; no effect if another stream has replaced it.
    """
    fields = mended(Call, call_id, end_reason=reason, ended_at=now)
    own = {} if generation is None else {"generation": generation}
    with transaction.atomic():
        _end(
            Call.objects.filter(pk=call_id, **own),
            call_id,
            reason=fields["end_reason"],
            now=fields["ended_at"],
        )


def record_end(
    call_id: int,
    *,
    reason: str,
    now: datetime,
    evidence: dict[str, Any] | None = None,
    stream_id: str = "",
    generation: int | None = None,
) -> bool:
    """Record a report by others that the call is over, or has to end.

    reason: a value of `EndReason`. True: a process carries the call and has to be notified
    (`telephony.process.runtime.Runtime.end_call`). The call lasts until that process ends it; if
    the notification is lost, the process reads the reason from the row at its next heartbeat.
    False: the call is over now.

    stream_id: the stream that was reported to be over, "" for the call itself. The end of a stream
    that was left for a transfer does not end the call. generation: of the reported stream. If
    another stream has replaced it, the report is only stored as evidence.

    evidence: the carrier's report (JSON values), which is always stored; without its texts if the
    call's words were deleted or its caller was erased (`usage.records.evidence`).
    """
    reason = mended(Call, call_id, end_reason=reason)["end_reason"]
    with transaction.atomic():
        found = Call.objects.filter(pk=call_id)
        call = found.select_for_update(no_key=True).only(*_READ_FOR_AN_END).get()
        changes: dict[str, Any] = {}
        if evidence:
            report = {**call.carrier_report, **evidence}
            if call.words_deleted_at or call.erasure_id:
                report = without_texts(report)
            changes |= mended(Call, call_id, carrier_report=report)
        is_former = _is_former_stream(call, stream_id)
        is_former |= generation is not None and generation != call.generation
        is_carried = is_carried_at(call, now) and not is_former
        if is_carried and not call.end_reason:
            changes["end_reason"] = reason
        if changes:
            found.update(**changes)
        if call.state != Call.State.ENDED and not is_carried and not is_former:
            if call.state == Call.State.TRANSFERRING:
                _give_up_transfer(call_id, now=now)
            _end_uncarried(found, call_id, reason=reason, now=now)
    return is_carried


def settle(call_id: int, *, now: datetime) -> bool:
    """Post what is missing in the ledger for the latest facts of an ended call.

    False: the call is live, or its facts may still change and the outbox row waits for that. True:
    the ledger is complete, by this run or an earlier one. Usage without a price is posted as an
    open line (`usage.billing.open_lines`). Raises PriceMissing, and posts nothing, for a call from
    before the first price book.
    """
    with transaction.atomic():
        # Facts that arrive meanwhile wait for this lock, then find the outbox row done and reopen
        # it. no_key: turns, which only reference the call, do not wait.
        call = Call.objects.select_for_update(no_key=True).only("ended_at").get(pk=call_id)
        return call.ended_at is not None and _settle([call_id], now=now)


def settle_due(*, hint: int, now: datetime) -> bool:
    """Settle the call `hint` together with other due ones, in one transaction.

    Rows locked by another transaction are skipped, so that workers never wait for each other. True:
    a full batch was settled, so more may be due. Raises as `settle` for any of the calls.
    """
    with transaction.atomic():
        if claimed := claims.claim(SETTLE, hint=hint, now=now):
            _settle(claimed, now=now)
    return len(claimed) == claims.CLAIMED_AT_ONCE


def sweep(*, now: datetime) -> None:
    """End calls whose signals never arrived, and send due outbox rows again."""
    abandoned = {
        EndReason.STALE: Q(state=Call.State.LIVE, heartbeat_at__lt=heartbeat_limit(now)),
        EndReason.NO_STREAM: Q(state=Call.State.OPENED, opened_at__lt=now - NO_STREAM_AFTER)
        | Q(state=Call.State.RETURNING, heartbeat_at__lt=now - NO_STREAM_AFTER),
        EndReason.TRANSFER_FAILED: Q(
            state=Call.State.TRANSFERRING, heartbeat_at__lt=now - NO_WORD_AFTER
        )
        | _left_between(now),
    }
    for reason, condition in abandoned.items():
        found = Call.objects.filter(condition, ended_at=None).values_list("pk", flat=True)
        for call_id in found:
            with transaction.atomic():
                call = Call.objects.filter(condition, pk=call_id, ended_at=None)
                # Its process may be writing at this moment what it kept while the database was
                # away: it carries the call, or has ended it with all that it used. The next sweep
                # sees which, and no worker waits for a transaction that hangs.
                free = call.select_for_update(no_key=True, skip_locked=True)
                if not free.values_list("pk").first():
                    continue
                _end_uncarried(call, call_id, reason=reason, now=now)
                if reason is not EndReason.NO_STREAM:  # of that one the carrier has let go
                    hang_ups.ask_later([call_id], now=now)
                if reason is EndReason.TRANSFER_FAILED:  # last: the condition is about it
                    _give_up_transfer(call_id, now=now)
    delivery.send_due(now=now)


def _end_uncarried(call: QuerySet[Call], call_id: int, *, reason: str, now: datetime) -> None:
    """End a call that has lost its process, as of its last heartbeat.

    A heartbeat from before the clock was set back is not meaningful: the state was written later,
    or the call ends now. An earlier report of its end that did not reach the process takes
    precedence over `reason`. The caller must have locked the call's row.
    """
    written_at = takeovers.keep_used(call_id)
    told = Coalesce(NullIf("end_reason", Value("")), Value(reason))
    lasted_until: Expression = Least(Coalesce("heartbeat_at", Value(now)), Value(now))
    if written_at is not None:
        was_set_back = When(heartbeat_at__gt=written_at + SET_BACK, then=Value(written_at))
        lasted_until = Case(was_set_back, default=lasted_until)
    _end(call, call_id, reason=reason, now=now, end_reason=told, ended_at=lasted_until)


def _give_up_transfer(call_id: int, *, now: datetime) -> None:
    """End a transferred call whose dialled line was never reported to be over."""
    waiting = Transfer.objects.filter(call_id=call_id, ended_at=None)
    waiting.update(ended_at=now, briefing="", result=Transfer.Result.UNKNOWN)


def _left_between(now: datetime) -> Q:
    """A condition on calls that are put through: their line was not dialled in time, or is over,
    and nobody asks what follows any more.

    The report was lost with a database that was away, or the caller has hung up at that moment.
    """
    is_awaited = Q(ended_at=None) & (Q(dial_by=None) | Q(dial_by__gt=now))
    is_over = Q(ended_at__gt=now - NO_STREAM_AFTER)
    lasting = Transfer.objects.filter(is_awaited | is_over, call=OuterRef("pk"))
    return Q(state=Call.State.TRANSFERRING) & ~Q(Exists(lasting))


def _is_former_stream(call: Call, stream_id: str) -> bool:
    """Whether the call has continued after this stream."""
    if not stream_id:
        return False
    if call.state in (Call.State.TRANSFERRING, Call.State.RETURNING):
        return stream_id == call.stream_sid
    is_another = call.state == Call.State.LIVE and stream_id != call.stream_sid
    return is_another and Transfer.objects.filter(call_id=call.pk).exists()


def _end(call: QuerySet[Call], call_id: int, *, reason: str, now: datetime, **other: Any) -> None:
    """End the one `call` if it is still live; only the first attempt succeeds. other: values of
    columns.
    """
    values = {"state": Call.State.ENDED, "ended_at": now, "end_reason": reason} | other
    if call.filter(ended_at=None).update(**values):
        states.forget(call_id)
        rows.enqueue(SETTLE, call_id, now=now)
        if reason in FAILED_ENDS or other:
            missed.record_failed_call(call_id, now=now)
        of_calls.ended(call_id, now=now)
        log.info("call_ended", call_id=call_id, reason=reason)


def _settle(call_ids: Sequence[int], *, now: datetime) -> bool:
    """Settle ended calls; False if one of them has to wait for its last facts.

    The caller must have locked their rows, so that nothing read here changes before the commit.
    """
    calls = _WITH_FACTS.rows(ids=call_ids)
    complete_at = {call.pk: _complete_at(call, now=now) for call in calls}
    waiting = {call_id: moment for call_id, moment in complete_at.items() if moment > now}
    if waiting:
        rows.postpone(SETTLE, waiting)
    _post([call for call in calls if call.pk not in waiting], now=now)
    for call in calls:  # break the reference cycle with its usage
        Call._meta.get_field("usage").delete_cached_value(call)
    return not waiting


def _post(calls: Sequence[Call], *, now: datetime) -> None:
    """Post the ledger entries of `calls`, whose facts are complete."""
    if not calls:
        return
    bills = pricing.bills(calls, now=now)
    lines = ledger.bring_in_line(bills, now=now)
    settled = [call.pk for call in calls]
    rows.complete(SETTLE, settled, now=now)
    _SETTLED.run(ids=settled, now=now)
    new = [call for call in calls if call.settled_at is None]
    rows.enqueue_later(ANALYSE, [call.pk for call in new], due_at=now + ANALYSE_AFTER)
    asked = [call.pk for call in new if is_asked_about(call)]
    rows.enqueue_later(RECONCILE, asked, due_at=now + CHECKS[0])
    # Last, because other settlements of the organization wait from here until the commit.
    minutes = rollup.add(calls, lines)
    limits = {call.org_id: getattr(call, "minutes_limit", None) for call in calls}
    notices.record_shares(minutes, limits, now=now)
    budgets.record_shares(calls, now=now)
    for bill in bills:
        log.info(
            "call_settled",
            call_id=bill.call.pk,
            price_book=bill.price_book.version,
            amount_micros=sum(charge.amount_micros for charge in bill.charges),
        )
        if unpriced := [charge.component for charge in bill.charges if charge.is_open]:
            log.warning("call_has_open_lines", call_id=bill.call.pk, components=unpriced)


def _complete_at(call: Call, *, now: datetime) -> datetime:
    """When the facts of an ended call count as final."""
    fact = pricing.fact_of(call)
    # Without a stream no facts can follow, as the ticket of an ended call is invalid.
    if call.heartbeat_at is None or (fact and fact.is_final):
        return LONG_AGO  # also if the clock was set back since the call began
    alive_at = call.heartbeat_at
    if alive_at > now:  # written before the clock was set back, so it is not meaningful
        alive_at = call.ended_at or alive_at
    return alive_at + timedelta(seconds=settings.CALL_STALE_SECONDS)
