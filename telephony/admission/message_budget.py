"""How many messages of each kind a socket may bring: what a telephone or a page can mean. Pure.

A telephone sends 50 frames a second, and catches up after engines were warmed; a clear brings
back every mark at once; people do not press ten keys a second. What is above that is no call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from telephony.session.events import CallerTyped, DigitPressed, FrameHeard, MarkPlayed
from voicex.bounds.token_bucket import TokenBucket
from voicex.errors import ProtocolError


@dataclass(frozen=True, slots=True)
class Limit:
    """So many a second, and so many at once above that."""

    rate: float
    burst: float


# By the event that a message is. NoneType: one that means nothing here; ProtocolError: one that
# cannot be read.
LIMITS: Final[Mapping[type, Limit]] = {
    FrameHeard: Limit(60, 3_600),
    MarkPlayed: Limit(30, 1_000),
    DigitPressed: Limit(10, 40),
    CallerTyped: Limit(1, 10),
    # As often as frames: where a line sends both sides, each of ours comes back.
    type(None): Limit(60, 600),
    ProtocolError: Limit(0.1, 20),  # a long call may bring a few
}


FRAMES_AT_ONCE: Final = 50  # are taken from their bucket: a second of them


class MessageBudget:
    """What one socket may still bring."""

    __slots__ = ("_buckets", "_frames")

    def __init__(self, limits: Mapping[type, Limit] = LIMITS) -> None:
        self._buckets = {
            kind: TokenBucket(rate=limit.rate, burst=limit.burst) for kind, limit in limits.items()
        }
        self._frames = 0  # taken from their bucket, and not brought yet

    def takes_frame(self, now: float) -> bool:
        """Whether a frame is within the budget; now: seconds. Of most it costs a comparison."""
        if self._frames:
            self._frames -= 1
            return True
        if not self._buckets[FrameHeard].takes(now, FRAMES_AT_ONCE):
            return False
        self._frames = FRAMES_AT_ONCE - 1
        return True

    def takes(self, kind: type, now: float) -> bool:
        """Whether a message that is this kind of event is within the budget; now: seconds."""
        bucket = self._buckets.get(kind)
        return bucket is None or bucket.takes(now)
