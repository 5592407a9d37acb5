"""A call that comes back on another stream, as its new driver gets it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Final

from agents.engines.base import Usage
from telephony.session.resuming import state as states
from telephony.session.resuming.state import CallState
from usage.records.recordings import SoFar
from usage.takeover.takeovers import Resumed

_COUNTED: Final = tuple(each.name for each in fields(Usage))  # `asdict` copies deep, each second


@dataclass(frozen=True, slots=True)
class ResumedCall:
    """Where a call stood at `saved_at`, and when its line was lost.

    used: what it had used by then, by the names of a `UsageFact`; sequence: of the latest of these.
    recording: what is stored of its sound.
    """

    state: CallState
    saved_at: datetime
    lost_at: datetime
    used: Mapping[str, int] = field(default_factory=dict)
    sequence: int = 0
    recording: SoFar | None = None

    @classmethod
    def read(cls, resumed: Resumed) -> "ResumedCall":
        """From its rows. Raises UnreadableState."""
        return cls(
            states.decoded(resumed.state),
            resumed.saved_at,
            resumed.lost_at,
            resumed.used,
            resumed.sequence,
            resumed.recording,
        )

    def clock_ms(self, at: datetime) -> int:
        """The call's clock, which never stands still, nor goes back."""
        return self.state.at_ms + max(0, (at - self.saved_at) // timedelta(milliseconds=1))

    @property
    def lost_at_ms(self) -> int:
        """When the line was lost, on the call's clock."""
        return self.clock_ms(self.lost_at)


def used_in_all(before: Mapping[str, int], *, stream_ms: int, usage: Usage) -> dict[str, int]:
    """What a call has used on all of its streams. usage: of the engine on this one."""
    now = {"stream_ms": stream_ms} | {name: getattr(usage, name) for name in _COUNTED}
    used = {name: before.get(name, 0) + count for name, count in now.items()}
    # Of one request, and not a sum.
    unread = "llm_tokens_unread"
    used[unread] = max(before.get(unread, 0), now[unread])
    return used
