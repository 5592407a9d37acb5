"""Which operator impersonated which organization, read-only."""

from django.contrib import admin

from accounts.admin.base import BY_ORG, ReadOnlyPage
from accounts.models import Impersonation


@admin.register(Impersonation)
class ImpersonationPage(ReadOnlyPage):
    """Impersonations with their reasons; what was done in them is in the audit log."""

    list_display = ("began_at", "operator", "org", "role", "reason", "expires_at", "ended_at")
    list_select_related = ("operator", "org")
    list_filter = (BY_ORG, "role")
    search_fields = ("operator__email", "org__name", "reason")
    date_hierarchy = "began_at"
