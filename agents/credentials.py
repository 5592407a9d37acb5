"""Which provider keys a call may use: the organization's own first, else the platform's."""

from django.conf import settings

from accounts.models import Organization, OrganizationSecret
from accounts.secrets import reveal_secret
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
