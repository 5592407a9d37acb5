"""The one table of an agent's settings, read off the declarations. Pure.

Forms, files, drafts, versions, validation, the admin and the handbook are derived from it. A new
setting is one field with its declaration, in `agents.settings.groups` or, with a column of its
own, in `agents.settings.config`.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, dataclass, fields, replace
from functools import cache
from typing import Any, Final

from agents.budget import Budget
from agents.documents.settings import Documents
from agents.hours.settings import Opening
from agents.redaction.settings import Privacy
from agents.settings.after_call import AfterCall
from agents.settings.config import AgentConfig
from agents.settings.groups import Messages, Recording, Tools, TurnTaking
from agents.settings.kinds import METADATA, Choice, EngineName, Kind, Milliseconds, Setting, Switch
from agents.settings.kinds import translatable as _
from agents.settings.speech import Speech
from agents.transfers.settings import Transfers
from agents.variables.settings import Memory, Variables

# The dataclass of each group that a version stores under `settings`, beside the options of engines.
GROUPS: Final[dict[str, Any]] = {
    "turn_taking": TurnTaking,
    "recording": Recording,
    "privacy": Privacy,
    "messages": Messages,
    "transfers": Transfers,
    "speech": Speech,
    "tools": Tools,
    "after_call": AfterCall,
    "opening": Opening,
    "variables": Variables,
    "memory": Memory,
    "documents": Documents,
    "budget": Budget,
}
ENGINE_OPTIONS: Final = "engines"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page about an agent. title: marked, not translated yet."""

    name: str
    title: str
    settings: tuple[Setting, ...]


_TITLES: Final[Mapping[str, str]] = {
    "says": _("What it says and knows"),
    "documents": _("Documents"),
    "opening": _("Opening hours"),
    "variables": _("Variables"),
    "voice": _("Voice and engines"),
    "speech": _("Pronunciation"),
    "turn_taking": _("Turn-taking"),
    "recording": _("Recording"),
    "privacy": _("Privacy"),
    "messages": _("Messages"),
    "memory": _("Callers"),
    "tools": _("Tools"),
    "after_call": _("After the call"),
    "transfers": _("Call transfers"),
    "budget": _("Budget"),
}


def columns() -> tuple[Setting, ...]:
    """The settings that a version has a column for."""
    return _declared(AgentConfig, "")


def settings_of(group: str) -> tuple[Setting, ...]:
    """The settings of a group, in the order of pages."""
    return _declared(GROUPS[group], group)


def all_settings() -> tuple[Setting, ...]:
    """Every setting, in the order of pages."""
    return columns() + tuple(each for group in GROUPS for each in settings_of(group))


def sections() -> tuple[Section, ...]:
    """The parts of a page about an agent; a group without a title of its own has its name."""
    found: dict[str, list[Setting]] = {name: [] for name in (*_TITLES, *GROUPS)}
    for setting in all_settings():
        found[setting.section].append(setting)
    return tuple(Section(name, _TITLES.get(name, name), tuple(s)) for name, s in found.items())


def read_group(group: str, stored: object) -> Any:
    """The values of `group`, an instance of its dataclass, as a version has them stored.

    A value that is missing, or of another type, is its default. One beyond a limit stays as it
    is: it was published before the limit.
    """
    values = stored if isinstance(stored, dict) else {}
    known = {
        each.name: _loaded(each.kind, values[each.name])
        for each in settings_of(group)
        if each.name in values and _is_of(each.kind, values[each.name])
    }
    return GROUPS[group](**known)


def defaults() -> dict[str, dict[str, Any]]:
    """The default of each setting by group and name."""
    return {group: asdict(values()) for group, values in GROUPS.items()}


def applies(setting: Setting, values: Mapping[str, Any]) -> bool:
    """Whether `setting` means anything beside `values` of its group by name."""
    if setting.only_for is None:
        return True
    name, among = setting.only_for
    return values.get(name) in among


@cache
def _declared(owner: Any, group: str) -> tuple[Setting, ...]:
    return tuple(
        replace(
            each.metadata[METADATA],
            name=each.name,
            group=group,
            section=each.metadata[METADATA].section or group,
            default=_default(each),
        )
        for each in fields(owner)
        if METADATA in each.metadata
    )


def _default(declared: "Field[Any]") -> Any:
    if isinstance(declared.metadata[METADATA].kind, EngineName):
        return ""  # of a version; only a call needs a name
    return "" if declared.default is MISSING else declared.default


def _is_of(kind: Kind, value: object) -> bool:
    match kind:
        case Switch():
            return isinstance(value, bool)
        case Milliseconds():
            return isinstance(value, int) and not isinstance(value, bool)
        case Choice():
            return value in kind.values
    return isinstance(value, str)


def _loaded(kind: Kind, value: Any) -> Any:
    if isinstance(kind, Choice):
        return next(each for each in kind.values if each == value)
    return value
