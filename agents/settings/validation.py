"""Validates settings by the kinds and rules of the table; messages in the reader's language."""

import re
from collections.abc import Mapping
from typing import Any, Final, assert_never

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.names import validate_mail_address
from agents.analysis import fields as call_fields
from agents.http_tools.definition import NAME, names_in
from agents.settings import option_limits
from agents.settings.kinds import (
    Addresses,
    CallFields,
    Choice,
    EngineName,
    Key,
    Lines,
    Milliseconds,
    Pronunciations,
    Setting,
    SingleLine,
    Switch,
    Text,
    ToolNames,
    Word,
    addresses_in,
)
from agents.settings.labels import refused_in_storage, translated
from agents.settings.table import ENGINE_OPTIONS, GROUPS, applies, defaults, settings_of
from agents.speech.said.pronunciation import LINES, SPOKEN, WRITTEN, Fault, fault_in

MAX_QUOTED: Final = 80  # characters of what is no address
MAX_UNKNOWN: Final = 5  # names in one group; a hostile file may have thousands


def problem_of(setting: Setting, value: object) -> str:
    """What is wrong with `value` as the stored value of `setting`; "" when nothing is.

    value: as decoded from JSON. Whether there is such an engine is for
    `agents.settings.engine_fit` to judge.
    """
    match setting.kind:
        case Switch():
            return "" if isinstance(value, bool) else _("Choose true or false.")
        case Milliseconds() as kind:
            # bool is an int to Python, and `true` milliseconds are nonsense.
            if isinstance(value, bool) or not isinstance(value, int):
                return refused_in_storage(kind)
            return "" if kind.lowest <= value <= kind.highest else refused_in_storage(kind)
        case Choice() as kind:
            if value in kind.values:
                return ""
            return _("Choose one of: %(choices)s") % {"choices": ", ".join(kind.values)}
        case (
            Text()
            | Pronunciations()
            | CallFields()
            | Lines()
            | SingleLine()
            | Word()
            | Key()
            | Addresses()
            | ToolNames()
            | EngineName() as kind
        ):
            return (
                _problem_of_text(kind, value)
                if isinstance(value, str)
                else _("This must be a text")
            )
        case _:
            assert_never(setting.kind)


def problems_in(group: str, values: object) -> dict[str, str]:
    """What is wrong with `values` as a group's settings, by name; empty when nothing is.

    values: as decoded from JSON; settings that are left out have their defaults. Under "" is what
    is wrong with all of it.
    """
    if not isinstance(values, dict):
        return {"": _("This must be an object of named values")}
    known = {each.name: each for each in settings_of(group)}
    if unknown := [name for name in values if name not in known][:MAX_UNKNOWN]:
        named = ", ".join(repr(name[:40]) for name in unknown)
        return {"": _("Unknown setting: %(name)s") % {"name": named}}
    found = {name: problem_of(known[name], value) for name, value in values.items()}
    wrong = {name: problem for name, problem in found.items() if problem}
    meant = defaults()[group] | values
    for setting in known.values():
        if setting.name not in wrong and (problem := _broken_rule(setting, meant, wrong)):
            wrong[setting.name] = problem
    return wrong


def problems_of(settings: Any) -> list[str]:
    """What is wrong with a version's `settings`, each problem after the path of its setting."""
    found = problems_of_form(settings)
    if not isinstance(settings, dict):
        return found
    for group in GROUPS:
        for name, problem in problems_in(group, settings.get(group, {})).items():
            found.append(f"{group}.{name}: {problem}" if name else f"{group}: {problem}")
    options = settings.get(ENGINE_OPTIONS, {})
    if isinstance(options, dict):
        found += option_limits.problems(options)
    else:
        found.append(_("Engine settings must be an object of named values"))
    return found


def problems_of_form(settings: Any) -> list[str]:
    """What is wrong with `settings` whatever they hold: they are groups that there are."""
    if not isinstance(settings, dict):
        return [_("Settings must be an object")]
    groups = (*GROUPS, ENGINE_OPTIONS)
    if settings.keys() - set(groups):
        return [_("Settings can only contain %(names)s") % {"names": ", ".join(groups)}]
    return []


def _problem_of_text(
    kind: Text
    | Pronunciations
    | CallFields
    | Lines
    | SingleLine
    | Word
    | Key
    | Addresses
    | ToolNames
    | EngineName,
    value: str,
) -> str:
    match kind:
        case Key(keys):
            is_key = len(value) == 1 and value in keys
            return "" if is_key else _("Choose one phone key: 0 to 9, * or #.")
        case Word(characters):
            if not value.strip() or len(value) > characters:
                said = _("Enter one or two words, at most %(limit)d characters.")
                return said % {"limit": characters}
            if value != value.lower().strip():
                return _("Use lower case, without spaces before or after.")
            return ""
    if len(value) > kind.characters:
        limit = number_format(kind.characters, force_grouping=True)
        return _("At most %(limit)s characters") % {"limit": limit}
    if isinstance(kind, Addresses):
        return _problem_of_addresses(kind, value)
    if isinstance(kind, ToolNames):
        return _problem_of_names(kind, value)
    if isinstance(kind, SingleLine) and kind.pattern and not re.fullmatch(kind.pattern, value):
        return translated(kind.hint)
    if isinstance(kind, CallFields):
        return _problem_of_fields(value)
    if isinstance(kind, Lines) and (found := kind.fault(value)):
        said, values = found
        return translated(said) % values
    return _problem_of_pronunciations(value) if isinstance(kind, Pronunciations) else ""


def _problem_of_fields(value: str) -> str:
    found = call_fields.fault_in(value)
    if found is None:
        return ""
    said = {
        call_fields.Fault.LINES: _("At most %(limit)d fields"),
        call_fields.Fault.NAME: _(
            "Line %(line)d: begin with a name of up to %(limit)d characters."
        ),
        call_fields.Fault.TWICE: _("Line %(line)d: there is a field with this name already."),
        call_fields.Fault.TYPE: _(
            "Line %(line)d: use text, number, date, yes/no or choice as the type."
        ),
        call_fields.Fault.CHOICES: _(
            "Line %(line)d: list up to %(limit)d choices, as in (choice: Berlin, Hamburg)."
        ),
        call_fields.Fault.DESCRIPTION: _(
            "Line %(line)d: write the description behind a colon, in up to %(limit)d characters."
        ),
    }[found.fault]
    limits = {
        call_fields.Fault.LINES: call_fields.MOST,
        call_fields.Fault.NAME: call_fields.NAME,
        call_fields.Fault.CHOICES: call_fields.CHOICES,
        call_fields.Fault.DESCRIPTION: call_fields.DESCRIPTION,
    }
    return said % {"line": found.line, "limit": limits.get(found.fault, 0)}


def _problem_of_pronunciations(value: str) -> str:
    found = fault_in(value)
    if found is None:
        return ""
    said = {
        Fault.LINES: _("At most %(limit)d lines"),
        Fault.FORM: _("Line %(line)d: write it as “written = spoken”."),
        Fault.WRITTEN: _("Line %(line)d: at most %(limit)d characters before the “=”."),
        Fault.SPOKEN: _("Line %(line)d: at most %(limit)d characters after the “=”."),
        Fault.TWICE: _("Line %(line)d: this word is already in the list."),
    }[found.fault]
    limits = {Fault.LINES: LINES, Fault.WRITTEN: WRITTEN, Fault.SPOKEN: SPOKEN}
    return said % {"line": found.line, "limit": limits.get(found.fault, 0)}


def _problem_of_addresses(kind: Addresses, value: str) -> str:
    found = addresses_in(value)
    if len(found) > kind.most:
        return _("At most %(limit)d addresses") % {"limit": kind.most}
    for address in found:
        try:
            validate_email(address)
            validate_mail_address(address)
        except ValidationError:
            said = _("“%(address)s” isn’t an email address. Use the form name@example.com.")
            return said % {"address": address[:MAX_QUOTED]}
    return ""


def _problem_of_names(kind: ToolNames, value: str) -> str:
    """Whether there are such tools is for the gate: one may be deleted at any moment."""
    found = names_in(value)
    if len(found) > kind.most:
        return _("At most %(limit)d tools") % {"limit": kind.most}
    if not all(NAME.fullmatch(name) for name in found):
        return _("Use the names of your tools, separated by commas.")
    return ""


def _broken_rule(setting: Setting, values: Mapping[str, Any], wrong: Mapping[str, str]) -> str:
    """What `setting` lacks beside the other `values` of its group, "" for nothing.

    wrong: the values that have a problem already, beside which nothing is compared.
    """
    value = values[setting.name]
    if setting.missing and applies(setting, values) and not value.strip():
        return translated(setting.missing)
    if setting.not_above and setting.not_above[0] not in wrong:
        name, said = setting.not_above
        if value > values[name]:
            return translated(said) % {"ms": values[name]}
    return ""
