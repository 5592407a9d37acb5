"""Whether a provider accepts a key: asked when one is stored, and by the setup doctor.

Each question costs nothing at the provider, and blocks for a few seconds at most.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Final

import structlog

from accounts.models import OrganizationSecret
from accounts.secrets.vault import Credential
from agents.engines.base import Credentials
from agents.providers.credentials import platform_credentials, with_own
from voicex.errors import EngineError

log = structlog.get_logger(__name__)

# The module whose `verify` asks, for each engine that needs a key. By name: an SDK takes a
# second to import, and few processes ever ask.
MODULES: Final[Mapping[str, str]] = {
    "openai": "agents.engines.openai.client",
    "google": "agents.engines.google.tts",
}


def check_engine(engine: str, credentials: Credentials) -> None:
    """Ask the provider of `engine`. Raises EngineRefused for keys that do not work there,
    another EngineError when it could not be asked."""
    try:
        import_module(MODULES[engine]).verify(credentials)
    except EngineError as error:
        log.info("provider_check_failed", engine=engine, **error.for_the_log())
        raise


def check_secret(name: str, value: str, *, endpoint: str = "") -> None:
    """Ask the provider whether `value` works as an organization's secret `name`.

    name: OPENAI_API_KEY or GOOGLE_CREDENTIALS of `OrganizationSecret.Name`. endpoint: the server
    that the organization named, "" for the provider's own. Raises as `check_engine`.
    """
    engine = "openai" if name == OrganizationSecret.Name.OPENAI_API_KEY else "google"
    check_engine(engine, with_own(platform_credentials(), name, Credential(value, endpoint)))
