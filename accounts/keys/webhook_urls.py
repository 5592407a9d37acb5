"""The URL that a user pastes into Twilio's "A call comes in"."""

from urllib.parse import urlencode

from django.conf import settings


def webhook_url(key_text: str, *, agent_id: str | None = None) -> str:
    """The voice webhook for a key; with `agent_id` (public id) for that agent.

    key_text: the whole key, or a masked form of it for a page that may not show it.
    """
    query = {"api_key": key_text} | ({"agent_id": agent_id} if agent_id else {})
    return f"{settings.TWILIO_APP_URL}/api/twilio/voice?{urlencode(query)}"
