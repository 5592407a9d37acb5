"""Checks of the installation, run at the start of every command.

Django lists the problems that checks return, with ids and hints. One sentence helps an operator
more, so these checks raise: `manage.py` prints only the message of the error.
"""

import os
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage

from agents.engines import registry
from voicex.errors import ConfigurationError, EngineMissing

# In a container whose root is read-only, parts of VAR_DIR are mounted, and this one in every role.
RUN: Final = "run"


def _defaults() -> list[tuple[registry.Kind, str, str]]:
    return [
        ("stt", "DEFAULT_STT", settings.DEFAULT_STT),
        ("llm", "DEFAULT_LLM", settings.DEFAULT_LLM),
        ("tts", "DEFAULT_TTS", settings.DEFAULT_TTS),
    ]


def setup_is_usable(**_kwargs: Any) -> list[CheckMessage]:
    """Raises ConfigurationError for the first thing that is wrong; else finds nothing."""
    _can_write(Path(settings.VAR_DIR))
    for kind, setting, name in _defaults():
        _is_known(kind, setting, name)
    return []


def engines_are_installed(**_kwargs: Any) -> list[CheckMessage]:
    """Raises ConfigurationError when a default engine lacks a package or a model file.

    Imports the engines, which takes seconds: for `check --deploy` and the start of a server.
    """
    for kind, setting, name in _defaults():
        _is_installed(kind, setting, name)
    return []


def _can_write(directory: Path) -> None:
    standing = directory
    while not standing.exists() and standing != standing.parent:
        standing = standing.parent
    if not standing.is_dir():
        raise ConfigurationError(
            f"{directory} cannot be created because {standing} is a file. Move it out of the way"
        )
    if not _is_writable(standing) and not _is_writable(directory / RUN):
        raise ConfigurationError(
            f"{standing} cannot be written by this user, but Voicex keeps its data in "
            f"{directory}. Give this user the directory, for example with chown"
        )


def _is_writable(directory: Path) -> bool:
    return directory.is_dir() and os.access(directory, os.W_OK | os.X_OK)


def _is_known(kind: registry.Kind, setting: str, name: str) -> None:
    try:
        registry.check(kind, name)
    except ConfigurationError as error:
        raise ConfigurationError(f"{setting}={name} cannot be used. {error}") from error


def _is_installed(kind: registry.Kind, setting: str, name: str) -> None:
    try:
        for file in registry.model_files(kind, name):
            file.find()
    except (ConfigurationError, EngineMissing) as error:
        raise ConfigurationError(f"{setting}={name} cannot be used. {error}") from error
