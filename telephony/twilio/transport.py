"""The transport of Twilio's media streams: messages to events, commands to messages."""

from collections.abc import Sequence
from typing import Final

from telephony.calls.transport import Message
from telephony.session.events import CallerGone, DigitPressed, Event, FrameHeard, MarkPlayed
from telephony.session.turns import TurnRecord, TurnState
from telephony.twilio import mediastream
from voicex.reasons.ends import EndReason

# An hour of frames: a larger gap in the sequence is a wrong count, and no loss.
MOST_AHEAD: Final = 200_000
LARGEST_SEQUENCE: Final = 2**53  # what a number in JSON counts exactly


class TwilioTransport:
    """One stream, a `telephony.calls.transport.Transport`; Twilio can show nothing, so much of it
    is empty.
    """

    takes_bytes = False
    has_audio = True

    def __init__(self, stream_sid: str) -> None:
        self.lost_frames = 0
        self.strange_messages = 0
        self._stream_sid = stream_sid
        self._ours = (stream_sid, "", None)  # there is one stream on a socket
        self._encoder = mediastream.Encoder(stream_sid)
        self._next_sequence: int | None = None

    def read(self, message: Message) -> Event | None:
        """The event in a message; unknown messages, or those of another stream, are only
        counted.
        """
        decoded = mediastream.decode(message)
        if type(decoded) is mediastream.Media and (
            decoded.stream_sid == self._stream_sid or not decoded.stream_sid
        ):
            # 50 a second: no detour.
            self._count_lost(decoded.sequence_number)
            media = decoded.media
            if media.track is not None and media.track[:8] == "outbound":  # our own voice
                self.strange_messages += 1
                return None
            return FrameHeard(media.payload)
        if decoded is None or getattr(decoded, "stream_sid", "other") not in self._ours:
            self.strange_messages += 1
            return None
        match decoded:
            case mediastream.Mark(mark=mark, sequence_number=sequence_number):
                self._count_lost(sequence_number)
                return MarkPlayed(mark.name)
            case mediastream.Dtmf(dtmf=dtmf, sequence_number=sequence_number):
                self._count_lost(sequence_number)
                if dtmf.key:
                    return DigitPressed(dtmf.key)
                self.strange_messages += 1
                return None
            case mediastream.Stop():
                return CallerGone(EndReason.STOP)
            case _:  # a second start
                self.strange_messages += 1
                return None

    def _count_lost(self, sequence_number: str | float | None) -> None:
        """A gap in the sequence is loss (31930: we read too slowly), never reordering."""
        if isinstance(sequence_number, str):
            if not sequence_number.isdecimal():
                return
            sequence = int(sequence_number)
        elif sequence_number is None or not 0 <= sequence_number <= LARGEST_SEQUENCE:
            return
        else:
            sequence = int(sequence_number)
        expected = self._next_sequence
        if sequence == expected:  # nearly always
            self._next_sequence = sequence + 1
            return
        if sequence - (expected or 0) > MOST_AHEAD:
            return
        if expected is not None:
            self.lost_frames += max(0, sequence - expected)
        self._next_sequence = max(expected or 0, sequence + 1)

    def play(self, payload: bytes, mark: str) -> Sequence[Message]:
        """Audio (mu-law, 8 kHz mono) and the mark behind it."""
        return (self._encoder.media(payload), self._encoder.mark(mark))

    def clear(self) -> Message:
        """Empty Twilio's buffer."""
        return self._encoder.clear()

    def is_sound(self, message: Message) -> bool:
        """True: sound and its marks are all that waits, or a clear that another follows."""
        return True

    def show(self, turn: TurnRecord) -> Sequence[Message]:
        """Nothing."""
        return ()

    def show_state(self, turn: TurnState) -> Sequence[Message]:
        """Nothing."""
        return ()

    def end(self, reason: str) -> Sequence[Message]:
        """Nothing."""
        return ()
