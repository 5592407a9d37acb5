"""Ledger lines of what was used but has no price yet: which there are, and what becomes of them.

A call is settled although the price book in force when it began does not price all that it used;
what has no price is an open line of 0 dollars. The first later book with a price for it closes it:
the sweeper asks for the settlement of the call, which reverses the line and posts a priced one.
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

CALLS_AT_ONCE: Final = 200  # that one sweep asks for

# The engine of the call that a line is about; telephony has none.
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
# The component whose price holds where a book has none for that of the line.
_PRICED_AS: Final = Case(
    *(When(component=name, then=Value(other)) for name, other in PRICED_AS.items()),
    default=F("component"),
    output_field=CharField(),
)


@dataclass(frozen=True, slots=True)
class OpenLines:
    """What waits for a price: a component (its label) on an engine, and in how many calls."""

    component: str
    engine: str
    calls: int


def waiting() -> list[OpenLines]:
    """What waits for a price over all organizations, most calls first."""
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
    """Have calls settled again whose open lines a later book, in force at `now`, prices.

    Not those that wait to be settled already, or whose settlement was given up: their rows would
    never be sent less often, and never come to an operator's notice.
    """
    price = Price.objects.filter(
        Q(engine=OuterRef("engine")) | Q(engine=""),
        Q(component=OuterRef("component")) | Q(component=OuterRef("priced_as")),
        book__effective_from__lte=now,
        # Not `posted_at`: a settlement may have read the books just before this one was written.
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
