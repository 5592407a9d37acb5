"""Every ledger line of an organization's calls of some days, for files: in order, page by page.

Never what it cost the platform: members read these. The lines of a period add up to its sums.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from django.db.models import Max, Min

from accounts.models import Organization
from usage.billing.counted_days import counted_between
from usage.models import LedgerEntry
from usage.reads.sums import Period

PAGE: Final = 1_000
# A line has its number before its transaction is over: one with a lower number may still come, and
# who continues behind a higher one would never get it.
COMMITTED_AFTER: Final = timedelta(minutes=5)

Value = str | int | bool | None


@dataclass(frozen=True, slots=True)
class LinesPage:
    """after: the number of its last line, for the page behind it; None: there is none."""

    rows: list[Mapping[str, Value]]
    after: int | None


@dataclass(frozen=True, slots=True)
class Span:
    """Where the lines of a period lie in the ledger: numbers, both included."""

    first: int
    last: int


def span_of(org: Organization, period: Period) -> Span:
    """Of the lines of calls that began in `period`; one read, found through those calls.

    Without it a page would read the ledger from its beginning on, whatever the period.
    """
    # Through its own column a call finds its lines by index; `org` leads to all of the ledger.
    lines = LedgerEntry.objects.filter(
        counted_between(period.first, period.last, "call__"), call__org=org
    )
    found = lines.aggregate(first=Min("pk"), last=Max("pk"))
    return Span(found["first"] or 0, found["last"] or 0)


def ledger_lines(
    org: Organization, period: Period, span: Span, *, now: datetime, after: int = 0
) -> LinesPage:
    """The lines behind the one of that number, PAGE at most, of calls that began in `period`.

    A line that is posted later has a higher number, so a file that broke off is continued by its
    last one. It ends before the first line that is younger than COMMITTED_AFTER. One read.
    """
    found = list(
        LedgerEntry.objects.filter(
            counted_between(period.first, period.last, "call__"),
            org=org,
            pk__gt=max(after, span.first - 1),
            pk__lte=span.last,
        )
        .select_related("call__agent", "reverses", "price_book")
        .order_by("pk")
        .only(
            "key",
            "component",
            "quantity",
            "unit",
            "amount_micros",
            "is_open",
            "posted_at",
            "call__carrier_call_id",
            "call__opened_at",
            "call__channel",
            "call__agent__name",
            "reverses__key",
            "price_book__version",
        )[:PAGE]
    )
    lines = list(takewhile(lambda line: line.posted_at < now - COMMITTED_AFTER, found))
    return LinesPage([_row(line) for line in lines], lines[-1].pk if len(lines) == PAGE else None)


COLUMNS: Final = (
    "line",
    "key",
    "posted_at",
    "call_sid",
    "call_began_at",
    "agent",
    "door",
    "component",
    "quantity",
    "unit",
    "charged_micro_usd",
    "price_book",
    "is_open",
    "reverses",
)


def _row(line: LedgerEntry) -> dict[str, Value]:
    """The values of COLUMNS."""
    call = line.call
    assert call is not None  # noqa: S101 - as the query asks
    values = (
        line.pk,
        line.key,
        line.posted_at.isoformat(timespec="seconds"),
        call.call_sid,
        call.opened_at.isoformat(timespec="seconds"),
        call.agent.name,
        call.channel,
        line.component,
        line.quantity,
        line.unit,
        line.amount_micros,
        line.price_book.version,
        line.is_open,
        line.reverses.key if line.reverses else None,
    )
    return dict(zip(COLUMNS, values, strict=True))
