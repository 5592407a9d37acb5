"""The ledger, and the price lists behind it."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import TabularInline

from accounts.admin.base import BY_ORG, Page, ReadOnlyPage
from usage.models import LedgerEntry, Price, PriceBook


@admin.register(LedgerEntry)
class LedgerEntryPage(ReadOnlyPage):
    """Every posted line."""

    list_display = ("key", "org", "component", "quantity", "unit", "amount_micros", "posted_at")
    list_select_related = ("org",)
    list_filter = (BY_ORG, "component")
    search_fields = ("key", "call__call_sid", "org__name")
    date_hierarchy = "posted_at"
    ordering = ("-pk",)


class PricesFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]  # generic in the stubs only
    """The prices of a new book; together they price every component on any engine."""

    UNITS: ClassVar = {"telephony": "minute", "stt": "second", "tts": "character"}

    def clean(self) -> None:
        """Refuse a book that would leave a call without a price."""
        super().clean()
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data]
        for row in rows:
            unit = self.UNITS.get(row["component"], "token")
            if row["unit"] != unit:
                raise forms.ValidationError(f"{row['component']} is priced by the {unit}")
        priced = {row["component"] for row in rows if not row["engine"]}
        if missing := [value for value in Price.Component.values if value not in priced]:
            raise forms.ValidationError(
                f"Without an engine's name there is no price yet for: {', '.join(missing)}"
            )


class PriceRows(TabularInline):  # type: ignore[misc]  # unfold ships no types
    """The prices of a book."""

    model = Price
    formset = PricesFormSet
    extra = 5
    fields = ("component", "engine", "unit", "micros", "per")
    tab = True


class PriceBookForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A new version of the price list."""

    def clean_effective_from(self) -> Any:
        """A moment to come: what was used so far was used at the former prices."""
        moment = self.cleaned_data["effective_from"]
        if moment < timezone.now():
            raise forms.ValidationError("A price book comes into force in the future")
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

    list_display = ("book", "component", "engine", "micros", "per", "unit")
    list_select_related = ("book",)
    list_filter = ("component", "engine", "book")
    search_fields = ("engine", "component")
    date_hierarchy = "book__effective_from"
