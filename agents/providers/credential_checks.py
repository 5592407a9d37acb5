"""Checks keys with their provider: when one is stored, and for the setup doctor.

Each question costs nothing at the provider, and blocks for a few seconds at most.
"""

from collections.abc import Callable
from typing import TypeVar

import structlog

from accounts.secrets.vault import Credential
from agents.engines import registry
from agents.engines.base import Credentials
from agents.providers.credentials import platform_credentials, with_own
from voicex.errors import EngineError

Answer = TypeVar("Answer")

log = structlog.get_logger(__name__)


def can_be_checked(engine: str) -> bool:
    """Whether the provider of `engine` can be asked whether it accepts a key."""
    card = registry.engines().get(engine)
    return bool(card and card.check)


def check_engine(engine: str, credentials: Credentials) -> None:
    """Ask the provider of `engine`. Raises EngineRefused for keys that do not work there,
    another EngineError when it could not be asked."""
    _ask(lambda: registry.verify(engine, credentials), engine)


def models_of(engine: str, credentials: Credentials) -> frozenset[str]:
    """The models that the provider of `engine` lists; none where it has no list.

    Asks about the key as well. Raises as `check_engine`.
    """
    return _ask(lambda: registry.known_models(engine, credentials), engine)


def _ask(ask: Callable[[], Answer], engine: str) -> Answer:
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
