"""The operator's pages over telephony: what the media processes reported last."""

from django.contrib import admin

from accounts.admin.base import ReadOnlyPage
from telephony.models import ProcessReport


@admin.register(ProcessReport)
class ProcessReportPage(ReadOnlyPage):
    """Media processes; the page Now of the operator's area shows them better."""

    list_display = (
        *("name", "at", "calls", "most_calls", "lag_ms", "memory_mb"),
        *("is_draining", "drain_asked_at"),
    )
    list_filter = ("is_draining", "version")
    search_fields = ("name",)
