"""The versions of agents and their drafts, to be read; an agent's own page changes it."""

from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from accounts.admin.base import ReadOnlyPage
from agents.models import AgentDraft, AgentVersion


@admin.register(AgentVersion)
class AgentVersionPage(ReadOnlyPage):
    """What an agent said, and when."""

    list_display = ("__str__", "organization", "stt", "llm", "tts", "created_by", "created_at")
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
        "set_aside",
        "note",
        "created_by",
        "created_at",
    )

    @admin.display(ordering="agent__org__name")
    def organization(self, version: AgentVersion) -> str:
        """Whose agent it is."""
        return version.agent.org.name


@admin.register(AgentDraft)
class AgentDraftPage(ReadOnlyPage):
    """What is being written, and by whom."""

    list_display = ("agent", "based_on", "updated_by", "updated_at")
    list_select_related = ("agent", "based_on__agent", "updated_by")
    list_filter = (("agent__org", AutocompleteSelectFilter),)
    search_fields = ("agent__name", "agent__public_id", "agent__org__name")
    date_hierarchy = "updated_at"
    fields = ("agent", "based_on", "fields", "updated_by", "updated_at")
