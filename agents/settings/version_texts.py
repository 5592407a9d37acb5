"""A version as named texts that a person can compare: fields, and each setting by its name."""

from dataclasses import asdict

from agents.models import AgentVersion

TEXTS = ("greeting", "prompt", "facts", "language", "voice", "stt", "llm", "tts")


def texts_of(version: AgentVersion | None) -> dict[str, str]:
    """The texts of `version` by name, settings as "turn_taking.pause_ms" and the like.

    A setting that is left out stands with its default, so that naming a default is no
    difference. Nothing of no version.
    """
    if version is None:
        return {}
    settings = {
        f"{group}.{name}": _text(value)
        for group, values in (
            ("turn_taking", asdict(version.turn_taking)),
            ("recording", asdict(version.recording)),
            ("privacy", asdict(version.privacy)),
            ("engines", version.engine_settings),
        )
        for name, value in values.items()
    }
    return {name: getattr(version, name) for name in TEXTS} | settings


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
