"""The provider keys of a call: the organization's own first, else the platform's.

A key is only ever sent to its own server: the platform's to the server in the settings, an
organization's to the provider's own or to the one stored with it. The models in the settings are
only used with the platform's server.
"""

from collections.abc import Collection

from django.conf import settings

from accounts.models import Organization
from accounts.secrets.vault import Credential, SealedSecrets
from agents.engines import registry
from agents.engines.access import Access, Credentials
from agents.engines.base import EngineSetup
from agents.providers import platform_models
from agents.settings.config import AgentConfig


def platform_credentials() -> Credentials:
    """Provider access of the platform itself."""
    cards = registry.engines().items()
    defaults = {
        f"{engine}.{option.name}": _setting(option.setting)
        for engine, card in cards
        for option in card.options
        if option.setting
    }
    return Credentials(
        access={engine: _platform_access(engine) for engine, card in cards if card.secret},
        defaults=defaults,
        ffmpeg_binary=settings.FFMPEG_BINARY,
    )


def credentials_of(org: Organization, secrets: SealedSecrets | None = None) -> Credentials:
    """Provider access for the calls of `org`. Reads the database unless given its `secrets`.

    Raises SecretUnreadable.
    """
    secrets = secrets or SealedSecrets(org)
    credentials = platform_credentials()
    for engine, card in registry.engines().items():
        if card.secret and (own := secrets.credential(card.secret.name)) is not None:
            credentials = with_own(credentials, engine, own)
    return credentials


def with_own(credentials: Credentials, engine: str, own: Credential) -> Credentials:
    """`credentials` with an organization's own pair of key and server for `engine`."""
    access = Access(
        own.value,
        own.endpoint,
        is_of_client=True,
        may_be_private=settings.ALLOW_PRIVATE_ENDPOINTS,
    )
    address = registry.engines()[engine].address
    return credentials.with_own(
        engine,
        access,
        is_same_server=_is_one_server(
            own.endpoint or address, credentials.of(engine).endpoint or address
        ),
    )


def _is_one_server(address: str, other: str) -> bool:
    return address.rstrip("/") == other.rstrip("/")


def setup_of(
    org: Organization, config: AgentConfig, secrets: SealedSecrets | None = None
) -> EngineSetup:
    """The set-up of the engines of an agent of `org`. On the platform's key only its models are
    allowed.

    Reads the database unless given its `secrets`. Raises SecretUnreadable.
    """
    secrets = secrets or SealedSecrets(org)
    if platform_models.beyond(config.options) and not secrets.reveal(platform_models.KEY):
        config = platform_models.within(config)
    return EngineSetup(config, credentials_of(org, secrets), org.public_id)


def platform_has_access(engine: str) -> bool:
    """Whether the platform has access to `engine`: it has a key or needs none."""
    card = registry.engines().get(engine)
    if card is None or card.secret is None:
        return True
    access = _platform_access(engine)
    return bool(access.key or access.endpoint)


def engines_without_access(secrets: SealedSecrets, config: AgentConfig) -> list[str]:
    """The engines of `config` without a key, on which calls cannot work.

    secrets: as for `without_access`.
    """
    return without_access(secrets, {config.stt, config.llm, config.tts})


def without_access(secrets: SealedSecrets, used: Collection[str]) -> list[str]:
    """The `used` engines without a key.

    secrets: the organization's; opened only where the platform itself has none. Raises
    SecretUnreadable.
    """
    return [
        engine
        for engine, card in registry.engines().items()
        if engine in used
        and card.secret
        and not platform_has_access(engine)
        and not secrets.reveal(card.secret.name)
    ]


def _platform_access(engine: str) -> Access:
    card = registry.ENGINES[engine]
    return Access(_setting(card.key_setting), _setting(card.address_setting))


def _setting(name: str) -> str:
    """The value of a setting that a card names; "" where it names none."""
    return str(getattr(settings, name)) if name else ""
