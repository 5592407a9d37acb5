"""What a call may use of providers: the organization's own keys first, else the platform's.

A key never goes to a server that it is not for. The platform's goes to the server in the settings,
an organization's to the provider's own or to the one that was stored with it, and the settings'
models are those of the settings' server.
"""

from dataclasses import replace

from django.conf import settings

from accounts.models import Organization, OrganizationSecret
from accounts.secrets.vault import Credential, SealedSecrets
from agents.engines.base import OPENAI_URL, Access, Credentials, EngineSetup
from agents.providers import platform_models
from agents.settings.config import AgentConfig

_Name = OrganizationSecret.Name


def platform_credentials() -> Credentials:
    """Provider access of the platform itself."""
    return Credentials(
        openai=Access(settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL),
        openai_stt_model=settings.OPENAI_STT_MODEL,
        openai_llm_model=settings.OPENAI_LLM_MODEL,
        openai_tts_model=settings.OPENAI_TTS_MODEL,
        openai_tts_format=settings.OPENAI_TTS_FORMAT,
        google=Access(settings.GOOGLE_APPLICATION_CREDENTIALS, settings.GOOGLE_TTS_ENDPOINT),
        ffmpeg_binary=settings.FFMPEG_BINARY,
    )


def credentials_of(org: Organization, secrets: SealedSecrets | None = None) -> Credentials:
    """Provider access for the calls of `org`. Reads the database unless given its `secrets`.

    Raises SecretUnreadable.
    """
    secrets = secrets or SealedSecrets(org)
    credentials = platform_credentials()
    for name in (_Name.OPENAI_API_KEY, _Name.GOOGLE_CREDENTIALS):
        if (own := secrets.credential(name)) is not None:
            credentials = with_own(credentials, name, own)
    return credentials


def with_own(credentials: Credentials, name: str, own: Credential) -> Credentials:
    """`credentials` with an organization's own pair of key and server as its secret `name`."""
    access = Access(
        own.value,
        own.endpoint,
        is_of_client=True,
        may_be_private=settings.ALLOW_PRIVATE_ENDPOINTS,
    )
    if name == _Name.GOOGLE_CREDENTIALS:
        return replace(credentials, google=access)
    if _is_one_server(own.endpoint, credentials.openai.endpoint):
        return replace(credentials, openai=access)
    return Credentials(
        openai=access, google=credentials.google, ffmpeg_binary=credentials.ffmpeg_binary
    )


def _is_one_server(endpoint: str, other: str) -> bool:
    return (endpoint or OPENAI_URL).rstrip("/") == (other or OPENAI_URL).rstrip("/")


def setup_of(
    org: Organization, config: AgentConfig, secrets: SealedSecrets | None = None
) -> EngineSetup:
    """What the engines of an agent of `org` are made from; on the platform's key, by its models.

    Reads the database unless given its `secrets`. Raises SecretUnreadable.
    """
    secrets = secrets or SealedSecrets(org)
    if platform_models.beyond(config.options) and not secrets.reveal(_Name.OPENAI_API_KEY):
        config = platform_models.within(config)
    return EngineSetup(config, credentials_of(org, secrets), org.public_id)


def platform_has_access(engine: str) -> bool:
    """Whether the platform itself may ask the providers of `engine`: it has a key or needs none."""
    match engine:
        case "openai":
            return bool(settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL)
        case "google":
            return bool(settings.GOOGLE_APPLICATION_CREDENTIALS or settings.GOOGLE_TTS_ENDPOINT)
    return True


def engines_without_access(secrets: SealedSecrets, config: AgentConfig) -> list[str]:
    """The engines of `config` that nobody has given a key for; a call on them cannot work.

    secrets: the organization's; opened only where the platform itself has none.
    """
    own_keys = {"openai": _Name.OPENAI_API_KEY, "google": _Name.GOOGLE_CREDENTIALS}
    return [
        engine
        for engine, own_key in own_keys.items()
        if engine in (config.stt, config.llm, config.tts)
        and not platform_has_access(engine)
        and not secrets.reveal(own_key)
    ]
