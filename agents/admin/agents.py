"""Agents: who they are, whether they answer, and what they say."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import BY_ORG, operator
from accounts.keys.api_keys import usable_keys
from accounts.models import ApiKey
from agents.admin.agent_form import AgentForm
from agents.admin.settings_summary import said_in_html
from agents.admin.webhook_urls import ShowsWebhookUrls
from agents.models import Agent
from agents.versions.gate.services import create_checked_agent, edit_checked_agent
from agents.versions.publishing import create_agent


@admin.register(Agent)
class AgentPage(ShowsWebhookUrls):
    """Agents, and to be read, the version that is published.

    Versions have one editor, the dashboard's: one that does not show all of a version would lose
    what it does not show. An agent is archived rather than deleted, by its members: the calls it
    answered name it.
    """

    form = AgentForm
    list_display = (
        "name",
        "org",
        "public_id",
        "is_active",
        "archived_at",
        "version",
        "engines",
        "created_at",
    )
    list_filter = (
        BY_ORG,
        "is_active",
        ("archived_at", admin.EmptyFieldListFilter),
        ("published__stt", admin.AllValuesFieldListFilter),
        ("published__llm", admin.AllValuesFieldListFilter),
        ("published__tts", admin.AllValuesFieldListFilter),
    )
    search_fields = ("name", "public_id", "org__name")
    date_hierarchy = "created_at"
    ordering = ("org__name", "created_at", "pk")
    autocomplete_fields = ("org",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agent]:
        """Without the texts of versions, which may be long: the list shows none."""
        found: QuerySet[Agent] = super().get_queryset(request)
        return found.select_related("org", "published").defer(
            "published__prompt", "published__facts", "published__prepared"
        )

    def get_fieldsets(self, _request: HttpRequest, obj: Agent | None = None) -> Any:
        """A new agent has a starting point; one that exists shows what it says."""
        if obj is None:
            return ((None, {"fields": ("org", "name", "is_active", "starter", "speaks")}),)
        own = ("org", "name", "is_active", "archived_at", "public_id", "published", "editor")
        return (
            (None, {"fields": own}),
            (_("What it says"), {"fields": ("says", "engine_settings")}),
        )

    def get_readonly_fields(
        self, _request: HttpRequest, obj: Agent | None = None
    ) -> tuple[str, ...]:
        """An agent never moves to another organization, and its version is changed elsewhere."""
        if obj is None:
            return ()
        return ("archived_at", "public_id", "published", "org", "editor", "says", "engine_settings")

    def has_delete_permission(self, _request: HttpRequest, _obj: Agent | None = None) -> bool:
        """Never."""
        return False

    @admin.display(description=_("Editor"))
    def editor(self, agent: Agent) -> str:
        """Where its version is changed."""
        url = reverse("dashboard:edit_agent", args=[agent.org.public_id, agent.public_id])
        return format_html(
            '<a href="{}">{}</a>. {}',
            url,
            _("Edit in the dashboard"),
            _("Available to members of the organization, and to operators who impersonate one."),
        )

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

    @admin.display(description=_("Settings"))
    def says(self, agent: Agent) -> str:
        """Every setting of the published version."""
        return said_in_html(agent.published)

    @admin.display(description=_("Engine settings"))
    def engine_settings(self, agent: Agent) -> Any:
        """The options of its engines by name."""
        return agent.published.engine_settings if agent.published else None

    def webhook_key(self, obj: Agent) -> ApiKey | None:
        """The organization's newest key in use, while the agent answers."""
        if not obj.is_active:
            return None
        return usable_keys(obj.org, now=timezone.now()).select_related("org").first()

    def webhook_agents(self, obj: Agent) -> Iterable[Agent | None]:
        """This one."""
        return [obj]

    def save_model(self, request: HttpRequest, obj: Agent, form: Any, change: bool) -> None:
        """Make the agent with its first version, or change its name and state."""
        if not change:
            create = (
                create_checked_agent if obj.is_active else partial(create_agent, is_active=False)
            )
            agent = create(obj.org, name=obj.name, actor=operator(request), **form.version_fields())
            if obj.is_active and not agent.is_active:
                said = _("It was created, but is inactive: calls would fail.")
                self.message_user(request, said, messages.WARNING)
            obj.pk, obj.is_active = agent.pk, agent.is_active
            return
        stored = Agent.objects.select_related("org", "published").get(pk=obj.pk)
        edit_checked_agent(stored, actor=operator(request), name=obj.name, is_active=obj.is_active)
