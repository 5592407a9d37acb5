"""What a version of an agent must be, so that a call on it can work."""

from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from agents import option_limits, recording_limits, text_limits, turn_limits
from agents.engine_fit import check_fit
from agents.engines import registry
from agents.models import AgentVersion
from voicex.errors import ConfigurationError

ENGINE_KINDS: Final[tuple[registry.Kind, ...]] = ("stt", "llm", "tts")
SETTINGS: Final = ("turn_taking", "recording", "engines")


def check_version(version: AgentVersion) -> None:
    """Raises ValidationError, by field of the version, when a call on it could not work."""
    version.clean_fields(exclude=["agent", "created_by"])
    errors: dict[str, list[str]] = {}
    for kind in ENGINE_KINDS:
        try:
            name = getattr(version, kind) or default_engine(kind)
            check_fit(kind, name, language=version.language, voice=version.voice)
        except ConfigurationError as error:
            errors[kind] = [str(error)]
    for name in text_limits.TEXTS:
        if problem := text_limits.problem(name, getattr(version, name)):
            errors[name] = [problem]
    if found := _problems_of_settings(version.settings):
        errors["settings"] = found
    if errors:
        raise ValidationError(errors)


def default_engine(kind: registry.Kind) -> str:
    """The name of the platform's engine for agents that name none."""
    return {
        "stt": settings.DEFAULT_STT,
        "llm": settings.DEFAULT_LLM,
        "tts": settings.DEFAULT_TTS,
    }[kind]


def _problems_of_settings(values: Any) -> list[str]:
    if not isinstance(values, dict):
        return [_("Settings are an object")]
    found = turn_limits.problems(values.get("turn_taking", {}))
    for name, problem in recording_limits.problems(values.get("recording", {})).items():
        found.append(f"recording.{name}: {problem}" if name else problem)
    engines = values.get("engines", {})
    if isinstance(engines, dict):
        found += option_limits.problems(engines)
    else:
        found.append(_("Engine settings are an object of named values"))
    if values.keys() - set(SETTINGS):
        found.append(_("Settings hold %(names)s, nothing else") % {"names": ", ".join(SETTINGS)})
    return found
