"""From a call's end to its ledger lines; the same lines for every order of signals.

Five signals say that a call is over, and any of them may be missing, late, repeated or first:
the stream's `stop`, its socket closing, the stream callback, the status callback, the sweeper.
docs/accounting.md tells the whole story.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from usage import ledger, outbox
from usage.models import Call, PriceBook, UsageFact
from usage.quotas import heartbeat_limit
from usage.rating import Charge, Consumption, Engines, Rate, rate
from voicex.errors import PriceMissing

# Twice the life of a ticket: the carrier answers the webhook's caller within seconds.
NO_STREAM_AFTER: Final = timedelta(seconds=120)

log = structlog.get_logger(__name__)


def finalize(
    call_id: int, *, reason: str, now: datetime, evidence: dict[str, Any] | None = None
) -> None:
    """Take a signal that the call is over.

    The first one ends the call, with its `reason` (a static name), and asks for settlement.
    `evidence` (what the carrier told, JSON values) is kept from every one.
    """
    with transaction.atomic():
        if evidence:
            _add_evidence(call_id, evidence)
        _end(call_id, reason=reason, now=now)


def settle(call_id: int, *, now: datetime) -> bool:
    """Bring the ledger in line with the latest facts of an ended call.

    False: the call goes on, or its facts may still change and the outbox row waits for that.
    True: the ledger is right, whoever made it so. Raises PriceMissing, and then nothing is
    posted.
    """
    with transaction.atomic():
        # Facts that arrive meanwhile wait for this row and then find the outbox row done,
        # so they open it again; no_key: turns, which only refer to the call, do not wait.
        call = (
            Call.objects.select_for_update(of=("self",), no_key=True)
            .select_related("version")
            .get(pk=call_id)
        )
        if call.ended_at is None:
            return False
        fact = UsageFact.objects.filter(call=call).first()
        complete_at = _complete_at(call, fact)
        if complete_at > now:
            outbox.postpone(call_id, until=complete_at)
            return False
        if outbox.mark_done(call_id, now=now):
            _post(call, fact, now=now)
            Call.objects.filter(pk=call_id).update(settled_at=now)
    return True


def sweep(*, now: datetime) -> None:
    """End the calls whose signals never came, and send again what the outbox still holds."""
    abandoned = {
        "stale": Q(state=Call.State.LIVE, heartbeat_at__lt=heartbeat_limit(now)),
        "no_stream": Q(state=Call.State.OPENED, opened_at__lt=now - NO_STREAM_AFTER),
    }
    for reason, condition in abandoned.items():
        found = Call.objects.filter(condition, ended_at=None).values_list("pk", flat=True)
        for call_id in found:
            with transaction.atomic():
                _end(call_id, reason=reason, now=now, only_if=condition)
    outbox.send_due(now=now)


def _end(call_id: int, *, reason: str, now: datetime, only_if: Q | None = None) -> None:
    """End the call if it still runs (and `only_if` still holds); the first caller does it."""
    ended = (
        Call.objects.filter(only_if or Q(), pk=call_id, ended_at=None)
        .order_by()
        .update(state=Call.State.ENDED, ended_at=now, end_reason=reason)
    )
    if ended:
        outbox.drop(call_id, now=now)
        log.info("call_ended", call_id=call_id, reason=reason)


def _add_evidence(call_id: int, evidence: dict[str, Any]) -> None:
    call = Call.objects.select_for_update(no_key=True).only("carrier").get(pk=call_id)
    Call.objects.filter(pk=call_id).update(carrier={**call.carrier, **evidence})


def _complete_at(call: Call, fact: UsageFact | None) -> datetime:
    """When the facts of an ended call count as its last ones."""
    # An ended call's ticket opens nothing any more, so without a stream nothing can follow.
    if call.heartbeat_at is None or (fact and fact.is_final):
        return call.opened_at
    return call.heartbeat_at + timedelta(seconds=settings.CALL_STALE_SECONDS)


def _post(call: Call, fact: UsageFact | None, *, now: datetime) -> None:
    book = _price_book_at(call.opened_at)
    charges = _charges(call, fact, book) if fact else ()
    ledger.bring_in_line(call, charges=charges, price_book=book, now=now)
    log.info(
        "call_settled",
        call_id=call.pk,
        price_book=book.version,
        amount_micros=sum(charge.amount_micros for charge in charges),
    )


def _price_book_at(moment: datetime) -> PriceBook:
    book = PriceBook.objects.filter(effective_from__lte=moment).first()
    if book is None:
        raise PriceMissing(f"No price book is in force at {moment:%Y-%m-%d %H:%M} UTC")
    return book


def _charges(call: Call, fact: UsageFact, book: PriceBook) -> tuple[Charge, ...]:
    return rate(
        Consumption(
            stream_ms=fact.stream_ms,
            stt_ms=fact.stt_ms,
            llm_tokens_in=fact.llm_tokens_in,
            llm_tokens_out=fact.llm_tokens_out,
            tts_characters=fact.tts_characters,
        ),
        engines=Engines(stt=call.stt, llm=call.llm, tts=call.tts),
        rates=[
            Rate(price.component, price.engine, price.unit, price.micros, price.per)
            for price in book.prices.all()
        ],
    )
