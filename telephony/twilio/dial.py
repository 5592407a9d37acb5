"""Twilio's `<Dial>`: a line to a person, the announcement to that person, and the result.

https://www.twilio.com/docs/voice/twiml/dial and .../number. The `url` of `<Number>` is requested
for the person's own call, a child of the caller's: its CallSid is another one, and ParentCallSid
is the caller's. A document that ends there connects the two; `<Hangup>` ends the child's call
alone, and the caller's continues with `<Dial action>`, where DialBridged says that they were never
connected.
"""

import re
from collections.abc import Sequence
from typing import Final

from django.http import HttpRequest, QueryDict

from telephony.carriers.answers import Answer
from telephony.carriers.transfers import Dialing, DialReport, DialStatus, PersonReport
from telephony.twilio import twiml
from telephony.twilio.forms import call_sid_of, parent_call_sid_of, posted_form, text_of
from voicex.reasons.ends import EndReason

XML: Final = "text/xml; charset=utf-8"
# https://www.twilio.com/docs/voice/twiml#callstatus-values, those after which nothing comes,
# and the reason that each of them is for the end of the call.
TERMINAL: Final = {
    "completed": EndReason.CARRIER_COMPLETED,
    "busy": EndReason.CARRIER_BUSY,
    "failed": EndReason.CARRIER_FAILED,
    "no-answer": EndReason.CARRIER_NO_ANSWER,
    "canceled": EndReason.CARRIER_CANCELED,
}
# "answered": the caller was connected to the person, and left by a key.
_DIALED: Final = {
    "completed": DialStatus.ANSWERED,
    "answered": DialStatus.ANSWERED,
    "busy": DialStatus.BUSY,
    "no-answer": DialStatus.NO_ANSWER,
    "canceled": DialStatus.NO_ANSWER,
    "failed": DialStatus.FAILED,
}
_KEY: Final = re.compile(r"[0-9*#]")


class TwilioTransfers:
    """A `telephony.carriers.transfers.Transfers`."""

    def read_dialed(self, request: HttpRequest) -> DialReport:
        """Read the request of `<Dial action>`. Unknown statuses count as not answered."""
        form = posted_form(request)
        bridged = word_of(form, "DialBridged")
        seconds = text_of(form, "DialCallDuration", longest=9).strip()
        return DialReport(
            call_id=call_sid_of(form),
            status=_DIALED.get(word_of(form, "DialCallStatus"), DialStatus.FAILED),
            was_connected={"true": True, "false": False}.get(bridged),
            seconds=int(seconds) if seconds.isascii() and seconds.isdecimal() else 0,
            is_caller_gone=word_of(form, "CallStatus") in TERMINAL,
            is_silent="DialCallStatus" not in form,
        )

    def read_person(self, request: HttpRequest) -> PersonReport:
        """Read the request of the dialled line's `url`, or of its `<Gather>`."""
        form = posted_form(request)
        digits = text_of(form, "Digits").strip()
        key = digits if _KEY.fullmatch(digits) else ""
        return PersonReport(parent_call_sid_of(form), key)

    def dial(self, line: Dialing) -> Answer:
        """TwiML that dials the line."""
        return Answer(twiml.dial(line), XML)

    def announce(self, sentences: Sequence[str], *, language: str, key_url: str) -> Answer:
        """TwiML that announces the call to the person, and waits for a key."""
        return Answer(twiml.announce(sentences, language=language, key_url=key_url), XML)

    def connect_person(self) -> Answer:
        """An empty document, which connects the person."""
        return Answer(twiml.nothing(), XML)


def word_of(form: QueryDict, field: str) -> str:
    """One of Twilio's words, case-insensitive."""
    return text_of(form, field).strip().lower()


DIAL: Final = TwilioTransfers()
