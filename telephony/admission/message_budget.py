"""Rate limits for the messages of a call's socket, by kind. Pure.

A telephone sends 50 frames a second, and catches up after engines were warmed up; a clear returns
all marks at once; people do not press ten keys a second. Higher rates are abuse.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from telephony.session.events import CallerTyped, DigitPressed, FrameHeard, MarkPlayed
from voicex.bounds.token_bucket import TokenBucket
from voicex.errors import ProtocolError


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate a second, and a burst."""

    rate: float
    burst: float


# By the event of the message. NoneType: a message without an event; ProtocolError: an invalid one.
LIMITS: Final[Mapping[type, Limit]] = {
    FrameHeard: Limit(60, 3_600),
    MarkPlayed: Limit(30, 1_000),
    DigitPressed: Limit(10, 40),
    CallerTyped: Limit(1, 10),
    # As many as frames: a line that sends both sides returns each of our frames.
    type(None): Limit(60, 600),
    ProtocolError: Limit(0.1, 20),  # a long call may bring a few
}


FRAMES_AT_ONCE: Final = 50  # frames are taken from their bucket in advance: one second


class MessageBudget:
    """The message budget of one socket."""

    __slots__ = ("_buckets", "_frames")

    def __init__(self, limits: Mapping[type, Limit] = LIMITS) -> None:
        self._buckets = {
            kind: TokenBucket(rate=limit.rate, burst=limit.burst) for kind, limit in limits.items()
        }
        self._frames = 0  # taken from the bucket in advance, and not used yet

    def takes_frame(self, now: float) -> bool:
        """Whether a frame is within the budget; now: seconds. Usually costs one comparison."""
        if self._frames:
            self._frames -= 1
            return True
        if not self._buckets[FrameHeard].takes(now, FRAMES_AT_ONCE):
            return False
        self._frames = FRAMES_AT_ONCE - 1
        return True

    def takes(self, kind: type, now: float) -> bool:
        """Whether a message with this kind of event is within the budget; now: seconds."""
        bucket = self._buckets.get(kind)
        return bucket is None or bucket.takes(now)
