"""Which provider keys a call may use: the organization's own first, else the platform's."""

from django.conf import settings

from accounts.models import Organization, OrganizationSecret
from accounts.secrets import reveal_secret
from agents.config import AgentConfig
from agents.engines.base import Credentials

_Name = OrganizationSecret.Name


def credentials_of(org: Organization) -> Credentials:
    """Provider access for the calls of `org`. Reads the database."""
    return Credentials(
        openai_api_key=reveal_secret(org, name=_Name.OPENAI_API_KEY) or settings.OPENAI_API_KEY,
        openai_base_url=settings.OPENAI_BASE_URL,
        openai_stt_model=settings.OPENAI_STT_MODEL,
        openai_llm_model=settings.OPENAI_LLM_MODEL,
        openai_tts_model=settings.OPENAI_TTS_MODEL,
        openai_tts_format=settings.OPENAI_TTS_FORMAT,
        google_credentials=(
            reveal_secret(org, name=_Name.GOOGLE_CREDENTIALS)
            or settings.GOOGLE_APPLICATION_CREDENTIALS
        ),
        google_endpoint=settings.GOOGLE_TTS_ENDPOINT,
        ffmpeg_binary=settings.FFMPEG_BINARY,
    )


def engines_without_access(org: Organization | None, config: AgentConfig) -> list[str]:
    """The engines of `config` that nobody has given a key for; a call on them cannot work.

    Reads the organization's secrets only where the platform itself has none; without an
    `org` it asks about the platform alone.
    """
    needs = {
        "openai": (
            _Name.OPENAI_API_KEY,
            settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL,
        ),
        "google": (
            _Name.GOOGLE_CREDENTIALS,
            settings.GOOGLE_APPLICATION_CREDENTIALS or settings.GOOGLE_TTS_ENDPOINT,
        ),
    }
    chosen = [name for name in needs if name in (config.stt, config.llm, config.tts)]
    return [
        name
        for name in chosen
        if not needs[name][1] and not (org and reveal_secret(org, name=needs[name][0]))
    ]
