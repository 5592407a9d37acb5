"""Export and import of an agent as a file, also between installations.

A JSON object, described in docs/agents.md. It contains the version and the agent's name, but no
keys, calls, people or ids.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _

from agents.compiler.form import group_of
from agents.engines.options import OPTION_NAME
from agents.models import Agent, AgentVersion
from agents.settings import limits
from agents.settings.kinds import EngineName
from agents.settings.table import ENGINE_OPTIONS, GROUPS, columns
from voicex.bounds import bounded_json

FORMAT: Final = "voicex-agent"
FORMAT_VERSION: Final = 1
MAX_BYTES: Final = limits.FILE_BYTES
MAX_PROBLEMS: Final = 5  # of one kind; a hostile file may have thousands
TEXTS: Final = tuple(s.name for s in columns() if not isinstance(s.kind, EngineName))
ENGINES: Final = tuple(s.name for s in columns() if isinstance(s.kind, EngineName))
OPTIONS: Final = "engine_settings"  # as a file calls the options of engines


@dataclass(frozen=True, slots=True)
class PortableAgent:
    """What a file says: the agent's name, and fields of a version by name.

    What the file leaves out is not among them; settings are in their groups.
    """

    name: str
    fields: dict[str, Any]


def export(agent: Agent, version: AgentVersion) -> bytes:
    """The file of `agent` as `version` has it: JSON in UTF-8, indented to be read."""
    document = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "name": agent.name,
        **{name: getattr(version, name) for name in TEXTS},
        "engines": {kind: getattr(version, kind) for kind in ENGINES},
        **{group: asdict(group_of(version.settings, group)) for group in GROUPS},
        OPTIONS: version.engine_settings,
    }
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def read(content: bytes) -> PortableAgent:
    """Parse the file `content`. Raises ValidationError with all problems, by field.

    Whether the fields make a version that works is for `agents.settings.version_rules` to judge.
    """
    document = _document(content)
    errors: dict[str, list[str]] = {}
    unknown = sorted(document.keys() - _known())[:MAX_PROBLEMS]
    if unknown:
        errors[NON_FIELD_ERRORS] = [
            _("Unknown field: %(name)s") % {"name": repr(name[:40])} for name in unknown
        ]
    if not document.get("name"):
        errors["name"] = [_("The agent’s name is missing")]
    for name in ("name", *TEXTS):
        if not isinstance(document.get(name, ""), str):
            errors[name] = [_("This must be a text")]
    for name in ("engines", *_groups()):
        if not isinstance(document.get(name, {}), dict):
            errors[name] = [_("This must be an object of named values")]
    if not errors:
        errors = _problems_within(document)
    if errors:
        raise ValidationError(errors)
    fields = {name: document[name] for name in TEXTS if name in document}
    settings = {group: document[name] for name, group in _groups().items() if name in document}
    return PortableAgent(
        document["name"], fields | document.get("engines", {}) | {"settings": settings}
    )


def _groups() -> dict[str, str]:
    """The objects of settings, and the groups of a version's settings that they become."""
    return {group: group for group in GROUPS} | {OPTIONS: ENGINE_OPTIONS}


def _known() -> set[str]:
    """The fields that a file may have."""
    return {"format", "format_version", "name", *TEXTS, "engines", *_groups()}


def _document(content: bytes) -> dict[str, Any]:
    """The JSON object in `content`, of this format. Raises ValidationError."""
    if len(content) > MAX_BYTES:
        raise _wrong(_("The file is larger than %(kb)d KB.") % {"kb": MAX_BYTES // 1024})
    try:
        document = bounded_json.loads(content, max_bytes=MAX_BYTES)
    except bounded_json.HalfCharacter as error:
        raise _wrong(_("The file contains characters that can’t be stored.")) from error
    except bounded_json.UnusableJson as error:
        raise _wrong(_("The file isn’t valid JSON in UTF-8.")) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _wrong(_("The file isn’t an exported agent. Its format must be “voicex-agent”."))
    version = document.get("format_version")
    if type(version) is not int or version != FORMAT_VERSION:
        raise _wrong(
            _("The file has format version %(found)s. This server reads version %(known)d.")
            % {"found": repr(version)[:20], "known": FORMAT_VERSION}
        )
    if not _is_storable(document):
        raise _wrong(_("The file contains characters that can’t be stored."))
    return document


def _problems_within(document: dict[str, Any]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for kind, engine in document.get("engines", {}).items():
        if kind not in ENGINES:
            errors["engines"] = [_("Unknown kind of engine: %(kind)s") % {"kind": repr(kind[:40])}]
        elif not isinstance(engine, str):
            errors[kind] = [_("This must be a text")]
    for name in _groups():
        for each, value in document.get(name, {}).items():
            if value is None:
                errors[name] = [_("%(name)s has no value") % {"name": repr(each[:40])}]
    for name in document.get(OPTIONS, {}):
        if not OPTION_NAME.fullmatch(name):
            errors[OPTIONS] = [
                _("%(name)s must look like openai.llm_model") % {"name": repr(name[:40])}
            ]
    return errors


def _is_storable(value: Any) -> bool:
    """No NUL, which PostgreSQL refuses."""
    if isinstance(value, dict):
        return all(map(_is_storable, [*value.keys(), *value.values()]))
    if isinstance(value, list):
        return all(map(_is_storable, value))
    return not isinstance(value, str) or "\0" not in value


def _wrong(problem: str) -> ValidationError:
    return ValidationError({NON_FIELD_ERRORS: [problem]})
