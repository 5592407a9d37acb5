"""The courier as a carrier."""

import hashlib
import hmac
import json
import re
from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec
from django.http import HttpRequest

from telephony.carriers.answers import Answer
from telephony.carriers.base import Connection, IncomingCall, Report, StreamStart, Waiting
from telephony.carriers.numbers import Numbers
from telephony.twilio import rest
from tests.made_up.courier.transport import CourierTransport
from voicex.errors import Malformed, ProtocolError
from voicex.reasons.ends import EndReason

JSON: Final = "application/json"
OVER: Final = {"done": EndReason.CARRIER_COMPLETED, "lost": EndReason.CARRIER_FAILED}


class Begin(msgspec.Struct):
    """The first message of a stream."""

    call: str
    account: str
    stream: str
    secret: str


class Courier:
    """A `telephony.carriers.base.Carrier`."""

    name: str = "courier"
    token_names: Sequence[str] = ()
    numbers: Numbers = rest  # it has none of its own
    transfers = None  # it puts no callers through

    def claimed_call_id(self, request: HttpRequest) -> str:
        try:
            return self.read_call(request).call_id
        except Malformed:
            return ""

    def call_ids_in(self, body: bytes) -> Sequence[str]:
        return [each.decode() for each in re.findall(rb'"call": ?"([^"]{1,64})"', body)[:3]]

    def read_call(self, request: HttpRequest) -> IncomingCall:
        posted = _posted(request)
        return IncomingCall(
            _text(posted, "call"),
            _text(posted, "account"),
            _text(posted, "caller"),
            _text(posted, "called"),
        )

    def read_after(self, request: HttpRequest) -> Report:
        return self.read_status(request)

    def read_stream_status(self, request: HttpRequest) -> Report:
        return self.read_status(request)

    def read_status(self, request: HttpRequest) -> Report:
        posted = _posted(request)
        state = _text(posted, "state")
        return Report(_text(posted, "call"), OVER.get(state), {"state": state})

    def is_signed(self, request: HttpRequest, *, tokens: Collection[str]) -> bool:
        given = self.signature_in(request)
        return any(hmac.compare_digest(sign(token, request.body), given) for token in tokens)

    def signature_in(self, request: HttpRequest) -> str:
        return request.headers.get("X-Courier-Signature", "")

    def is_signed_otherwise(self, request: HttpRequest) -> bool:
        return False

    def connect(self, connection: Connection) -> Answer:
        return _answer(
            do="connect",
            stream=connection.stream_url,
            secret=connection.ticket,
            then=connection.after_url,
            tell=connection.status_url,
        )

    def say_and_hang_up(self, sentence: str, *, language: str = "") -> Answer:
        return _answer(do="say", text=sentence, language=language or "en-US")

    def hang_up(self) -> Answer:
        return _answer(do="hang up")

    def reject_as_busy(self) -> Answer:
        return _answer(do="be busy")

    def keep_waiting(self, waiting: Waiting) -> Answer:
        return _answer(
            do="play",
            say=list(waiting.sentences),
            sound=waiting.music_url,
            times=waiting.times,
            then=waiting.next_url,
        )

    def read_start(self, text: str) -> StreamStart | None:
        try:
            begin = msgspec.json.decode(text, type=dict[str, Begin])["begin"]
        except (msgspec.MsgspecError, KeyError) as error:
            raise ProtocolError("The first message must be begin") from error
        return StreamStart(
            begin.call, begin.account, begin.stream, begin.secret, CourierTransport(begin.stream)
        )


def sign(token: str, body: bytes) -> str:
    """The courier's signature of a request."""
    return hmac.new(token.encode(), body, hashlib.sha256).hexdigest()


def _posted(request: HttpRequest) -> dict[str, Any]:
    try:
        posted = json.loads(request.body)
    except ValueError as error:
        raise Malformed("The body must be JSON.") from error
    if not isinstance(posted, dict):
        raise Malformed("The body must be a JSON object.")
    return posted


def _text(posted: dict[str, Any], field: str) -> str:
    value = posted.get(field)
    if not isinstance(value, str) or len(value) > 64 or not value.isprintable():
        raise Malformed(f"{field} must be a text of at most 64 characters.")
    return value


def _answer(**what: str) -> Answer:
    return Answer(json.dumps(what), JSON)


COURIER: Final = Courier()
