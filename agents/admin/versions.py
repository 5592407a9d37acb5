"""The versions of agents, to be read; a change is published on the agent's page."""

from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from accounts.admin.base import ReadOnlyPage
from agents.models import AgentVersion


@admin.register(AgentVersion)
class AgentVersionPage(ReadOnlyPage):
    """What an agent said, and when."""

    list_display = ("__str__", "org", "stt", "llm", "tts", "created_by", "created_at")
    list_select_related = ("agent__org", "created_by")
    list_filter = (("agent__org", AutocompleteSelectFilter), "stt", "llm", "tts")
    search_fields = ("agent__name", "agent__public_id", "agent__org__name")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    fields = (
        "agent",
        "number",
        "greeting",
        "prompt",
        "facts",
        "language",
        "voice",
        "stt",
        "llm",
        "tts",
        "settings",
        "created_by",
        "created_at",
    )

    @admin.display(ordering="agent__org__name")
    def org(self, version: AgentVersion) -> str:
        """Whose agent it is."""
        return version.agent.org.name
