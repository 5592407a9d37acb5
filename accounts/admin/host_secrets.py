"""Secrets of tools, read-only and without values; an organization's own pages change them."""

from django.contrib import admin

from accounts.admin.base import BY_ORG, ReadOnlyPage
from accounts.models import HostSecret


@admin.register(HostSecret)
class HostSecretPage(ReadOnlyPage):
    """Which secrets there are, and for which host."""

    list_display = ("org", "name", "host", "updated_at")
    list_select_related = ("org",)
    list_filter = (BY_ORG,)
    search_fields = ("org__name", "name", "host")
    fields = ("org", "name", "host", "updated_at")
