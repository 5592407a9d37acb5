"""Twilio as a carrier: its forms, its signature, TwiML, and its media streams."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

from django.http import HttpRequest

from accounts.models import OrganizationSecret
from telephony.carriers.answers import Answer
from telephony.carriers.base import Connection, IncomingCall, Report, StreamStart, Waiting
from telephony.carriers.numbers import Numbers
from telephony.carriers.transfers import Transfers
from telephony.twilio import mediastream, rest, twiml
from telephony.twilio.dial import DIAL, TERMINAL, XML, word_of
from telephony.twilio.forms import (
    call_form,
    call_sid_of,
    claimed_call_sid,
    claimed_call_sids,
    posted_form,
    requested_url,
    text_of,
)
from telephony.twilio.signatures import signature_is_valid
from telephony.twilio.transport import TwilioTransport
from voicex.reasons.ends import EndReason

STREAM_OVER: Final = {
    "stream-stopped": EndReason.STREAM_STOPPED,
    "stream-error": EndReason.STREAM_ERROR,
}
# https://www.twilio.com/docs/voice/answering-machine-detection: only of calls that the client
# placed, and only where it asked who answers.
MACHINES: Final = ("machine", "fax")
LONGEST_URL: Final = 800  # ours have some 250, and a host as long as it may be
# https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys
OTHER_KEY: Final = "HTTP_X_TWILIO_WEBHOOKS_SIGNATURE_SETTINGS"


class Twilio:
    """A `telephony.carriers.base.Carrier`."""

    name: str = "twilio"
    token_names: Sequence[str] = (
        OrganizationSecret.Name.TWILIO_AUTH_TOKEN,
        OrganizationSecret.Name.TWILIO_AUTH_TOKEN_NEXT,
    )
    numbers: Numbers = rest
    transfers: Transfers | None = DIAL

    def claimed_call_id(self, request: HttpRequest) -> str:
        """The claimed CallSid in the body, "" without one."""
        return claimed_call_sid(request)

    def call_ids_in(self, body: bytes) -> Sequence[str]:
        """The CallSid and the ParentCallSid."""
        return claimed_call_sids(body)

    def read_call(self, request: HttpRequest) -> IncomingCall:
        """The call that the voice webhook is asked about."""
        form = posted_form(request)
        is_machine = "AnsweredBy" in form and word_of(form, "AnsweredBy").startswith(MACHINES)
        return replace(
            call_form(form),
            is_over=is_machine or word_of(form, "CallStatus") in TERMINAL,
            failed_url=text_of(form, "ErrorUrl", longest=LONGEST_URL) if "ErrorUrl" in form else "",
            is_signed_otherwise=self.is_signed_otherwise(request),
        )

    def read_after(self, request: HttpRequest) -> Report:
        """Read the request of `<Connect action>`: the stream has ended."""
        form = posted_form(request)
        status = word_of(form, "CallStatus")
        return Report(call_sid_of(form), TERMINAL.get(status), {"after_status": status})

    def read_stream_status(self, request: HttpRequest) -> Report:
        """Read a `<Stream statusCallback>`: the only report about a stream whose handshake
        failed.
        """
        form = posted_form(request)
        event = word_of(form, "StreamEvent")
        evidence: dict[str, Any] = {"stream_event": event}
        if event == "stream-error":
            evidence["stream_error"] = text_of(form, "StreamError", longest=500)
        stream_sid = text_of(form, "StreamSid", longest=64)
        return Report(call_sid_of(form), STREAM_OVER.get(event), evidence, stream_sid)

    def read_status(self, request: HttpRequest) -> Report:
        """Read the number's "Call status changes": how the call ended, and its duration."""
        form = posted_form(request)
        status = word_of(form, "CallStatus")
        evidence: dict[str, Any] = {"status": status}
        seconds = text_of(form, "CallDuration", longest=9).strip()
        if seconds.isascii() and seconds.isdecimal():
            evidence["duration_s"] = int(seconds)
        return Report(call_sid_of(form), TERMINAL.get(status), evidence)

    def is_signed(self, request: HttpRequest, *, tokens: Collection[str]) -> bool:
        """Whether `X-Twilio-Signature` was made with one of `tokens`."""
        return signature_is_valid(
            tokens=tokens,
            url=requested_url(request),
            params=request.POST,
            signature=request.headers.get("X-Twilio-Signature"),
        )

    def signature_in(self, request: HttpRequest) -> str:
        """The header `X-Twilio-Signature`."""
        return request.headers.get("X-Twilio-Signature", "")

    def is_signed_otherwise(self, request: HttpRequest) -> bool:
        """Whether a Webhook Rule of the client's has Twilio sign with a key of its own."""
        return OTHER_KEY in request.META

    def connect(self, connection: Connection) -> Answer:
        """TwiML that opens the media stream."""
        return Answer(
            twiml.connect(
                stream_url=connection.stream_url,
                ticket=connection.ticket,
                action_url=connection.after_url,
                status_url=connection.status_url,
            ),
            XML,
        )

    def say_and_hang_up(self, sentence: str, *, language: str = "") -> Answer:
        """TwiML that speaks one sentence and ends the call."""
        return Answer(twiml.say_and_hang_up(sentence, language=language), XML)

    def hang_up(self) -> Answer:
        """TwiML that ends the call."""
        return Answer(twiml.hang_up(), XML)

    def reject_as_busy(self) -> Answer:
        """TwiML that leaves the call unanswered, which Twilio does not charge."""
        return Answer(twiml.reject_as_busy(), XML)

    def keep_waiting(self, waiting: Waiting) -> Answer:
        """TwiML that speaks, plays the music, and asks again."""
        return Answer(twiml.keep_waiting(waiting), XML)

    def read_start(self, text: str) -> StreamStart | None:
        """The handshake in `start`; None for messages before it."""
        message = mediastream.decode(text)
        if not isinstance(message, mediastream.Start):
            return None
        mediastream.check_start(message)
        return StreamStart(
            call_id=message.start.call_sid,
            account_id=message.start.account_sid,
            stream_id=message.stream_sid,
            ticket=message.start.ticket,
            transport=TwilioTransport(message.stream_sid),
        )


TWILIO: Final = Twilio()
