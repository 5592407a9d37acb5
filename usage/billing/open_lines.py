"""Open lines: ledger entries for usage that has no price yet.

A call is settled even if the price book in force when it began lacks a price for a part of its
usage; that part becomes an open line of 0 dollars. The first later book with a price closes it: the
sweeper requests a settlement of the call, which reverses the line and posts a priced one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When

from usage.billing.rating import PRICED_AS
from usage.models import LedgerEntry, Outbox, Price
from usage.outbox import rows

log = structlog.get_logger(__name__)

CALLS_AT_ONCE: Final = 200  # settlements requested by one sweep

# The engine of a line's component; telephony has none.
_ENGINE: Final = Case(
    When(component=Price.Component.STT, then=F("call__stt")),
    When(
        component__in=(
            Price.Component.LLM_IN,
            Price.Component.LLM_OUT,
            Price.Component.ANALYSIS_IN,
            Price.Component.ANALYSIS_OUT,
        ),
        then=F("call__llm"),
    ),
    When(component=Price.Component.TTS, then=F("call__tts")),
    default=Value(""),
    output_field=CharField(),
)
# The component whose price applies where a book has none for that of the line.
_PRICED_AS: Final = Case(
    *(When(component=name, then=Value(other)) for name, other in PRICED_AS.items()),
    default=F("component"),
    output_field=CharField(),
)


@dataclass(frozen=True, slots=True)
class OpenLines:
    """Usage without a price: a component (its label) on an engine, and the number of calls."""

    component: str
    engine: str
    calls: int


def waiting() -> list[OpenLines]:
    """Usage without a price in all organizations, most calls first."""
    found = (
        _standing()
        .annotate(engine=_ENGINE)
        .values("component", "engine")
        .annotate(calls=Count("call"))
        .order_by("-calls")
    )
    return [
        OpenLines(
            component=str(Price.Component(each["component"]).label),
            engine=each["engine"],
            calls=each["calls"],
        )
        for each in found
    ]


def settle_priced(*, now: datetime) -> None:
    """Request the settlement of calls with open lines for which a later book, in force at `now`,
    has a price.

    Except calls that wait for their settlement, or whose settlement was given up: a new request
    would reset their retry intervals, and hide them from operators.
    """
    price = Price.objects.filter(
        Q(engine=OuterRef("engine")) | Q(engine=""),
        Q(component=OuterRef("component")) | Q(component=OuterRef("priced_as")),
        book__effective_from__lte=now,
        # Not `posted_at`, because a settlement may have read the books just before this book was
        # published.
        book__effective_from__gt=OuterRef("call__opened_at"),
    )
    settled = Q(call__outbox__kind=Outbox.Kind.SETTLE_CALL, call__outbox__done_at__isnull=False)
    lines = _standing().annotate(engine=_ENGINE, priced_as=_PRICED_AS)
    priced = lines.filter(Exists(price), settled).order_by("call")
    call_ids = list(priced.values_list("call_id", flat=True).distinct()[:CALLS_AT_ONCE])
    for call_id in call_ids:
        rows.rearm(Outbox.Kind.SETTLE_CALL, call_id, now=now)
    if call_ids:
        log.info("open_lines_priced", calls=len(call_ids))


def _standing() -> QuerySet[LedgerEntry]:
    """The open lines that are not reversed."""
    lines = LedgerEntry.objects.filter(is_open=True, reverses=None, reversed_by=None)
    return lines.order_by()
