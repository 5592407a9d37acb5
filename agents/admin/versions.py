"""The versions of agents and their drafts, to be read; an agent's own page changes it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from accounts.admin.base import ReadOnlyPage
from agents.admin.settings_summary import said_in_html
from agents.models import AgentDraft, AgentVersion, DiscardedDraft


@admin.register(AgentVersion)
class AgentVersionPage(ReadOnlyPage):
    """What an agent said, and when."""

    list_display = (
        *("__str__", "organization", "is_draft", "stt", "llm", "tts"),
        *("created_by", "created_at"),
    )
    list_select_related = ("agent__org", "created_by")
    list_filter = (("agent__org", AutocompleteSelectFilter), "is_draft", "stt", "llm", "tts")
    search_fields = ("agent__name", "agent__public_id", "agent__org__name")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    fields = (
        "agent",
        "number",
        "is_draft",
        "says",
        "engine_settings",
        "set_aside",
        "note",
        "created_by",
        "created_at",
    )

    readonly_fields = ("says", "engine_settings")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AgentVersion]:
        """Without the texts, which may be long: the list shows none, one page reads its own."""
        found: QuerySet[AgentVersion] = super().get_queryset(request)
        return found.defer("prompt", "facts", "prepared")

    @admin.display(description=_("Settings"))
    def says(self, version: AgentVersion) -> str:
        """Every setting."""
        return said_in_html(version)

    @admin.display(description=_("Engine settings"))
    def engine_settings(self, version: AgentVersion) -> dict[str, Any]:
        """The options of its engines by name."""
        return version.engine_settings

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


@admin.register(DiscardedDraft)
class DiscardedDraftPage(ReadOnlyPage):
    """What was discarded last, and by whom."""

    list_display = ("agent", "based_on", "updated_by", "discarded_by", "discarded_at")
    list_select_related = ("agent", "based_on__agent", "updated_by", "discarded_by")
    list_filter = (("agent__org", AutocompleteSelectFilter),)
    search_fields = ("agent__name", "agent__public_id", "agent__org__name")
    date_hierarchy = "discarded_at"
    fields = ("agent", "based_on", "fields", "updated_by", "discarded_by", "discarded_at")
