"""The form of an agent in the admin: its own fields. Versions have one editor, the dashboard's."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from agents.models import Agent
from agents.starters.english import ENGLISH
from agents.starters.speaking import access_of
from agents.starters.starters import EMPTY, LANGUAGE_NAMES, STARTERS
from agents.versions.gate.gate import ensure
from agents.versions.publishing import ensure_free, ensure_not_archived


class AgentForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """An agent's organization, name and state; a new one also has a starting point."""

    starter = forms.ChoiceField(
        label=_("Template"),
        choices=[(key, each.title) for key, each in STARTERS.items()],
        initial=EMPTY.key,
        widget=UnfoldAdminSelectWidget,
        help_text=_("The content of its first version."),
    )
    speaks = forms.ChoiceField(
        label=_("The agent speaks"),
        choices=LANGUAGE_NAMES,
        initial=ENGLISH.tag,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = Agent
        fields: ClassVar = ["org", "name", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields.pop("starter", None)
            self.fields.pop("speaks", None)

    def clean(self) -> dict[str, Any]:
        """Refuse the name of another agent; one is switched on only if calls on it can work."""
        values = super().clean() or {}
        ensure_not_archived(self.instance)
        org, name = values.get("org") or getattr(self.instance, "org", None), values.get("name")
        if org is not None and name and "name" in self.changed_data:
            ensure_free(org, name, but=self.instance if self.instance.pk else None)
        agent = self.instance
        is_switched_on = values.get("is_active") and not self.initial.get("is_active")
        if agent.pk and agent.published and is_switched_on:
            ensure(agent, agent.published)
        return values

    def version_fields(self) -> dict[str, Any]:
        """The first version of a new agent."""
        starter = STARTERS[self.cleaned_data["starter"]]
        org = self.cleaned_data["org"]
        return starter.version_fields(
            org.name, language=self.cleaned_data["speaks"] or ENGLISH.tag, has_access=access_of(org)
        )
