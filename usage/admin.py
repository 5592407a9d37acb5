"""The operator's pages over usage: facts and money are read here, never written.

Only quotas and new price books come from a person.
"""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from accounts.access import record
from accounts.admin.base import BY_ORG, Page, ReadOnlyPage, ReadOnlyRows, operator
from usage import outbox
from usage.models import (
    Call,
    FlightRecord,
    LedgerEntry,
    Outbox,
    Price,
    PriceBook,
    Quota,
    Turn,
    UsageFact,
    WebhookAttempt,
)

BY_ORG_OF_CALL = ("call__org", AutocompleteSelectFilter)


class TurnRows(ReadOnlyRows):
    """The transcript of a call."""

    model = Turn
    fields = ("number", "role", "text", "heard_text", "interrupted", "started_ms", "latency_ms")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Turns with the call that their names mention, in one query."""
        return super().get_queryset(request).select_related("call")


class LedgerRows(ReadOnlyRows):
    """The lines that a call left in the ledger."""

    model = LedgerEntry
    fields = ("key", "component", "quantity", "unit", "amount_micros", "price_book", "posted_at")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Lines with their price books, in one query."""
        return super().get_queryset(request).select_related("price_book")


@admin.register(Call)
class CallPage(ReadOnlyPage):
    """Calls with their transcript and ledger lines."""

    list_display = ("call_sid", "org", "agent", "state", "end_reason", "opened_at", "settled_at")
    list_filter = (BY_ORG, "state", "end_reason", "is_verified")
    search_fields = ("call_sid", "org__name", "agent__name", "from_number", "to_number")
    date_hierarchy = "opened_at"
    inlines = (TurnRows, LedgerRows)
    # All but the ticket, which opens the stream.
    fields = (
        "org",
        "agent",
        "version",
        "api_key",
        "call_sid",
        "account_sid",
        "stream_sid",
        "from_number",
        "to_number",
        "is_verified",
        "state",
        "end_reason",
        "opened_at",
        "live_at",
        "heartbeat_at",
        "ended_at",
        "settled_at",
        "carrier",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Calls with what their fields name, in one query."""
        return (
            super()
            .get_queryset(request)
            .select_related("org", "version__agent", "agent", "api_key")
        )


@admin.register(Turn)
class TurnPage(ReadOnlyPage):
    """What was said, and what of it was heard."""

    list_display = ("call", "number", "role", "text", "interrupted")
    list_select_related = ("call",)
    list_filter = (BY_ORG_OF_CALL, "role", "interrupted")
    search_fields = ("call__call_sid",)
    date_hierarchy = "call__opened_at"
    ordering = ("-call", "number")


@admin.register(UsageFact)
class UsageFactPage(ReadOnlyPage):
    """The latest snapshot of what each call used."""

    list_display = (
        "call",
        "sequence",
        "is_final",
        "stream_ms",
        "stt_ms",
        "llm_tokens_in",
        "llm_tokens_out",
        "tts_characters",
    )
    list_select_related = ("call",)
    list_filter = (BY_ORG_OF_CALL, "is_final")
    search_fields = ("call__call_sid",)
    date_hierarchy = "call__opened_at"
    ordering = ("-call",)


@admin.register(FlightRecord)
class FlightRecordPage(ReadOnlyPage):
    """That a call was recorded; `manage.py replay_call` reads what."""

    list_display = ("call",)
    list_select_related = ("call",)
    list_filter = (BY_ORG_OF_CALL,)
    search_fields = ("call__call_sid",)
    date_hierarchy = "call__opened_at"
    ordering = ("-call",)
    fields = ("call", "size")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Records without their bytes, which a list must not load."""
        return super().get_queryset(request).defer("events")

    @admin.display(description=_("Size in bytes"))
    def size(self, record: FlightRecord) -> int:
        """Of the compressed events."""
        return len(record.events)


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


@admin.register(Quota)
class QuotaPage(Page):
    """How many calls an organization may have at once."""

    list_display = ("org", "concurrent_calls")
    list_select_related = ("org",)
    list_filter = (BY_ORG,)
    search_fields = ("org__name",)
    autocomplete_fields = ("org",)

    def get_readonly_fields(
        self, _request: HttpRequest, obj: Quota | None = None
    ) -> tuple[str, ...]:
        """A quota never moves to another organization."""
        return ("org",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Quota, form: Any, change: bool) -> None:
        """Store it and leave a trace."""
        super().save_model(request, obj, form, change)
        record(
            obj.org,
            actor=operator(request),
            action="quota.changed",
            target=f"{obj.concurrent_calls} calls at once",
        )

    def delete_model(self, request: HttpRequest, obj: Quota) -> None:
        """Back to the default, with a trace."""
        record(obj.org, actor=operator(request), action="quota.changed", target="default")
        super().delete_model(request, obj)


@admin.register(WebhookAttempt)
class WebhookAttemptPage(ReadOnlyPage):
    """What became of each request at the voice webhook."""

    list_display = ("at", "org", "outcome", "reason", "call_sid")
    list_select_related = ("org",)
    list_filter = (BY_ORG, "outcome", "reason")
    search_fields = ("call_sid", "org__name")
    date_hierarchy = "at"


@admin.register(Outbox)
class OutboxPage(ReadOnlyPage):
    """Side effects to come, done, or given up after many attempts."""

    actions = ("run_again",)
    list_display = ("kind", "call", "due_at", "done_at", "dead_at", "attempts", "last_error")
    list_select_related = ("call",)
    list_filter = (
        "kind",
        ("done_at", admin.EmptyFieldListFilter),
        ("dead_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("call__call_sid", "last_error")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")

    @admin.action(description=_("Run the selected ones again"), permissions=["view"])
    def run_again(self, request: HttpRequest, queryset: Any) -> None:
        """Settle these calls again; what is settled already does not change."""
        for call_id in queryset.values_list("call_id", flat=True):
            outbox.rearm(call_id, now=timezone.now())
        messages.success(request, "They run again")
