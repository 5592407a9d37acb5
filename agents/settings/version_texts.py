"""A version as named texts that a person can compare: columns, and each setting by its path."""

from typing import Any

from agents.compiler.form import group_of
from agents.models import AgentVersion
from agents.settings.kinds import Setting
from agents.settings.table import ENGINE_OPTIONS, all_settings


def texts_of(version: AgentVersion | None) -> dict[str, str]:
    """The texts of `version` by name, settings as "privacy.names" and the like.

    A setting that is left out has its default, so that naming a default is no
    difference. Nothing of no version.
    """
    if version is None:
        return {}
    told = {each.path: _text(value_in(version, each)) for each in all_settings()}
    options = version.engine_settings.items()
    return told | {f"{ENGINE_OPTIONS}.{name}": _text(value) for name, value in options}


def value_in(version: AgentVersion, setting: Setting) -> Any:
    """The value of `setting` in `version`: its default where the version names none."""
    holder = group_of(version.settings, setting.group) if setting.group else version
    return getattr(holder, setting.name)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
