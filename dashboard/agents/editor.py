"""The editor of an agent: a field for each setting of the table."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from django import forms
from django.http import QueryDict

from agents.compiler.form import group_of
from agents.engines.voices import offered
from agents.http_tools.storing import tools_of
from agents.models import AgentVersion
from agents.settings.kinds import Setting
from agents.settings.labels import translated
from agents.settings.table import GROUPS, Section, all_settings, applies, sections
from agents.settings.validation import problems_in
from agents.settings.version_rules import default_engine
from agents.settings.version_texts import value_in
from agents.variables.names import NAMES
from agents.versions.publishing import engine_choices
from dashboard import labels
from dashboard.agents.fields import ToolsField, field_of, shown, stored
from dashboard.agents.forms import ServiceErrors

# Others can be written as well.
OFFERED_LANGUAGES: Final = (
    *("cs", "da", "de", "de-AT", "de-CH", "en", "en-AU", "en-GB", "en-US", "es", "es-MX", "fi"),
    *("fr", "fr-CA", "fr-CH", "hr", "hu", "it", "nl", "nl-BE", "pl", "pt", "pt-BR", "sv", "tr"),
)


@dataclass(frozen=True, slots=True)
class Group:
    """A titled part of a form: rows of fields."""

    title: str
    rows: list[list[forms.BoundField]]
    name: str


class AgentForm(ServiceErrors):
    """The form of all settings of a version; `version`: the stored one."""

    def __init__(self, data: QueryDict | None = None, *, version: AgentVersion) -> None:
        self.version = version
        self.settings = {field_name(each): each for each in all_settings()}
        initial = {
            name: shown(each, value_in(version, each)) for name, each in self.settings.items()
        }
        super().__init__(data, initial=initial)
        self.fields |= {name: field_of(each) for name, each in self.settings.items()}
        for name, field in self.fields.items():
            if isinstance(field, ToolsField):
                self._offer_tools(field, enabled=initial[name])
        self.fields["voice"].widget.attrs |= {"list": "voices", "autocomplete": "off"}
        self.fields["language"].widget.attrs |= {"list": "languages", "autocomplete": "off"}

    def _offer_tools(self, field: ToolsField, *, enabled: str) -> None:
        agent = self.version.agent
        names = tools_of(agent.org).values_list("name", flat=True) if agent.org_id else ()
        field.offer(names, enabled=enabled)

    def groups(self) -> list[Group]:
        """The fields in the layout of the page."""
        return [
            Group(translated(section.title), self._rows(section), section.name)
            for section in sections()
        ]

    def variables(self) -> list[tuple[str, str]]:
        """The variables that texts may use without declaring them, and their values."""
        return [(name, translated(meaning)) for name, meaning in NAMES.items()]

    def languages(self) -> list[tuple[str, str]]:
        """The tags that the field offers, with the names of their languages."""
        return [(tag, labels.language(tag)) for tag in OFFERED_LANGUAGES]

    def voices(self) -> list[tuple[str, str]]:
        """The voices that the field offers with their engines, those of the chosen engine first."""
        language = str(self["language"].value() or "")
        chosen = str(self["tts"].value() or default_engine("tts"))
        engines = [chosen, *(name for name, label in engine_choices("tts") if name)]
        return [(v, name) for name in dict.fromkeys(engines) for v in offered(name, language)]

    def clean(self) -> dict[str, Any]:
        """Check dependencies between settings once each is valid by itself."""
        values = super().clean() or {}
        for group in GROUPS:
            fields = self._fields(group)
            if self.errors.keys() & fields.values():
                continue
            for name, problem in problems_in(group, self._said(group, values)).items():
                self.add_error(fields.get(name), problem)
        return values

    def changes(self) -> dict[str, Any]:
        """The changes to the version, as `agents.versions.changes` returns them.

        Settings that the form does not show, such as those of engines, are never included.
        """
        found: dict[str, Any] = {}
        settings: dict[str, dict[str, Any]] = {}
        for name in self.changed_data:
            setting = self.settings[name]
            if setting.group:
                said = self._said(setting.group, self.cleaned_data)
                settings.setdefault(setting.group, {})[setting.name] = said.get(setting.name)
            else:
                found[name] = self.cleaned_data[name]
        return found | {"settings": settings} if settings else found

    def _rows(self, section: Section) -> list[list[forms.BoundField]]:
        rows: list[list[forms.BoundField]] = []
        for setting in section.settings:
            name = field_name(setting)
            if name not in self.fields:
                continue
            if setting.beside and rows:
                rows[-1].append(self[name])
            else:
                rows.append([self[name]])
        return rows

    def _fields(self, group: str) -> dict[str, str]:
        """The fields of a group, by the name of the setting."""
        return {
            setting.name: field
            for field, setting in self.settings.items()
            if setting.group == group and field in self.fields
        }

    def _said(self, group: str, values: dict[str, Any]) -> dict[str, Any]:
        """The values of a group as they would be stored; hidden ones are unchanged.

        An empty value that does not apply is left out, so that its default is used.
        """
        fields = self._fields(group)
        said = asdict(group_of(self.version.settings, group))
        said |= {
            name: stored(self.settings[field], values[field])
            for name, field in fields.items()
            if field in values
        }
        return {
            name: value
            for name, value in said.items()
            if value != "" or name not in fields or applies(self.settings[fields[name]], said)
        }


def field_name(setting: Setting) -> str:
    """The name of the field of `setting` in the form."""
    return setting.path.replace(".", "_")
