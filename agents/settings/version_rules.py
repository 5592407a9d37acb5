"""What a version of an agent must be, so that a call on it can work."""

import re
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from agents.engines import registry
from agents.models import AgentVersion
from agents.settings import limits, option_limits, privacy_limits, recording_limits, turn_limits
from agents.settings.engine_fit import check_fit
from agents.versions import preparing
from voicex.errors import ConfigurationError

ENGINE_KINDS: Final[tuple[registry.Kind, ...]] = ("stt", "llm", "tts")
SETTINGS: Final = ("turn_taking", "recording", "privacy", "engines")
_LANGUAGE: Final = re.compile(limits.LANGUAGE)


def check_version(version: AgentVersion) -> None:
    """Prepare `version` for calls, if a call on it could work.

    Its texts are read in another process. Raises ValidationError by field of the version.
    """
    version.clean_fields(exclude=["agent", "created_by"])
    errors: dict[str, list[str]] = {}
    for kind in ENGINE_KINDS:
        try:
            name = getattr(version, kind) or default_engine(kind)
            check_fit(kind, name, language=version.language, voice=version.voice)
        except ConfigurationError as error:
            errors[kind] = [str(error)]
    if not _LANGUAGE.fullmatch(version.language):
        errors["language"] = [_("Write it like en, en-US or pt-BR.")]
    if found := _problems_of_settings(version.settings):
        errors["settings"] = found
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
    if found := _problems_of_form(changes.get("settings", {})):
        raise ValidationError({"settings": found})


def default_engine(kind: registry.Kind) -> str:
    """The name of the platform's engine for agents that name none."""
    return {
        "stt": settings.DEFAULT_STT,
        "llm": settings.DEFAULT_LLM,
        "tts": settings.DEFAULT_TTS,
    }[kind]


def _problems_of_settings(values: Any) -> list[str]:
    found = _problems_of_form(values)
    if not isinstance(values, dict):
        return found
    found += turn_limits.problems(values.get("turn_taking", {}))
    for name, problem in recording_limits.problems(values.get("recording", {})).items():
        found.append(f"recording.{name}: {problem}" if name else problem)
    found += privacy_limits.problems(values.get("privacy", {}))
    engines = values.get("engines", {})
    if isinstance(engines, dict):
        found += option_limits.problems(engines)
    else:
        found.append(_("Engine settings are an object of named values"))
    return found


def _problems_of_form(values: Any) -> list[str]:
    if not isinstance(values, dict):
        return [_("Settings are an object")]
    if values.keys() - set(SETTINGS):
        return [_("Settings hold %(names)s, nothing else") % {"names": ", ".join(SETTINGS)}]
    return []
