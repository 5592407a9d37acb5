"""An invoice or its cancellation as a sheet in the reader's language, from its stored data."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext

from accounts.zones import zone_named
from agents.budget import MICROS_PER_CENT
from dashboard.labels import dollars, money, units
from dashboard.money.statement_sheets import day_words, month_words, open_words, period_words
from usage.models import Invoice, Price
from usage.papers import month as months
from usage.papers.month import Span
from usage.papers.sheet import Sheet, Table


def cents(amount: int) -> str:
    """Cents as "$12.30"."""
    return dollars(amount * MICROS_PER_CENT)


def invoice_sheet(invoice: Invoice, *, is_cancelled: bool) -> Sheet:
    """The sheet of `invoice`; a cancelled one is struck through."""
    content = invoice.content
    seller, buyer = content["seller"], content["buyer"]
    zone = zone_named(content["zone"])
    span = Span(invoice.begins_at, invoice.ends_at, zone)
    facts = [
        (gettext("Date"), day_words(invoice.issued_at.astimezone(zone).date())),
        (gettext("Period"), period_words(span)),
        (gettext("Time zone"), content["zone"]),
    ]
    if content["cancels"]:
        facts.append((gettext("Cancels"), content["cancels"]))
    if buyer["tax_number"]:
        facts.append((gettext("Your tax number"), buyer["tax_number"]))
    if seller["tax_number"]:
        facts.append((gettext("Our tax number"), seller["tax_number"]))
    return Sheet(
        title=title_of(content),
        language=get_language() or "en",
        made_at=int(invoice.issued_at.timestamp()),
        sender=[seller["name"], *seller["address"].split("\n")],
        recipient=[buyer["name"], *buyer["address"].split("\n")],
        facts=facts,
        tables=[_lines(content)],
        sums=_sums(content),
        notes=_notes(invoice),
        is_void=is_cancelled,
    )


def title_of(content: Mapping[str, Any]) -> str:
    """The title of the sheet, with its number."""
    if content["cancels"]:
        return gettext("Cancellation %(number)s") % {"number": content["number"]}
    if content["total_cents"] < 0:
        return gettext("Credit note %(number)s") % {"number": content["number"]}
    return gettext("Invoice %(number)s") % {"number": content["number"]}


def _lines(content: Mapping[str, Any]) -> Table:
    head = (gettext("What"), gettext("Quantity"), gettext("Amount"))
    return Table("", head, [_line(line) for line in content["lines"]])


def _line(line: Mapping[str, Any]) -> tuple[str, str, str]:
    month = month_words(months.named(line["month"]))
    amount = money(line["amount_micros"])
    if line["kind"] == "fee":
        name = gettext("Plan %(plan)s, %(month)s") % {"plan": line["name"], "month": month}
        return name, "", amount
    if line["kind"] == "correction":
        return gettext("Corrections of calls in %(month)s") % {"month": month}, "", amount
    label = capfirst(str(Price.Component(line["component"]).label))
    return label, units(line["quantity"], line["unit"]), amount


def _sums(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    total = (gettext("Total"), cents(content["total_cents"]))
    if not content["tax_name"]:
        return [total]
    rate = (Decimal(content["tax_hundredths"]) / 100).normalize()
    percent = number_format(f"{rate:f}")
    return [
        (gettext("Net"), cents(content["net_cents"])),
        (f"{content['tax_name']} {percent}%", cents(content["tax_cents"])),
        total,
    ]


def _notes(invoice: Invoice) -> list[str]:
    content = invoice.content
    notes = [content["note"]] if content["note"] else []
    if reason := content.get("reason"):
        notes.append(gettext("Reason: %(reason)s") % {"reason": reason})
    if waiting := content.get("open_lines", 0):
        notes.append(open_words(waiting))
    return [
        *notes,
        gettext(
            "%(calls)s calls and %(minutes)s minutes. Exact sum of the lines: %(amount)s, rounded "
            "once to cents. All amounts are in US dollars."
        )
        % {
            "calls": intcomma(content["calls"]),
            "minutes": intcomma(content["minutes"]),
            "amount": dollars(invoice.net_micros),
        },
    ]
