"""Calls with their transcript, and what each of them used."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from accounts.admin.base import BY_ORG, ReadOnlyPage, ReadOnlyRows, operator
from usage.models import Call, FlightRecord, LedgerEntry, Turn, UsageFact
from usage.privacy.access_audit import record_transcript_read

BY_ORG_OF_CALL = ("call__org", AutocompleteSelectFilter)


class TurnRows(ReadOnlyRows):
    """The transcript of a call."""

    model = Turn
    fields = ("number", "role", "text", "heard_text", "interrupted", "started_ms", "latency_ms")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Turns with the call that their names mention, in one query."""
        return super().get_queryset(request).select_related("call")


class TranscriptPage(ReadOnlyPage):
    """A model that shows what was said: the organization's audit log records who read it."""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *, obj: Any = None, **options: Any
    ) -> HttpResponse:
        """The page of one object, noted once a day for each reader and call."""
        call: Call = obj if isinstance(obj, Call) else obj.call
        record_transcript_read(call, actor=operator(request), now=timezone.now())
        response: HttpResponse = super().render_change_form(request, context, obj=obj, **options)
        return response


class LedgerRows(ReadOnlyRows):
    """The lines that a call left in the ledger."""

    model = LedgerEntry
    fields = (
        "key",
        "component",
        "quantity",
        "unit",
        "amount_micros",
        "is_open",
        "price_book",
        "posted_at",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Lines with their price books, in one query."""
        return super().get_queryset(request).select_related("price_book")


@admin.register(Call)
class CallPage(TranscriptPage):
    """Calls with their transcript and ledger lines."""

    list_display = (
        "carrier_call_id",
        "org",
        "agent",
        "state",
        "end_reason",
        "opened_at",
        "settled_at",
    )
    list_filter = (BY_ORG, "state", "end_reason", "channel", "carrier", "is_verified")
    search_fields = ("carrier_call_id", "org__name", "agent__name", "from_number", "to_number")
    date_hierarchy = "opened_at"
    inlines = (TurnRows, LedgerRows)
    # All but the ticket, which opens the stream.
    fields = (
        "org",
        "agent",
        "version",
        "api_key",
        "channel",
        "started_by",
        "carrier",
        "carrier_call_id",
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
        "words_deleted_at",
        "carrier_report",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Calls with what their fields name, in one query."""
        return (
            super()
            .get_queryset(request)
            .select_related("org", "version__agent", "agent", "api_key", "started_by")
        )


@admin.register(Turn)
class TurnPage(TranscriptPage):
    """What was said, and what of it was heard."""

    # Not the text: a list would show what was said in fifty calls to a reader of one.
    list_display = ("call", "number", "role", "interrupted")
    list_select_related = ("call",)
    list_filter = (BY_ORG_OF_CALL, "role", "interrupted")
    search_fields = ("call__carrier_call_id",)
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
        "llm_tokens_unread",
        "wasted_stt_ms",
        "wasted_llm_tokens_in",
        "wasted_llm_tokens_out",
        "wasted_tts_characters",
    )
    list_select_related = ("call",)
    list_filter = (BY_ORG_OF_CALL, "is_final")
    search_fields = ("call__carrier_call_id",)
    date_hierarchy = "call__opened_at"
    ordering = ("-call",)


@admin.register(FlightRecord)
class FlightRecordPage(ReadOnlyPage):
    """That a call was recorded; `manage.py replay_call` reads what."""

    list_display = ("call",)
    list_select_related = ("call",)
    list_filter = (BY_ORG_OF_CALL,)
    search_fields = ("call__carrier_call_id",)
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
