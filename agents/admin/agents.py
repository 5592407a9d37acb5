"""Agents: what a change here says, the next call hears."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import BY_ORG, operator
from accounts.api_keys import usable_keys
from accounts.models import ApiKey
from agents.admin.agent_form import TURN_FIELDS, AgentForm
from agents.admin.webhook_urls import ShowsWebhookUrls
from agents.models import Agent
from agents.publishing import create_agent, edit_agent, publish


@admin.register(Agent)
class AgentPage(ShowsWebhookUrls):
    """Agents and, in the same form, the version that is published; saving publishes another.

    An agent is made inactive rather than deleted: the calls it answered name it.
    """

    form = AgentForm
    list_display = ("name", "org", "public_id", "is_active", "version", "engines", "created_at")
    list_select_related = ("org", "published")
    list_filter = (
        BY_ORG,
        "is_active",
        ("published__stt", admin.AllValuesFieldListFilter),
        ("published__llm", admin.AllValuesFieldListFilter),
        ("published__tts", admin.AllValuesFieldListFilter),
    )
    search_fields = ("name", "public_id", "org__name")
    date_hierarchy = "created_at"
    ordering = ("org__name", "created_at", "pk")
    autocomplete_fields = ("org",)
    fieldsets = (
        (None, {"fields": ("org", "name", "is_active", "public_id", "published")}),
        (_("What it says"), {"fields": ("greeting", "prompt", "facts")}),
        (_("Voice and engines"), {"fields": ("language", "voice", "stt", "llm", "tts")}),
        (
            _("Turn-taking, in milliseconds"),
            {"classes": ("collapse",), "fields": (*TURN_FIELDS, "engine_settings")},
        ),
    )

    def get_readonly_fields(
        self, _request: HttpRequest, obj: Agent | None = None
    ) -> tuple[str, ...]:
        """An agent never moves to another organization."""
        return ("public_id", "published", "org") if obj else ("public_id", "published")

    def has_delete_permission(self, _request: HttpRequest, _obj: Agent | None = None) -> bool:
        """Never."""
        return False

    @admin.display(description=_("Version"))
    def version(self, agent: Agent) -> int | None:
        """The number of the published version."""
        return agent.published.number if agent.published else None

    @admin.display(description=_("Engines"))
    def engines(self, agent: Agent) -> str:
        """Speech to text, language model, text to speech."""
        version = agent.published
        names = (version.stt, version.llm, version.tts) if version else ()
        return " / ".join(name or str(_("default")) for name in names)

    def webhook_key(self, obj: Agent) -> ApiKey | None:
        """The organization's newest key in use, while the agent answers."""
        if not obj.is_active:
            return None
        return usable_keys(obj.org, now=timezone.now()).select_related("org").first()

    def webhook_agents(self, obj: Agent) -> Iterable[Agent | None]:
        """This one."""
        return [obj]

    def save_model(self, request: HttpRequest, obj: Agent, form: Any, change: bool) -> None:
        """Publish what the form says, if it says anything new."""
        if not change:
            agent = create_agent(
                obj.org, name=obj.name, actor=operator(request), **form.version_fields()
            )
            edit_agent(agent, actor=operator(request), is_active=obj.is_active)
            obj.pk = agent.pk
            return
        stored = Agent.objects.select_related("org").get(pk=obj.pk)
        edit_agent(stored, actor=operator(request), name=obj.name, is_active=obj.is_active)
        publish(stored, actor=operator(request), **form.version_fields())
