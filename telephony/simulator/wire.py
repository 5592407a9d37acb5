"""The messages of Twilio Media Streams, built exactly and checked strictly. Pure.

Twilio writes every number as a string, except inside `mediaFormat`
(https://www.twilio.com/docs/voice/media-streams/websocket-messages).
"""

import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from telephony.simulator.codes import CarrierError
from telephony.simulator.sound.loudness import FRAME_MS

CONNECTED: Final = '{"event":"connected","protocol":"Call","version":"1.0.0"}'
# The one message that is sent fifty times a second by each caller.
_MEDIA: Final = (
    '{"event":"media","sequenceNumber":"%d","media":{"track":"inbound",'
    '"chunk":"%d","timestamp":"%d","payload":"%s"},"streamSid":"%s"}'
)


class MessageWriter:
    """Builds what Twilio sends on one stream; counts sequence numbers and chunks."""

    def __init__(self, *, stream_sid: str, call_sid: str, account_sid: str) -> None:
        self.stream_sid = stream_sid
        self._call_sid = call_sid
        self._account_sid = account_sid
        self._sequence = 0
        self._chunk = 0

    def start(self, parameters: Mapping[str, str]) -> str:
        """The `start` message; `parameters` are the <Parameter>s of the TwiML."""
        return self._message(
            "start",
            start={
                "accountSid": self._account_sid,
                "streamSid": self.stream_sid,
                "callSid": self._call_sid,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": dict(parameters),
            },
        )

    def media(self, payload: str) -> str:
        """20 ms of caller audio; `payload` is base64 of 160 mu-law bytes.

        The timestamp is the media clock: it counts frames, so a late frame does not shift it.
        """
        self._sequence += 1
        self._chunk += 1
        chunk = self._chunk
        return _MEDIA % (self._sequence, chunk, chunk * FRAME_MS, payload, self.stream_sid)

    def lose_media(self) -> None:
        """A frame was thrown away: its numbers are used up, as on Twilio's side."""
        self._sequence += 1
        self._chunk += 1

    def dtmf(self, digit: str) -> str:
        """A key was pressed."""
        return self._message("dtmf", dtmf={"track": "inbound_track", "digit": digit})

    def mark(self, name: str) -> str:
        """Everything before the server's mark `name` was played, or flushed by `clear`."""
        return self._message("mark", mark={"name": name})

    def stop(self) -> str:
        """The stream has ended."""
        return self._message(
            "stop", stop={"accountSid": self._account_sid, "callSid": self._call_sid}
        )

    def _message(self, event: str, **body: dict[str, Any]) -> str:
        self._sequence += 1
        message = {"event": event, "sequenceNumber": str(self._sequence)}
        return json.dumps(message | body | {"streamSid": self.stream_sid}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Media:
    """The server wants `audio` (mu-law, 8 kHz) played."""

    audio: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """The server wants to know when playback gets here."""

    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    """The server wants the buffer emptied."""


ServerMessage = Media | Mark | Clear

# Which object each event carries beside `event` and `streamSid`, and its only field.
_BODIES: Final = {"media": "payload", "mark": "name", "clear": ""}


def read(message: str | bytes, *, stream_sid: str) -> ServerMessage:
    """What the server says. Raises CarrierError for whatever Twilio would warn about."""
    if isinstance(message, bytes):
        raise CarrierError(31950, f"a binary frame of {len(message)} bytes")
    try:
        document = msgspec.json.decode(message)
    except msgspec.DecodeError as error:
        raise CarrierError(31950, f"a text frame that is not JSON ({error})") from error
    if not isinstance(document, dict):
        raise CarrierError(31951, "a message that is not a JSON object")
    event = document.get("event")
    if not isinstance(event, str) or event not in _BODIES:
        raise CarrierError(31951, f"a message with the unknown event {event!r}")
    field = _BODIES[event]
    _exactly(document, {"event", "streamSid"} | ({event} if field else set()), f"a {event} message")
    if document["streamSid"] != stream_sid:
        raise CarrierError(31951, f"a {event} message for stream {document['streamSid']!r}")
    if not field:
        return Clear()
    body = document[event]
    if not isinstance(body, dict):
        raise CarrierError(31951, f"a {event} message whose {event!r} is not an object")
    _exactly(body, {field}, f"the {event!r} of a {event} message")
    value = body[field]
    if not isinstance(value, str) or not value:
        raise CarrierError(31951, f"a {event} message whose {field} is not a non-empty string")
    return Mark(value) if event == "mark" else Media(_audio(value))


def _exactly(document: dict[str, Any], fields: set[str], what: str) -> None:
    if missing := sorted(fields - document.keys()):
        raise CarrierError(31951, f"{what} without {', '.join(missing)}")
    if extra := sorted(document.keys() - fields):
        raise CarrierError(31951, f"{what} with the extra field {', '.join(extra)}")


def _audio(payload: str) -> bytes:
    try:
        return binascii.a2b_base64(payload, strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise CarrierError(31951, f"a media payload that is not base64 ({error})") from error
