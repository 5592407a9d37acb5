"""What a call may use of providers: the organization's own keys first, else the platform's."""

from dataclasses import replace

from django.conf import settings

from accounts.models import Organization, OrganizationSecret
from accounts.secrets import SealedSecrets
from agents import platform_models
from agents.config import AgentConfig
from agents.engines.base import Credentials, EngineSetup

_Name = OrganizationSecret.Name


def platform_credentials() -> Credentials:
    """Provider access of the platform itself."""
    return Credentials(
        openai_api_key=settings.OPENAI_API_KEY,
        openai_base_url=settings.OPENAI_BASE_URL,
        openai_stt_model=settings.OPENAI_STT_MODEL,
        openai_llm_model=settings.OPENAI_LLM_MODEL,
        openai_tts_model=settings.OPENAI_TTS_MODEL,
        openai_tts_format=settings.OPENAI_TTS_FORMAT,
        google_credentials=settings.GOOGLE_APPLICATION_CREDENTIALS,
        google_endpoint=settings.GOOGLE_TTS_ENDPOINT,
        ffmpeg_binary=settings.FFMPEG_BINARY,
    )


def credentials_of(org: Organization, secrets: SealedSecrets | None = None) -> Credentials:
    """Provider access for the calls of `org`. Reads the database unless given its `secrets`.

    Raises SecretUnreadable.
    """
    secrets = secrets or SealedSecrets(org)
    platform = platform_credentials()
    return replace(
        platform,
        openai_api_key=secrets.reveal(_Name.OPENAI_API_KEY) or platform.openai_api_key,
        google_credentials=secrets.reveal(_Name.GOOGLE_CREDENTIALS) or platform.google_credentials,
    )


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
