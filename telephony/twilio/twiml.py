"""The TwiML documents that answer a webhook, as text.

Each is a pure function of its arguments: a webhook that comes twice gets the same bytes.
"""

from twilio.twiml.voice_response import VoiceResponse


def connect(*, stream_url: str, ticket: str, action_url: str, status_url: str) -> str:
    """Open the media stream at `stream_url`, with the ticket among its parameters.

    Twilio asks `action_url` when the stream has ended, and reports to `status_url` when it started,
    stopped or failed.
    """
    response = VoiceResponse()
    stream = response.connect(action=action_url, method="POST").stream(
        url=stream_url, status_callback=status_url, status_callback_method="POST"
    )
    # Not in the URL: Twilio drops the query of a stream URL (error 31920).
    stream.parameter(name="ticket", value=ticket)
    return str(response)


def say_and_hang_up(sentence: str, *, language: str = "") -> str:
    """Speak one sentence (why there is no answer, or an apology) and end the call.

    language: as Twilio names it, "de-DE"; "" for its default.
    """
    response = VoiceResponse()
    response.say(sentence, **({"language": language} if language else {}))
    response.hangup()
    return str(response)


def hang_up() -> str:
    """End the call."""
    response = VoiceResponse()
    response.hangup()
    return str(response)
