"""Twilio Media Streams on the wire: JSON text to typed messages and back. Pure.

https://www.twilio.com/docs/voice/media-streams/websocket-messages. Every number is a
string there, except inside `mediaFormat`; carriers that speak the same protocol write some the
other way, so both are read. What we send carries exactly the documented fields, for Twilio
warns (31951) about any other.
"""

import re
from base64 import b64encode, urlsafe_b64decode
from typing import Annotated, Any, Final

import msgspec

from voicex.errors import ProtocolError

MAX_MESSAGE_CHARACTERS: Final = 65_536
LONGEST_TOLD: Final = 64  # characters of a mark's name, or of a key
# Bounded, because Python refuses to parse numbers with thousands of digits.
SequenceNumber = Annotated[str, msgspec.Meta(max_length=20)] | int | float | None
Number = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,9}\Z")] | int
MU_LAW: Final = frozenset({"audio/x-mulaw", "audio/mulaw", "audio/pcmu", "audio/basic"})
_DIGIT: Final = re.compile(r"[0-9A-D*#]")
_QUOTED: Final = re.compile("'.*'", re.DOTALL)
_BYTE_ORDER_MARK: Final = "\ufeff"
_STREAM_SID: Final = re.compile(r"[A-Za-z0-9_-]{2,64}")


class Connected(msgspec.Struct, tag_field="event", tag="connected"):
    """The first message of a stream."""


class MediaFormat(msgspec.Struct):
    """How the caller's audio is coded; anything but mu-law at 8 kHz mono is refused."""

    encoding: str = "audio/x-mulaw"
    sampleRate: Number = 8000  # noqa: N815 - the wire's own name
    channels: Number = 1


class StartDetails(msgspec.Struct, rename="camel"):
    """What the stream belongs to."""

    call_sid: str
    account_sid: str = ""
    stream_sid: str = ""
    custom_parameters: dict[str, Any] | None = None
    media_format: MediaFormat | None = None

    @property
    def ticket(self) -> str:
        """Our own parameter; "" without one."""
        ticket = (self.custom_parameters or {}).get("ticket")
        return ticket if isinstance(ticket, str) else ""


class Start(msgspec.Struct, rename="camel", tag_field="event", tag="start"):
    """The second message: identity and the parameters of our own TwiML."""

    stream_sid: str
    start: StartDetails


class MediaPayload(msgspec.Struct):
    """payload: mu-law, 8 kHz mono (bytes); base64 is checked while it is decoded."""

    payload: bytes
    track: str | None = None


class Media(msgspec.Struct, rename="camel", tag_field="event", tag="media"):
    """Usually 20 ms of the caller's audio. stream_sid: "" or None where a gateway leaves it out."""

    media: MediaPayload
    stream_sid: str | None = ""
    sequence_number: SequenceNumber = "0"


class DtmfDigit(msgspec.Struct):
    """One key of the caller's phone."""

    digit: Annotated[str, msgspec.Meta(max_length=8)] | int

    @property
    def key(self) -> str:
        """The key as telephones have it; "" for what is none."""
        key = str(self.digit).strip().upper()
        return key if _DIGIT.fullmatch(key) else ""


class Dtmf(msgspec.Struct, rename="camel", tag_field="event", tag="dtmf"):
    """The caller pressed a key."""

    dtmf: DtmfDigit
    stream_sid: str | None = ""
    sequence_number: SequenceNumber = "0"


class MarkName(msgspec.Struct):
    """The name that we gave."""

    name: Annotated[str, msgspec.Meta(max_length=64)]


class Mark(msgspec.Struct, rename="camel", tag_field="event", tag="mark"):
    """Our mark was reached in playback, or flushed by `clear`."""

    mark: MarkName
    stream_sid: str | None = ""
    sequence_number: SequenceNumber = "0"


class Stop(msgspec.Struct, rename="camel", tag_field="event", tag="stop"):
    """The stream has ended. May never come."""

    stream_sid: str | None = ""
    sequence_number: SequenceNumber = "0"


Message = Connected | Start | Media | Dtmf | Mark | Stop

_decoder: Final[msgspec.json.Decoder[Message]] = msgspec.json.Decoder(Message)


class _AnyEvent(msgspec.Struct, rename="camel"):
    event: str
    stream_sid: Any = ""
    media: Any = None
    mark: Any = None
    dtmf: Any = None


_event_decoder: Final = msgspec.json.Decoder(_AnyEvent)
_KNOWN: Final = frozenset({"connected", "start", "media", "dtmf", "mark", "stop"})


def decode(message: str | bytes) -> Message | None:
    """What `message` says; None for an event that we do not know, which is passed over.

    Some gateways send the JSON in binary frames, leave fields out, or write them in another type.
    Raises ProtocolError for what cannot be read: not JSON, a start without its fields, sound that
    is no base64, deep nesting, more than 64 KB.
    """
    text = message if isinstance(message, str) else message.decode("utf-8", "replace")
    if len(text) > MAX_MESSAGE_CHARACTERS:
        raise ProtocolError(f"A message of {len(text)} characters; at most 65536 are allowed")
    try:
        return _decoder.decode(text)
    except msgspec.ValidationError as error:
        return _read_otherwise(text, error)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        if text.startswith(_BYTE_ORDER_MARK):
            return decode(text.lstrip(_BYTE_ORDER_MARK))
        raise ProtocolError(f"Not JSON: {error}") from None
    except RecursionError:
        raise ProtocolError("A message nested too deeply") from None


def _read_otherwise(text: str, error: msgspec.ValidationError) -> Message | None:
    """What a message says whose fields are not as documented; None: nothing.

    error: why they are not. Raises ProtocolError for sound that cannot be read, and a start.
    """
    try:
        found = _event_decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        found = None  # what comes after the wrong field is not even JSON
    if found is not None:
        sid = found.stream_sid if isinstance(found.stream_sid, str) else ""
        match found.event:
            case "media" if (sound := _sound_in(found.media)) is not None:
                return Media(sound, sid)
            case "mark" | "dtmf":
                return _told(found, sid)
            case "stop":
                return Stop(sid)
            case event if event not in _KNOWN:
                return None
    # Without the content, which may be a ticket or speech, as this message is logged.
    problem = _QUOTED.sub("'...'", str(error))
    raise ProtocolError(f"Not a Media Streams message: {problem}") from None


def _sound_in(media: object) -> MediaPayload | None:
    """The sound in Base64 as other libraries write it; None for what is none."""
    if not isinstance(media, dict) or not isinstance(payload := media.get("payload"), str):
        return None
    letters = payload.translate(_OF_URLS)
    if not _BASE64.fullmatch(letters) or len(letters) % 4 == 1:
        return None
    track = media.get("track")
    sound = urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
    return MediaPayload(sound, track if isinstance(track, str) else None)


_OF_URLS: Final = str.maketrans("+/", "-_", "= \r\n\t")
_BASE64: Final = re.compile(r"[A-Za-z0-9_-]+")


def _told(found: _AnyEvent, sid: str) -> Message | None:
    """A mark or a key, in another form than documented; None where it has neither."""
    name = "mark" if found.event == "mark" else "dtmf"
    value = getattr(found, name)
    value = value.get("name" if name == "mark" else "digit") if isinstance(value, dict) else value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    said = str(int(value) if isinstance(value, float) and value.is_integer() else value)
    if len(said) > LONGEST_TOLD:
        return None
    return Mark(MarkName(said), sid) if name == "mark" else Dtmf(DtmfDigit(said[:8]), sid)


def check_start(message: Start) -> None:
    """Raise ProtocolError if the stream's id or media format is not supported."""
    if not _STREAM_SID.fullmatch(message.stream_sid):
        raise ProtocolError("streamSid must be 2 to 64 letters, digits, - or _")
    sent = message.start.media_format or MediaFormat()
    is_mu_law = sent.encoding.strip().lower() in MU_LAW
    if not is_mu_law or (int(sent.sampleRate), int(sent.channels)) != (8000, 1):
        raise ProtocolError("mediaFormat must be audio/x-mulaw, 8000, 1 channel")


class Encoder:
    """Builds our three kinds of messages. One instance for each stream."""

    def __init__(self, stream_sid: str) -> None:
        # Only the checked streamSid and base64 enter the templates: nothing needs escaping.
        self._media = f'{{"event":"media","streamSid":"{stream_sid}","media":{{"payload":"'
        self._mark = f'{{"event":"mark","streamSid":"{stream_sid}","mark":{{"name":"'
        self._clear = f'{{"event":"clear","streamSid":"{stream_sid}"}}'

    def media(self, payload: bytes) -> str:
        """payload: mu-law, 8 kHz mono, any length (bytes)."""
        return f'{self._media}{b64encode(payload).decode("ascii")}"}}}}'

    def mark(self, name: str) -> str:
        """name: letters, digits and colons only, as `Playout` makes it."""
        return f'{self._mark}{name}"}}}}'

    def clear(self) -> str:
        """Empty the carrier's buffer."""
        return self._clear
