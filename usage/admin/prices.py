"""The ledger, and the price lists behind it."""

from django.contrib import admin

from accounts.admin.base import BY_ORG, ReadOnlyPage, ReadOnlyRows
from usage.models import LedgerEntry, Price, PriceBook


@admin.register(LedgerEntry)
class LedgerEntryPage(ReadOnlyPage):
    """Every posted line."""

    list_display = (
        "key",
        "org",
        "component",
        "quantity",
        "amount_micros",
        "cost_micros",
        "is_open",
        "posted_at",
    )
    list_select_related = ("org",)
    list_filter = (BY_ORG, "component", "is_open")
    search_fields = ("key", "call__carrier_call_id", "org__name")
    date_hierarchy = "posted_at"
    ordering = ("-pk",)


class PriceRows(ReadOnlyRows):
    """The prices of a book."""

    model = Price
    fields = ("component", "engine", "unit", "micros", "cost_micros", "per")


@admin.register(PriceBook)
class PriceBookPage(ReadOnlyPage):
    """Price lists. A new one is published on the operator's own pages."""

    list_display = ("version", "effective_from", "note")
    search_fields = ("version", "note")
    date_hierarchy = "effective_from"
    inlines = (PriceRows,)


@admin.register(Price)
class PricePage(ReadOnlyPage):
    """Single prices, over all books."""

    list_display = ("book", "component", "engine", "micros", "cost_micros", "per", "unit")
    list_select_related = ("book",)
    list_filter = ("component", "engine", "book")
    search_fields = ("engine", "component")
    date_hierarchy = "book__effective_from"
