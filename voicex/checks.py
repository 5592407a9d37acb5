"""What must be right before a call can come, checked at the start of every command.

Django lists the problems that its checks return, with ids and hints. An operator is helped
more by one sentence, so these raise: `manage.py` prints the message and nothing else.
"""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage

from agents.engines import registry
from voicex.errors import ConfigurationError, EngineMissing


def setup_is_usable(**_kwargs: Any) -> list[CheckMessage]:
    """Raises ConfigurationError for the first thing that is wrong; else finds nothing."""
    _can_write(Path(settings.VAR_DIR))
    _has_engine("stt", "DEFAULT_STT", settings.DEFAULT_STT)
    _has_engine("llm", "DEFAULT_LLM", settings.DEFAULT_LLM)
    _has_engine("tts", "DEFAULT_TTS", settings.DEFAULT_TTS)
    return []


def _can_write(directory: Path) -> None:
    standing = directory
    while not standing.exists() and standing != standing.parent:
        standing = standing.parent
    if not standing.is_dir():
        raise ConfigurationError(
            f"{directory} cannot be made, because {standing} is a file: move it out of the way"
        )
    if not os.access(standing, os.W_OK | os.X_OK):
        raise ConfigurationError(
            f"{standing} cannot be written by this user, but Voicex keeps its data in "
            f"{directory}: give this user the directory, for example with chown"
        )


def _has_engine(kind: registry.Kind, setting: str, name: str) -> None:
    try:
        registry.check(kind, name)
        for file in registry.model_files(kind, name):
            file.find()
    except (ConfigurationError, EngineMissing) as error:
        raise ConfigurationError(f"{setting}={name} cannot be used. {error}") from error
