"""The wire of a call as the driver sees it, read as events and written as messages. Pure.

`telephony.twilio.transport` speaks Twilio's Media Streams, `telephony.browser.stream` the
browser's protocol; the driver knows neither.
"""

from collections.abc import Sequence
from typing import Protocol

from telephony.session.events import Event
from telephony.session.turns import TurnRecord, TurnState

Message = str | bytes


class Transport(Protocol):
    """The wire of one call. One instance a call: it may count, and convert as a stream."""

    takes_bytes: bool  # False: a binary message ends the call
    has_audio: bool  # as in `session.events.CallOpened`
    lost_frames: int  # audio that never came, as far as the wire shows
    strange_messages: int  # well-formed, but not for this call or not known

    def read(self, message: Message) -> Event | None:
        """The event in a message; None for one without. Raises ProtocolError for garbage."""
        ...

    def play(self, payload: bytes, mark: str) -> Sequence[Message]:
        """Audio (mu-law, 8 kHz mono) and the mark behind it."""
        ...

    def clear(self) -> Message:
        """Empty the other side's buffer."""
        ...

    def is_sound(self, message: Message) -> bool:
        """Whether an outgoing message is audio or a mark, which a clear takes back."""
        ...

    def show(self, turn: TurnRecord) -> Sequence[Message]:
        """A turn, new or changed, for a transport on which the caller can read."""
        ...

    def show_state(self, turn: TurnState) -> Sequence[Message]:
        """Whose turn it is now; called after every event."""
        ...

    def end(self, reason: str) -> Sequence[Message]:
        """The last messages before the socket is closed. reason: a value of `EndReason`."""
        ...
