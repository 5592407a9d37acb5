"""Who was invited, read-only; members invite on their organization's own pages."""

from django.contrib import admin

from accounts.admin.base import BY_ORG, ReadOnlyPage
from accounts.models import Invitation


@admin.register(Invitation)
class InvitationPage(ReadOnlyPage):
    """Invitations, open and used."""

    list_display = ("email", "org", "role", "invited_by", "created_at", "accepted_at", "revoked_at")
    list_select_related = ("org", "invited_by")
    list_filter = (BY_ORG, "role")
    search_fields = ("email", "org__name", "invited_by__email")
    date_hierarchy = "created_at"
