"""What a version says, to be read: each setting by its label, its value in words."""

from dataclasses import dataclass

from agents.compiler.form import group_of
from agents.models import AgentVersion
from agents.settings.kinds import Setting
from agents.settings.labels import translated, value_in_words
from agents.settings.table import Section, applies, sections
from agents.settings.version_texts import value_in


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One setting: its name, and label and value in the reader's language."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class SummarySection:
    """A part of a page about a version."""

    name: str
    title: str
    rows: tuple[SummaryRow, ...]


def summary_of(version: AgentVersion) -> list[SummarySection]:
    """What `version` says, by sections, without what does not apply."""
    return [
        SummarySection(section.name, translated(section.title), _rows(version, section))
        for section in sections()
    ]


def _rows(version: AgentVersion, section: Section) -> tuple[SummaryRow, ...]:
    return tuple(
        SummaryRow(each.name, translated(each.label), value_in_words(each, value_in(version, each)))
        for each in section.settings
        if _applies(version, each)
    )


def _applies(version: AgentVersion, setting: Setting) -> bool:
    if setting.only_for is None:
        return True
    group = group_of(version.settings, setting.group)
    name, _among = setting.only_for
    return applies(setting, {name: getattr(group, name)})
