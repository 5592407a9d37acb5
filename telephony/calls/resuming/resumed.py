"""The data with which a driver resumes a call on another stream."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Final

from agents.engines.base import Usage
from telephony.session.resuming import lost_replies
from telephony.session.resuming import state as states
from telephony.session.resuming.state import CallState
from usage.records.recordings import SoFar
from usage.takeover.takeovers import Resumed

_SPEECH: Final = "tts_characters"
_COUNTED: Final = tuple(each.name for each in fields(Usage))  # `asdict` makes deep copies


@dataclass(frozen=True, slots=True)
class ResumedCall:
    """The state of a call at `saved_at`, and when its line was lost.

    used: its usage by then, by field name of `UsageFact`; sequence: number of the latest snapshot.
    recording: the stored audio.
    """

    state: CallState
    saved_at: datetime
    lost_at: datetime
    used: Mapping[str, int] = field(default_factory=dict)
    sequence: int = 0
    recording: SoFar | None = None

    @classmethod
    def read(cls, resumed: Resumed) -> "ResumedCall":
        """Read from the call's rows. Raises UnreadableState."""
        return cls(
            states.decoded(resumed.state),
            resumed.saved_at,
            resumed.lost_at,
            resumed.used,
            resumed.sequence,
            resumed.recording,
        )

    def clock_ms(self, at: datetime) -> int:
        """The call's clock now, which is monotonic."""
        return self.state.at_ms + max(0, (at - self.saved_at) // timedelta(milliseconds=1))

    @property
    def lost_at_ms(self) -> int:
        """When the line was lost, on the call's clock."""
        return self.clock_ms(self.lost_at)

    @property
    def unheard_characters(self) -> int:
        """How much speech of the lost stream is counted in `used`, and was not heard."""
        return lost_replies.unheard_characters(self.state.reply, self.lost_at_ms)


def used_in_all(
    before: Mapping[str, int], *, stream_ms: int, usage: Usage, said_again: int = 0
) -> dict[str, int]:
    """The usage of a call on all of its streams. usage: the engine's on this one.

    said_again: characters of speech that `before` has counted, and that nobody heard. They are
    counted once: that a process was lost costs no organization anything.
    """
    now = {"stream_ms": stream_ms} | {name: getattr(usage, name) for name in _COUNTED}
    now[_SPEECH] -= min(said_again, now[_SPEECH])
    used = {name: before.get(name, 0) + count for name, count in now.items()}
    # A maximum of single requests, not a sum.
    unread = "llm_tokens_unread"
    used[unread] = max(before.get(unread, 0), now[unread])
    return used
