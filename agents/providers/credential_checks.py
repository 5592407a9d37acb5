"""Checks keys with their provider: when one is stored, and for the setup doctor.

Each question costs nothing at the provider, and blocks for a few seconds at most. It counts there
all the same: an answer that accepts a key of the platform, which all organizations use, holds for a
minute.
"""

from collections.abc import Callable
from typing import Final

import structlog
from django.core.cache import cache
from django.utils.crypto import salted_hmac

from accounts.secrets.vault import Credential
from agents.engines import registry
from agents.engines.access import Credentials
from agents.providers.credentials import platform_credentials, with_own
from voicex.errors import EngineError

KEPT_SECONDS: Final = 60  # that a provider accepts a key of the platform

log = structlog.get_logger(__name__)


def can_be_checked(engine: str) -> bool:
    """Whether the provider of `engine` can be asked whether it accepts a key."""
    card = registry.engines().get(engine)
    return bool(card and card.check)


def check_engine(engine: str, credentials: Credentials) -> None:
    """Ask the provider of `engine`. Raises EngineRefused for keys that do not work there,
    another EngineError when it could not be asked."""

    def ask() -> frozenset[str]:
        registry.verify(engine, credentials)
        return frozenset()

    _known(ask, engine, credentials, about="key")


def models_of(engine: str, credentials: Credentials) -> frozenset[str]:
    """The models that the provider of `engine` lists; none where it has no list.

    Asks about the key as well. Raises as `check_engine`.
    """

    def ask() -> frozenset[str]:
        return registry.known_models(engine, credentials)

    return _known(ask, engine, credentials, about="models")


def _known(
    ask: Callable[[], frozenset[str]], engine: str, credentials: Credentials, *, about: str
) -> frozenset[str]:
    """The answer of `ask`; about a key of the platform, one that was given within the minute."""
    access = credentials.of(engine)
    if access.is_of_client:
        return _ask(ask, engine)
    digest = salted_hmac("provider-check", f"{access.endpoint} {access.key}").hexdigest()
    name = f"provider-check:{about}:{engine}:{digest}"
    kept: list[str] | None = cache.get(name)
    if kept is not None:
        return frozenset(kept)
    known = _ask(ask, engine)
    cache.set(name, sorted(known), timeout=KEPT_SECONDS)
    return known


def _ask(ask: Callable[[], frozenset[str]], engine: str) -> frozenset[str]:
    try:
        return ask()
    except EngineError as error:
        log.info("provider_check_failed", engine=engine, **error.for_the_log())
        raise


def check_secret(engine: str, value: str, *, endpoint: str = "") -> None:
    """Ask the provider of `engine` whether `value` works as an organization's own secret.

    endpoint: the server that the organization named, "" for the provider's own. Raises as
    `check_engine`.
    """
    check_engine(engine, with_own(platform_credentials(), engine, Credential(value, endpoint)))
