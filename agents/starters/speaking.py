"""Chooses the initial engines of an agent by the language of its texts."""

from collections.abc import Callable
from typing import Final

from accounts.models import Organization
from accounts.secrets.vault import SealedSecrets
from agents.engines import registry
from agents.providers.credentials import platform_has_access, without_access
from agents.settings.engine_fit import check_engine
from agents.settings.version_rules import default_engine
from voicex.errors import ConfigurationError, SecretUnreadable

KINDS: Final[tuple[registry.Kind, ...]] = ("stt", "llm", "tts")


def access_of(org: Organization) -> Callable[[str], bool]:
    """Whether there is a key for an engine: the platform's, or one of `org`. Reads the database."""
    secrets = SealedSecrets(org)

    def has_access(engine: str) -> bool:
        try:
            return not without_access(secrets, [engine])
        except SecretUnreadable:
            return False

    return has_access


def engines_for(
    language: str, has_access: Callable[[str], bool] = platform_has_access
) -> dict[str, str]:
    """The engines to name in a version in `language`, by kind: none where the platform's speak it.

    has_access: to the provider of an engine. Those come first; one that still needs a key is
    better than one that cannot.
    """
    chosen: dict[str, str] = {}
    for kind in KINDS:
        if not _speaks(kind, default_engine(kind), language):
            able = [name for name in _offered(kind) if _speaks(kind, name, language)]
            if able:
                chosen[kind] = min(able, key=lambda name: not has_access(name))
    return chosen


def lacking(language: str, has_access: Callable[[str], bool] = platform_has_access) -> list[str]:
    """The engines that an agent in `language` would begin with, and that there is no key for."""
    defaults: dict[str, str] = {kind: default_engine(kind) for kind in KINDS}
    named = defaults | engines_for(language, has_access)
    return [name for name in dict.fromkeys(named.values()) if not has_access(name)]


def _offered(kind: registry.Kind) -> list[str]:
    cards = registry.engines()
    return [name for name in registry.names(kind) if not cards[name].is_for_tests]


def _speaks(kind: registry.Kind, name: str, language: str) -> bool:
    try:
        check_engine(kind, name, language=language)
    except ConfigurationError:
        return False
    return True
