"""The time span of an invoiced month, and corrections of months after their invoices."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from accounts.models import Organization
from accounts.zones import zone_named
from usage.models import Invoice
from usage.papers import month as months
from usage.papers.invoice_content import calls_invoiced
from usage.papers.month import Span

# Of an organization without invoices for longer than that, older months are left to the operator.
LATE_MONTHS: Final = 3
# Late lines of so many invoiced months are charged, or given back, with a month's invoice.
CORRECTED_MONTHS: Final = 36
PAPERS: Final = 200  # of an organization that are looked at: more than those of these months


def papers_of(org: Organization) -> list[Invoice]:
    """The latest invoices and cancellations of `org`, newest first. One read."""
    return list(Invoice.objects.filter(org=org).order_by("-number")[:PAPERS])


def span_of(org: Organization, month: date, papers: Sequence[Invoice]) -> Span:
    """The month of `org` beside its `papers`: as one about it has it, else between the others.

    So no call is left out and none counted twice when the organization moves to another zone.
    """
    span = months.span_of(org, month)
    for each in papers:
        if each.month == month:
            return Span(each.begins_at, each.ends_at, zone_named(each.content["zone"]))
    return Span(_begin(span, month, papers), _end(span, month, papers), span.zone)


def _begin(span: Span, month: date, papers: Sequence[Invoice]) -> datetime:
    before = [each for each in papers if each.month < month]
    if not before:
        return span.begins_at
    last = max(before, key=lambda each: each.month)
    if months.month_after(last.month) == month:
        return last.ends_at
    return max(span.begins_at, last.ends_at)


def _end(span: Span, month: date, papers: Sequence[Invoice]) -> datetime:
    after = [each for each in papers if each.month > month]
    if not after:
        return span.ends_at
    following = min(after, key=lambda each: each.month)
    if months.month_after(month) == following.month:
        return following.begins_at
    return min(span.ends_at, following.begins_at)


def corrections(
    org: Organization, month: date, papers: Sequence[Invoice], *, earliest: date
) -> Iterator[dict[str, Any]]:
    """Lines for what calls of the months before cost by now, beside what invoices have charged.

    earliest: the first month that may have its first charge here, as its sum was too small for
    an invoice of its own; older months without an invoice are left to the operator.
    """
    cancelled = {each.cancels_id for each in papers}
    in_force = [each for each in papers if each.cancels_id is None and each.pk not in cancelled]
    invoiced = calls_invoiced(each.content for each in in_force)
    # What a later invoice has corrected of this month already, when it is issued once more.
    if already := invoiced.get(months.name_of(month), 0):
        yield _correction(month, -already)
    known = {each.month for each in in_force} | _named_in(papers)
    # Of a month whose own invoice was cancelled: that one is to be issued again.
    known -= {each.month for each in papers} - {each.month for each in in_force}
    before = month
    for _each in range(LATE_MONTHS - 1):
        before = months.month_before(before)
        if before >= earliest and not any(each.month == before for each in papers):
            known.add(before)
    older = sorted((each for each in known if each < month), reverse=True)
    for corrected in older[:CORRECTED_MONTHS]:
        span = span_of(org, corrected, papers)
        now_is = months.amount_of(org, begins_at=span.begins_at, ends_at=span.ends_at)
        if difference := now_is - invoiced.get(months.name_of(corrected), 0):
            yield _correction(corrected, difference)


def _named_in(papers: Sequence[Invoice]) -> set[date]:
    """The months of which some paper has charged calls, its own or another's."""
    names = calls_invoiced(each.content for each in papers)
    return {months.named(name) for name in names}


def _correction(month: date, amount_micros: int) -> dict[str, Any]:
    return {"kind": "correction", "month": months.name_of(month), "amount_micros": amount_micros}
