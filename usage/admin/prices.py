"""The ledger, and the price lists behind it."""

from dataclasses import fields
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import TabularInline

from accounts.admin.base import BY_ORG, Page, ReadOnlyPage
from usage.billing.price_books import PriceRow, check_moment, check_prices
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


class PricesFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]  # generic in the stubs only
    """The prices of a new book; together they price every component on any engine."""

    def clean(self) -> None:
        """Refuse a book that would leave a call without a price."""
        super().clean()
        if any(self.errors):
            return  # shown beside their fields
        names = [field.name for field in fields(PriceRow)]
        check_prices(
            [
                PriceRow(**{name: form.cleaned_data[name] for name in names})
                for form in self.forms
                if form.cleaned_data
            ]
        )


class PriceRows(TabularInline):  # type: ignore[misc]  # unfold ships no types
    """The prices of a book."""

    model = Price
    formset = PricesFormSet
    extra = 5
    fields = ("component", "engine", "unit", "micros", "cost_micros", "per")
    tab = True


class PriceBookForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A new version of the price list."""

    def clean_effective_from(self) -> Any:
        """A moment to come: what was used so far was used at the former prices."""
        moment = self.cleaned_data["effective_from"]
        check_moment(moment)
        return moment


@admin.register(PriceBook)
class PriceBookPage(Page):
    """Price lists. A new one is added; one that is there is never changed."""

    form = PriceBookForm
    list_display = ("version", "effective_from", "note")
    search_fields = ("version", "note")
    date_hierarchy = "effective_from"
    inlines = (PriceRows,)

    def has_change_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """Never."""
        return False


@admin.register(Price)
class PricePage(ReadOnlyPage):
    """Single prices, over all books."""

    list_display = ("book", "component", "engine", "micros", "cost_micros", "per", "unit")
    list_select_related = ("book",)
    list_filter = ("component", "engine", "book")
    search_fields = ("engine", "component")
    date_hierarchy = "book__effective_from"
