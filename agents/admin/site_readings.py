"""Websites that members had read for facts, to be read; the agents' own pages begin them."""

from django.contrib import admin

from accounts.admin.base import BY_ORG, ReadOnlyPage
from agents.facts.models import SiteReading


@admin.register(SiteReading)
class SiteReadingPage(ReadOnlyPage):
    """Which site was read, and how far."""

    list_display = ("url", "agent", "org", "state", "pages_read", "problem", "created_at")
    list_select_related = ("org", "agent")
    list_filter = (BY_ORG, "state")
    search_fields = ("org__name", "url")
    date_hierarchy = "created_at"
