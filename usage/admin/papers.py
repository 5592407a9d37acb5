"""Invoices, their addresses and reports to Stripe, read; other pages write them."""

from django.contrib import admin

from accounts.admin.base import BY_ORG, ReadOnlyPage
from usage.models import BillingAddress, BillingHouse, Invoice, MeterReport, StripeCustomer


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


@admin.register(StripeCustomer)
class StripeCustomerPage(ReadOnlyPage):
    """Which customers of Stripe's organizations are."""

    list_display = ("org", "customer_id", "reported_through")
    list_select_related = ("org",)
    list_filter = (BY_ORG,)
    search_fields = ("customer_id", "org__name")


@admin.register(MeterReport)
class MeterReportPage(ReadOnlyPage):
    """What was reported to Stripe."""

    list_display = (
        "created_at",
        "org",
        "value_micros",
        "customer_id",
        "unanswered_since",
        "sent_at",
    )
    list_select_related = ("org",)
    list_filter = (BY_ORG, ("sent_at", admin.EmptyFieldListFilter))
    search_fields = ("identifier",)
    date_hierarchy = "created_at"
