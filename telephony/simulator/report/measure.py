"""Measures a call as experienced by the caller: latencies, gaps, barge-ins. Pure.

All times come from the simulated phone's own clock: nothing here trusts the server.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from telephony.simulator.report.history import Said, StreamLog
from telephony.simulator.sound.playout import Playout, Stretch

# A silence inside a reply that is shorter than a frame cannot be heard; one that is longer
# than this is no gap, but an agent that speaks up again by itself.
SHORTEST_GAP_MS: Final = 20.0
LONGEST_GAP_MS: Final = 3000.0
# A reply that ends by itself so soon after the caller began needs no `clear`.
NEARLY_OVER_MS: Final = 250.0


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The caller spoke while the agent was audible.

    clear_ms: from the caller's first audible frame to the arrival of `clear`; None when none came.
    is_loud_after: whether agent speech was audible after the clear, before the caller had
    finished.
    """

    clear_ms: float | None
    is_loud_after: bool


@dataclass(slots=True)
class Measurements:
    """What is worth knowing of one call; milliseconds.

    greeting_ms: `start` to the first audible frame. voice_to_voice_ms: for each utterance,
    its last audible frame to the first audible frame of the answer; None when none came.
    gaps_ms: silences inside replies because the buffer ran dry. unheard_ms: agent audio that
    was waiting when the server closed the stream: a goodbye cut off.
    """

    greeting_ms: float | None = None
    voice_to_voice_ms: list[float | None] = field(default_factory=list)
    barge_ins: list[BargeIn] = field(default_factory=list)
    gaps_ms: list[float] = field(default_factory=list)
    marks_received: int = 0
    marks_returned: int = 0
    clears: int = 0
    frames_sent: int = 0
    phone_late_ms: float = 0.0
    unheard_ms: float = 0.0
    agent_spoke_ms: float = 0.0

    def add(self, log: StreamLog) -> None:
        """Take in one stream of the call."""
        playout = log.playout
        first_words_ms = min((said.first_voiced_ms for said in log.said), default=log.ended_ms)
        greeting = playout.heard(since_ms=log.started_ms, now_ms=first_words_ms)
        if self.greeting_ms is None and greeting is not None:
            self.greeting_ms = greeting.first_ms - log.started_ms
        for number, said in enumerate(log.said):
            until_ms = (
                log.said[number + 1].last_voiced_ms if number + 1 < len(log.said) else log.ended_ms
            )
            self.voice_to_voice_ms.append(_voice_to_voice(said, playout, until_ms=until_ms))
            if (barge_in := _barge_in(said, playout)) is not None:
                self.barge_ins.append(barge_in)
        self.gaps_ms += _gaps(log)
        self.marks_received += log.marks_received
        self.marks_returned += log.marks_returned
        self.clears += len(playout.clears_ms)
        self.frames_sent += log.frames_sent
        self.phone_late_ms = max(self.phone_late_ms, log.late_ms)
        self.agent_spoke_ms += sum(s.ends_ms - s.begins_ms for s in playout.stretches)
        if log.ended_by == "server":
            self.unheard_ms += log.unheard_ms

    def as_json(self) -> dict[str, object]:
        """The measurements as plain values, rounded to milliseconds."""
        return {
            "greeting_ms": _rounded(self.greeting_ms),
            "voice_to_voice_ms": [_rounded(ms) for ms in self.voice_to_voice_ms],
            "barge_ins": [
                {"clear_ms": _rounded(b.clear_ms), "loud_after_clear": b.is_loud_after}
                for b in self.barge_ins
            ],
            "gaps_ms": [_rounded(ms) for ms in self.gaps_ms],
            "marks": {"received": self.marks_received, "returned": self.marks_returned},
            "clears": self.clears,
            "frames_sent": self.frames_sent,
            "agent_spoke_ms": _rounded(self.agent_spoke_ms),
            "unheard_at_close_ms": _rounded(self.unheard_ms),
            "phone_late_ms": _rounded(self.phone_late_ms),
        }


def percentile(values: Iterable[float], percent: float) -> float | None:
    """The nearest-rank percentile of `values`; None when there are none."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def _rounded(ms: float | None) -> int | None:
    return None if ms is None else round(ms)


def _voice_to_voice(said: Said, playout: Playout, *, until_ms: float) -> float | None:
    # Only a stretch that began after the caller's last word can be the answer to it: what was
    # already playing is the old reply.
    for stretch in playout.stretches:
        if stretch.begins_ms < said.last_voiced_ms:
            continue
        first = stretch.first_loud_ms(since_ms=stretch.begins_ms, until_ms=until_ms)
        if first is not None:
            return first - said.last_voiced_ms
    return None


def _barge_in(said: Said, playout: Playout) -> BargeIn | None:
    old = _playing_at(playout.stretches, said.first_voiced_ms)
    if old is None or (not old.is_cut and old.ends_ms - said.first_voiced_ms < NEARLY_OVER_MS):
        return None
    clear_ms = next((ms for ms in playout.clears_ms if ms >= said.first_voiced_ms), None)
    if clear_ms is None or not old.is_cut:
        return BargeIn(clear_ms=None, is_loud_after=False)
    after = playout.heard(since_ms=clear_ms, now_ms=max(clear_ms, said.last_voiced_ms))
    return BargeIn(clear_ms=clear_ms - said.first_voiced_ms, is_loud_after=after is not None)


def _playing_at(stretches: Sequence[Stretch], at_ms: float) -> Stretch | None:
    return next((s for s in stretches if s.begins_ms <= at_ms < s.ends_ms), None)


def _gaps(log: StreamLog) -> list[float]:
    gaps = []
    for earlier, later in pairwise(log.playout.stretches):
        silence_ms = later.begins_ms - earlier.ends_ms
        caller_spoke = any(
            earlier.begins_ms < said.last_voiced_ms and said.first_voiced_ms < later.begins_ms
            for said in log.said
        )
        was_cleared = any(earlier.begins_ms < ms <= later.begins_ms for ms in log.playout.clears_ms)
        if SHORTEST_GAP_MS <= silence_ms <= LONGEST_GAP_MS and not caller_spoke and not was_cleared:
            gaps.append(silence_ms)
    return gaps
