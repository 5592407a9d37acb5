"""Whether a provider accepts a key: asked when one is stored, and by the setup doctor.

Each question costs nothing at the provider, and blocks for a few seconds at most.
"""

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import Final

from accounts.models import OrganizationSecret
from agents.credentials import platform_credentials
from agents.engines.base import Credentials

# The module whose `verify` asks, for each engine that needs a key. By name: an SDK takes a
# second to import, and few processes ever ask.
MODULES: Final[Mapping[str, str]] = {
    "openai": "agents.engines.openai_client",
    "google": "agents.engines.google_tts",
}


def check_engine(engine: str, credentials: Credentials) -> None:
    """Ask the provider of `engine`. Raises EngineRefused for keys that do not work there,
    another EngineError when it could not be asked."""
    import_module(MODULES[engine]).verify(credentials)


def check_secret(name: str, value: str) -> None:
    """Ask the provider whether `value` works as an organization's secret `name`.

    name: OPENAI_API_KEY or GOOGLE_CREDENTIALS of `OrganizationSecret.Name`. Raises as
    `check_engine`.
    """
    platform = platform_credentials()
    if name == OrganizationSecret.Name.OPENAI_API_KEY:
        check_engine("openai", replace(platform, openai_api_key=value))
    else:
        check_engine("google", replace(platform, google_credentials=value))
