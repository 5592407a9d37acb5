"""What the proofs of the ledger found."""

from django.contrib import admin

from accounts.admin.base import ReadOnlyPage
from usage.models import LedgerProof


@admin.register(LedgerProof)
class LedgerProofPage(ReadOnlyPage):
    """Each run of the proof."""

    list_display = ("began_at", "ended_at", "calls", "months", "fault_count", "told_at")
    search_fields = ("fault_count",)
    date_hierarchy = "began_at"
