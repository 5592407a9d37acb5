"""The URL for Twilio's console."""

from accounts.keys.webhook_urls import webhook_url


def test_the_url_is_as_the_documentation_shows_it(settings):
    settings.TWILIO_APP_URL = "https://abc123.ngrok.io"
    assert webhook_url("vx_a1b2") == "https://abc123.ngrok.io/api/twilio/voice?api_key=vx_a1b2"
    assert (
        webhook_url("vx_a1b2", agent_id="664a1234abcd")
        == "https://abc123.ngrok.io/api/twilio/voice?api_key=vx_a1b2&agent_id=664a1234abcd"
    )
