"""Accounts at carriers, read-only; an organization's own pages change them."""

from django.contrib import admin

from accounts.admin.base import BY_ORG, ReadOnlyPage
from accounts.models import CarrierAccount


@admin.register(CarrierAccount)
class CarrierAccountPage(ReadOnlyPage):
    """Which account may call, and from which the latest call came."""

    list_display = ("org", "carrier", "account_id", "seen_account_id")
    list_select_related = ("org",)
    list_filter = (BY_ORG, "carrier")
    search_fields = ("org__name", "account_id", "seen_account_id")
