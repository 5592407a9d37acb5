"""Builds the TwiML documents that answer webhooks.

Each is a pure function of its arguments: a webhook that comes twice gets the same bytes.
"""

from collections.abc import Sequence
from typing import Final

from twilio.twiml.voice_response import VoiceResponse

from telephony.carriers.base import Waiting
from telephony.carriers.transfers import Dialing

KEY_SECONDS: Final = 5  # that a person has for a key, once all was said
MOST_SENTENCES: Final = 5
# To the time for which a line may ring Twilio adds so much of its own; less than that it cannot be.
ADDED_SECONDS: Final = 5


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


def reject_as_busy() -> str:
    """The busy tone, for a call that was not answered."""
    response = VoiceResponse()
    response.reject(reason="busy")
    return str(response)


def keep_waiting(waiting: Waiting) -> str:
    """Say the sentences, play the music, then ask `next_url`."""
    response = VoiceResponse()
    spoken = {"language": waiting.language} if waiting.language else {}
    for sentence in waiting.sentences[:MOST_SENTENCES]:
        response.say(sentence, **spoken)
    if waiting.times:  # Twilio plays for ever what it is to play 0 times
        response.play(waiting.music_url, loop=waiting.times)
    response.redirect(waiting.next_url, method="POST")
    return str(response)


def dial(line: Dialing) -> str:
    """Dial a line, and connect the caller to it; then ask its `after_url` what to do.

    Without one the call ends with the line.
    """
    response = VoiceResponse()
    caller = {"caller_id": line.caller_number} if line.caller_number else {}
    after = {"action": line.after_url, "method": "POST"} if line.after_url else {}
    seconds = max(ADDED_SECONDS, line.seconds - ADDED_SECONDS)
    dialed = response.dial(timeout=seconds, answer_on_bridge=True, **after, **caller)
    announced = {"url": line.announce_url, "method": "POST"} if line.announce_url else {}
    if line.address.startswith("sip"):
        dialed.sip(line.address, **announced)
    else:
        keys = {"send_digits": line.digits} if line.digits else {}
        dialed.number(line.address, **announced, **keys)
    return str(response)


def announce(sentences: Sequence[str], *, language: str, key_url: str) -> str:
    """Say the sentences twice, while one key is waited for; without one end the call."""
    response = VoiceResponse()
    spoken = {"language": language} if language else {}
    gather = response.gather(
        action=key_url, method="POST", input="dtmf", num_digits=1, timeout=KEY_SECONDS
    )
    for _ in range(2):
        for sentence in sentences[:MOST_SENTENCES]:
            gather.say(sentence, **spoken)
        gather.pause(length=1)
    response.hangup()
    return str(response)


def nothing() -> str:
    """A document without a verb: what follows is the carrier's."""
    return str(VoiceResponse())
