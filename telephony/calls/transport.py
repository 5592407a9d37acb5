"""The protocol of a call's wire: messages in as events, commands out as messages. Pure.

`telephony.twilio.transport` speaks Twilio's Media Streams, `telephony.browser.stream` the
browser's protocol; the driver knows neither.
"""

from collections.abc import Sequence
from typing import Protocol

from telephony.session.events import Event
from telephony.session.turns import TurnRecord, TurnState

Message = str | bytes


class Transport(Protocol):
    """The wire of one call. One instance for each call, as it may keep state."""

    takes_bytes: bool  # False: a binary message must be text, too
    has_audio: bool  # see `session.events.CallOpened`
    lost_frames: int  # lost audio, as far as the protocol shows
    strange_messages: int  # well-formed, but of another call or unknown

    def read(self, message: Message) -> Event | None:
        """The event in a message; None if it has none. Raises ProtocolError for invalid
        messages.
        """
        ...

    def play(self, payload: bytes, mark: str) -> Sequence[Message]:
        """Audio (mu-law, 8 kHz mono) and the mark behind it."""
        ...

    def clear(self) -> Message:
        """Empty the peer's playback buffer."""
        ...

    def is_sound(self, message: Message) -> bool:
        """Whether an outgoing message is audio or a mark, which a clear discards."""
        ...

    def show(self, turn: TurnRecord) -> Sequence[Message]:
        """Show a new or changed turn, on transports with a display."""
        ...

    def show_state(self, turn: TurnState) -> Sequence[Message]:
        """Show whose turn it is; called after every event."""
        ...

    def end(self, reason: str) -> Sequence[Message]:
        """The last messages before the socket is closed. reason: a value of `EndReason`."""
        ...
