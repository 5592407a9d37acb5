"""The wire protocol of calls from a browser: 16-bit PCM at 16 kHz both ways, and JSON. Pure.

docs/try-it.md describes the protocol. The core uses mu-law at 8 kHz, so a test behaves like a
telephone call; recognisers and voices that support it use wide-band audio.
"""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from agents.engines.conversation import Role
from agents.speech.audio.resample import ToTelephone
from agents.speech.audio.wide_sound import WideSound
from agents.speech.audio.wide_voice import WideVoice
from agents.speech.audio.wideband import RATE, ToWideband
from telephony.calls.transport import Message
from telephony.session.events import (
    CallerGone,
    CallerTyped,
    DigitPressed,
    Event,
    FrameHeard,
    MarkPlayed,
)
from telephony.session.turns import TurnRecord, TurnState
from voicex.database.storable import storable_json
from voicex.errors import ProtocolError
from voicex.reasons.ends import EndReason

MAX_AUDIO_BYTES: Final = 2 * RATE  # a second
MAX_CONTROL_CHARACTERS: Final = 8_192
MAX_TEXT_CHARACTERS: Final = 2_000


class Start(msgspec.Struct, tag_field="event", tag="start"):
    """The first message, with the ticket."""

    ticket: Annotated[str, msgspec.Meta(max_length=400)]


class Mark(msgspec.Struct, tag_field="event", tag="mark"):
    """The playback has reached a mark."""

    name: Annotated[str, msgspec.Meta(max_length=64)]


class Text(msgspec.Struct, tag_field="event", tag="text"):
    """The caller typed a text."""

    text: Annotated[str, msgspec.Meta(max_length=MAX_TEXT_CHARACTERS)]


class Digit(msgspec.Struct, tag_field="event", tag="digit"):
    """The caller pressed a key, as on a telephone."""

    digit: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-D*#]\Z")]


class Stop(msgspec.Struct, tag_field="event", tag="stop"):
    """The caller hangs up."""


Control = Start | Mark | Text | Digit | Stop

_decoder: Final[msgspec.json.Decoder[Control]] = msgspec.json.Decoder(Control)
_encode: Final = msgspec.json.Encoder().encode
_MARK: Final = '{"event":"mark",'
_CLEAR: Final = '{"event":"clear"}'
# What the page has one word for.
_SHOWN_AS: Final = {
    TurnState.TRANSCRIBING: TurnState.THINKING,
    TurnState.LEAVING: TurnState.SPEAKING,
}


def decode(text: str) -> Control:
    """A control message. Raises ProtocolError, which never quotes what was sent."""
    if len(text) > MAX_CONTROL_CHARACTERS:
        raise ProtocolError(f"A message of {len(text)} characters; at most 8192 are allowed")
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        raise ProtocolError("Not a message of the browser's protocol") from None


def started(call_sid: str) -> str:
    """The answer to a good start; audio and text may come from now on."""
    return _json({"event": "started", "call_sid": call_sid, "sample_rate": RATE})


class BrowserTransport:
    """The transport of a call from a browser; a `telephony.calls.transport.Transport`."""

    takes_bytes = True

    def __init__(self, *, has_audio: bool) -> None:
        """has_audio: False for a caller who only types; audio is ignored then."""
        self.has_audio = has_audio
        self.lost_frames = 0  # no loss with TCP
        self.strange_messages = 0
        self.wide: Final = WideSound()
        self.wide_voice: Final = WideVoice()
        self._to_core = ToTelephone(RATE)
        self._to_browser = ToWideband()
        self._told: TurnState | None = None

    def read(self, message: Message) -> Event | None:
        """The event in a message: bytes are audio, text is control. Raises ProtocolError."""
        if isinstance(message, bytes):
            return self._hear(message)
        match decode(message):
            case Mark(name):
                return MarkPlayed(name)
            case Text(text):
                # NUL cannot be stored; white space of any kind is one space.
                words = " ".join(text.replace("\0", " ").split())
                return CallerTyped(words) if words else None
            case Digit(digit):
                return DigitPressed(digit)
            case Stop():
                return CallerGone(EndReason.STOP)
            case Start():  # a second one
                self.strange_messages += 1
                return None

    def _hear(self, pcm: bytes) -> FrameHeard | None:
        if len(pcm) % 2 or len(pcm) > MAX_AUDIO_BYTES:
            raise ProtocolError("Audio must be whole 16-bit samples, at most a second at once")
        if not self.has_audio:
            self.strange_messages += 1
            return None
        self.wide.push(pcm)
        payload = self._to_core.push(pcm)
        return FrameHeard(payload) if payload else None

    def play(self, payload: bytes, mark: str) -> Sequence[Message]:
        """PCM, and the mark that is to be echoed when it was played."""
        # A mark is named after the response that it ends a piece of.
        wide = self.wide_voice.take(mark.rpartition(":")[0], payload)
        return (self._to_browser.push(payload, wide), f'{_MARK}"name":"{mark}"}}')

    def clear(self) -> Message:
        """Empty the page's buffer."""
        self._to_browser = ToWideband()  # held-back audio belongs to the cancelled reply
        return _CLEAR

    def is_sound(self, message: Message) -> bool:
        """Whether an outgoing message is audio or a mark."""
        return isinstance(message, bytes) or message.startswith(_MARK)

    def show(self, turn: TurnRecord) -> Sequence[Message]:
        """The turn as far as it is known; one with its number is replaced."""
        if turn.role is Role.TOOL:
            return ()
        shown = {
            "event": "turn",
            "number": turn.number,
            "role": turn.role,
            "text": turn.text,
            "heard_text": turn.heard_text,
            "interrupted": turn.interrupted,
            "started_ms": turn.started_ms,
            "latency_ms": turn.latency_ms,
        }
        return (_json(shown),)

    def show_state(self, turn: TurnState) -> Sequence[Message]:
        """The state, when it is another than before."""
        shown = _SHOWN_AS.get(turn, turn)
        if shown is self._told:
            return ()
        self._told = shown
        return (_json({"event": "state", "state": shown}),)

    def end(self, reason: str) -> Sequence[Message]:
        """The reason, as the last message."""
        return (_json({"event": "ended", "reason": reason}),)


def _json(message: dict[str, object]) -> str:
    try:
        return _encode(message).decode()
    except (ValueError, OverflowError, TypeError, RecursionError):
        # Texts of models and recognisers may contain characters that cannot be encoded.
        return _encode(storable_json(message)).decode()
