"""Invoices and their addresses, read; they are written on the operator's own pages."""

from django.contrib import admin

from accounts.admin.base import BY_ORG, ReadOnlyPage
from usage.models import BillingAddress, BillingHouse, Invoice


@admin.register(Invoice)
class InvoicePage(ReadOnlyPage):
    """Each invoice and cancellation, as it was issued."""

    list_display = ("number", "org", "month", "revision", "net_micros", "total_cents", "issued_at")
    list_select_related = ("org",)
    list_filter = (BY_ORG,)
    search_fields = ("number",)
    date_hierarchy = "issued_at"


@admin.register(BillingAddress)
class BillingAddressPage(ReadOnlyPage):
    """To whom invoices are written."""

    list_display = ("org", "tax_number")
    list_select_related = ("org",)
    list_filter = (BY_ORG,)
    search_fields = ("org__name",)


@admin.register(BillingHouse)
class BillingHousePage(ReadOnlyPage):
    """Who sends invoices."""

    list_display = ("name", "tax_name", "tax_hundredths", "first_month", "last_number")
    search_fields = ("name",)
