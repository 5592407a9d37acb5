"""A month's statement in the reader's language: by component, agent, number and day."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, ngettext

from accounts.models import Organization
from agents.models import Agent
from dashboard.labels import called, dollars, money, money_per, units
from usage.billing.rating import UNITS
from usage.models import Price
from usage.papers import month as months
from usage.papers.house import address_of, house
from usage.papers.month import MonthOfCalls, Span, Sums
from usage.papers.sheet import Sheet, Table

MOST: Final = 100  # agents or numbers that have a row of their own

Row = tuple[str, Sums]


def statement_sheet(org: Organization, month: date, *, now: datetime) -> Sheet:
    """Usage and cost of the calls of `org` in that month, at `now`. Seven queries."""
    span = months.span_of(org, month)
    used = months.calls_counted_in(org, month)
    seller = house()
    return Sheet(
        title=gettext("Statement for %(month)s") % {"month": month_words(month)},
        language=get_language() or "en",
        made_at=int(now.timestamp()),
        sender=[seller.name, *seller.address.split("\n")] if seller else ["Voicex"],
        recipient=[org.name, *address_of(org).address.split("\n")],
        facts=[
            (gettext("Period"), period_words(span)),
            (gettext("Time zone"), span.zone.key),
            (gettext("Made on"), day_words(now.astimezone(span.zone).date())),
        ],
        tables=_tables(org, used),
        sums=[(gettext("Total"), money(used.total.amount_micros))],
        notes=_notes(org, month, used, is_over=now >= span.ends_at),
    )


def month_words(month: date) -> str:
    """A month as "November 2026"."""
    return date_format(month, "F Y")


def day_words(day: date) -> str:
    """A day as "5 November 2026"."""
    return date_format(day, gettext("j F Y"))


def period_words(span: Span) -> str:
    """The first and the last day of a period."""
    last = (span.ends_at - timedelta(seconds=1)).astimezone(span.zone).date()
    first = span.begins_at.astimezone(span.zone).date()
    return f"{day_words(first)} – {day_words(last)}"


def open_words(count: int) -> str:
    """The sentence that so many lines have no price yet."""
    said = ngettext(
        "%(count)s line has no price yet and is counted as $0.",
        "%(count)s lines have no price yet and are counted as $0.",
        count,
    )
    return said % {"count": count}


def _tables(org: Organization, used: MonthOfCalls) -> list[Table]:
    names = dict(Agent.objects.filter(org=org, pk__in=used.agents).values_list("pk", "name"))
    agents = {names.get(agent, "–"): sums for agent, sums in used.agents.items()}
    if len(agents) < len(used.agents):  # two of one name
        agents = {f"{names.get(pk, '–')} ({pk})": sums for pk, sums in used.agents.items()}
    numbers = _by_name(
        (called(number) if number else gettext("Calls in a browser"), sums)
        for number, sums in used.numbers.items()
    )
    days = [(day_words(day), sums) for day, sums in sorted(used.days.items())]
    return [
        _components(used),
        _of_sums(gettext("By agent"), gettext("Agent"), _largest(agents), used.total),
        _of_sums(gettext("By number"), gettext("Number"), _largest(numbers), used.total),
        _of_sums(gettext("By day"), gettext("Day"), days, used.total),
    ]


def _components(used: MonthOfCalls) -> Table:
    rows = [
        (
            capfirst(str(component.label)),
            units(used.components[component].quantity, UNITS[component]),
            money(used.components[component].amount_micros),
        )
        for component in Price.Component
        if component in used.components
    ]
    return Table(
        gettext("By component"),
        (gettext("Component"), gettext("Quantity"), gettext("Charged")),
        rows,
        (gettext("Total"), "", money(used.total.amount_micros)),
    )


def _largest(found: Mapping[str, Sums]) -> list[Row]:
    """The MOST most expensive rows; the others as one row."""
    rows = sorted(found.items(), key=lambda each: (-each[1].amount_micros, each[0]))
    if len(rows) <= MOST:
        return rows
    kept, others = rows[:MOST], [sums for _name, sums in rows[MOST:]]
    name = ngettext("%(count)s other", "%(count)s others", len(others)) % {"count": len(others)}
    return [*kept, (name, _added(others))]


def _by_name(found: Iterable[Row]) -> dict[str, Sums]:
    """Sums by shown name; equal names, as of a number stored in two forms, are added."""
    named: dict[str, list[Sums]] = {}
    for name, sums in found:
        named.setdefault(name, []).append(sums)
    return {name: _added(each) for name, each in named.items()}


def _added(found: Sequence[Sums]) -> Sums:
    return Sums(
        calls=sum(each.calls for each in found),
        minutes=sum(each.minutes for each in found),
        amount_micros=sum(each.amount_micros for each in found),
    )


def _of_sums(title: str, head: str, rows: Sequence[Row], total: Sums) -> Table:
    columns = (
        head,
        gettext("Calls"),
        gettext("Minutes"),
        gettext("Charged"),
        gettext("Per call"),
    )
    total_name = gettext("Total")
    return Table(title, columns, [_row(*row) for row in rows], _row(total_name, total))


def _row(name: str, sums: Sums) -> tuple[str, ...]:
    return (
        name,
        intcomma(sums.calls),
        intcomma(sums.minutes),
        money(sums.amount_micros),
        money_per(sums.amount_micros, sums.calls),
    )


def _notes(org: Organization, month: date, used: MonthOfCalls, *, is_over: bool) -> list[str]:
    notes = [
        gettext(
            "Exact total of the ledger: %(amount)s. Amounts above are each rounded to cents, so "
            "they may add up to a cent more or less."
        )
        % {"amount": dollars(used.total.amount_micros)},
        gettext(
            "A call counts on the day it started, once it has ended. Minutes are billed per call "
            "and rounded up. Every line of the ledger is in the files on the Usage page. This is "
            "no invoice."
        ),
    ]
    if not is_over:
        notes.insert(0, gettext("The month isn’t over: more calls will be added."))
    if waiting := months.open_lines_counted_in(org, month):
        notes.append(open_words(waiting))
    return notes
