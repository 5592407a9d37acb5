"""The audit trail, to be read."""

from django.contrib import admin

from accounts.admin.base import BY_ORG, ReadOnlyPage
from accounts.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryPage(ReadOnlyPage):
    """Who did what."""

    list_display = ("at", "org", "actor_name", "action", "target", "impersonation")
    list_select_related = ("org", "impersonation__operator", "impersonation__org")
    list_filter = (BY_ORG, "action")
    search_fields = ("target", "actor_name", "org__name")
    date_hierarchy = "at"
    fields = ("at", "org", "actor_name", "action", "target", "sequence", "digest")
