"""Rules that a version of an agent must satisfy before it can be used in calls."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

from agents.engines import registry
from agents.models import AgentVersion
from agents.settings.engine_fit import check_engine, check_voice
from agents.settings.kinds import EngineName, Setting, SingleLine
from agents.settings.table import columns
from agents.settings.validation import problem_of, problems_of, problems_of_form
from agents.versions import preparing
from voicex.errors import ConfigurationError


def check_version(version: AgentVersion) -> None:
    """Prepare `version` for calls, if a call on it could work.

    Its texts are read in another process. Raises ValidationError by field of the version.
    """
    version.clean_fields(exclude=["agent", "created_by"])
    found = {each.name: _problem_of_column(version, each) for each in columns()}
    errors = {name: [problem] for name, problem in found.items() if problem}
    if problems := problems_of(version.settings):
        errors["settings"] = problems
    try:
        if "settings" in errors:  # they may be of any size; the texts are read all the same
            preparing.prepared_of(preparing.read_of(version) | {"settings": {}})
        else:
            version.prepare()
    except ValidationError as error:
        errors |= error.message_dict
    if errors:
        raise ValidationError(errors)


def check_changes(changes: Mapping[str, Any]) -> None:
    """Raises ValidationError when `changes` name settings that no version has.

    changes: as `agents.versions.changes` has them.
    """
    if found := problems_of_form(changes.get("settings", {})):
        raise ValidationError({"settings": found})


def default_engine(kind: registry.Kind) -> str:
    """The name of the platform's engine for agents that name none."""
    return {
        "stt": settings.DEFAULT_STT,
        "llm": settings.DEFAULT_LLM,
        "tts": settings.DEFAULT_TTS,
    }[kind]


def _problem_of_voice(version: AgentVersion, column: Setting) -> str:
    """What is wrong with the voice, beside its own field and not beside the engine's."""
    if column.name != "voice":
        return ""
    try:
        check_voice(version.tts or default_engine("tts"), version.voice)
    except ConfigurationError as error:
        return str(error)
    return ""


def _problem_of_column(version: AgentVersion, column: Setting) -> str:
    """What is wrong with one column; long texts are judged by the process that reads them."""
    value = getattr(version, column.name)
    match column.kind:
        case EngineName(part):
            name = value or default_engine(part)
            try:
                check_engine(part, name, language=version.language)
            except ConfigurationError as error:
                return str(error)
        case SingleLine():
            return problem_of(column, value) or _problem_of_voice(version, column)
    return ""
