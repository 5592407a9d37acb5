"""Whether an engine can serve an agent, said to the member who edits it.

The registry (`agents.engines.registry`) knows what each engine has; its own refusals are for the
operator.
"""

from django.utils.translation import gettext as _

from agents.engines import registry
from voicex.errors import ConfigurationError


def check_fit(kind: registry.Kind, name: str, *, language: str, voice: str) -> None:
    """Raises ConfigurationError, in the reader's language, when the engine `name` cannot.

    language: a tag such as "en" or "de-AT"; voice: "" for the engine's own.
    """
    check_engine(kind, name, language=language)
    if kind == "tts":
        check_voice(name, voice)


def check_engine(kind: registry.Kind, name: str, *, language: str) -> None:
    """As `check_fit`, of everything but the voice."""
    if name not in registry.names(kind):
        raise ConfigurationError(
            _("The engine %(engine)s isn’t available. Choose one of: %(choices)s")
            % {"engine": repr(name), "choices": ", ".join(registry.names(kind))}
        )
    spec = registry.engines()[name]
    if spec.languages and language.partition("-")[0].lower() not in spec.languages:
        raise ConfigurationError(
            _("The engine %(engine)s doesn’t support %(language)s. Choose one of: %(choices)s")
            % {
                "engine": repr(name),
                "language": repr(language),
                "choices": ", ".join(sorted(spec.languages)),
            }
        )


def check_voice(name: str, voice: str) -> None:
    """As `check_fit`, of the voice alone; an engine that is unknown has none to judge by."""
    if name not in registry.names("tts"):
        return
    spec = registry.engines()[name]
    if voice and spec.are_all_voices and voice not in spec.voices:
        raise ConfigurationError(
            _("The engine %(engine)s has no voice %(voice)s. Choose one of: %(choices)s")
            % {
                "engine": repr(name),
                "voice": repr(voice),
                "choices": ", ".join(sorted(spec.voices)),
            }
        )
