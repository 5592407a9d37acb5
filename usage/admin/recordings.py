"""Recordings of calls and the views that members saved, to be read."""

from django.contrib import admin

from accounts.admin.base import BY_ORG, ReadOnlyPage
from usage.admin.calls import BY_ORG_OF_CALL
from usage.models import Recording, SavedView


@admin.register(Recording)
class RecordingPage(ReadOnlyPage):
    """What is recorded, and until when; the sound is heard on the call's own page."""

    list_display = ("call", "state", "consent", "duration_ms", "size_bytes", "expires_at")
    list_select_related = ("call",)
    list_filter = (BY_ORG_OF_CALL, "state", "consent")
    search_fields = ("call__carrier_call_id",)
    date_hierarchy = "call__opened_at"
    ordering = ("-call",)
    fields = (
        "call",
        "state",
        "consent",
        "started_ms",
        "duration_ms",
        "size_bytes",
        "expires_at",
        "deleted_at",
    )


@admin.register(SavedView)
class SavedViewPage(ReadOnlyPage):
    """Filters that members keep."""

    list_display = ("name", "org", "user", "query")
    list_select_related = ("org", "user")
    list_filter = (BY_ORG,)
    search_fields = ("name", "org__name", "user__email")
