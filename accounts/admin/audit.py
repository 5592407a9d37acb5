"""The audit trail, to be read."""

from django.contrib import admin

from accounts.admin.base import BY_ORG, ReadOnlyPage
from accounts.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryPage(ReadOnlyPage):
    """Who did what."""

    list_display = ("at", "org", "actor", "action", "target", "impersonation")
    list_select_related = ("org", "actor", "impersonation__operator", "impersonation__org")
    list_filter = (BY_ORG, "action")
    search_fields = ("target", "actor__email", "org__name")
    date_hierarchy = "at"
    fields = ("at", "org", "actor", "action", "target", "impersonation")
