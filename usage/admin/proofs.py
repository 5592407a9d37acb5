"""What the proofs of the ledger found, and what carriers say."""

from django.contrib import admin

from accounts.admin.base import BY_ORG, ReadOnlyPage
from usage.models import CarrierBill, LedgerProof


@admin.register(LedgerProof)
class LedgerProofPage(ReadOnlyPage):
    """Each run of the proof."""

    list_display = ("began_at", "ended_at", "calls", "months", "fault_count", "told_at")
    search_fields = ("fault_count",)
    date_hierarchy = "began_at"


@admin.register(CarrierBill)
class CarrierBillPage(ReadOnlyPage):
    """Carriers' bills of finished calls."""

    list_display = ("call", "status", "seconds", "price_micros", "seconds_more", "oddity")
    list_select_related = ("call",)
    list_filter = (BY_ORG, "oddity")
    search_fields = ("call__carrier_call_id",)
    date_hierarchy = "checked_at"
