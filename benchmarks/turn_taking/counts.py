"""What an agent did with a caller's turns and sounds, from the record of the call. Pure.

The definitions are those of docs/conversation.md: of LiveKit's eot-bench for the end of a turn, of
Sierra's tau-voice for the floor.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any, Final

import numpy as np

from benchmarks.turn_taking.sounds import ASIDE, COUGHS, FILLERS, NOISE, WORDS, Sound
from benchmarks.turn_taking.turn import Turn
from telephony.simulator.report.history import StreamLog
from telephony.simulator.sound.loudness import FRAME_MS
from telephony.simulator.sound.playout import Stretch

YIELDS_MS: Final = 2_000  # to words
PASSES_MS: Final = 1_000  # an agent that falls silent within this has yielded to a sound
ANSWERS_MS: Final = 2_000  # of silence; an answer to what was not meant for it
SILENT_MS: Final = 200  # shorter silences are heard as none; one tick of tau-voice
RESUMES_MS: Final = 10_000  # waited for, after a false stop
ANSWERED_WRONGLY: Final = frozenset({ASIDE, COUGHS, FILLERS, NOISE})


@dataclass(frozen=True, slots=True)
class TurnHeard:
    """What became of one turn.

    holds: of each, its length in ms and whether the agent began to speak in it. wait_ms: from its
    end to the agent's first sound; None when the agent was speaking already, or never did.
    begun_over: how often the agent began while the caller's voice sounded.
    """

    kind: str
    holds: tuple[tuple[int, bool], ...]
    wait_ms: float | None
    begun_over: int


@dataclass(frozen=True, slots=True)
class SoundHeard:
    """What became of one sound over the agent's speech.

    stopped_ms: after its first audible frame the agent fell silent; None when it did not.
    resumed_ms: how long after the stop, or after the end of the sound if that was later, the
    agent spoke again; None when it did not. has_answered: it spoke to what was not said to it.
    """

    kind: str
    stopped_ms: float | None
    resumed_ms: float | None
    has_answered: bool

    @property
    def is_right(self) -> bool:
        """Whether the agent did what it should."""
        if self.kind == WORDS:
            return self.stopped_ms is not None and self.stopped_ms <= YIELDS_MS
        has_yielded = self.stopped_ms is not None and self.stopped_ms <= PASSES_MS
        return not has_yielded and not (self.has_answered and self.kind in ANSWERED_WRONGLY)


def turns_heard(log: StreamLog, turns: Sequence[Turn]) -> list[TurnHeard]:
    """What became of `turns`, which the caller said on the stream in this order."""
    begins = list(_begins(log.playout.stretches))
    found = []
    for number, (said, turn) in enumerate(zip(log.said, turns, strict=False)):
        if not said.is_complete:
            break
        at_ms = said.first_voiced_ms - turn.utterance.first_voiced * FRAME_MS
        end_ms = said.last_voiced_ms + FRAME_MS
        next_ms = log.said[number + 1].first_voiced_ms if number + 1 < len(log.said) else 1e12
        holds = [(at_ms + begin, at_ms + end) for begin, end in turn.holds]
        inside = [b for b in begins if said.first_voiced_ms < b < end_ms]
        cut = [any(begin <= b < end for b in inside) for begin, end in holds]
        in_pauses = sum(any(begin <= b < end for begin, end in holds) for b in inside)
        found.append(
            TurnHeard(
                turn.kind,
                tuple((round(e - b), c) for (b, e), c in zip(holds, cut, strict=True)),
                _wait(log.playout.stretches, begins, end_ms, next_ms),
                len(inside) - in_pauses,
            )
        )
    return found


def _begins(stretches: Iterable[Stretch]) -> Iterable[float]:
    for stretch in stretches:
        first = stretch.first_loud_ms(since_ms=0, until_ms=stretch.ends_ms)
        if first is not None:
            yield first


def _wait(
    stretches: Sequence[Stretch], begins: Sequence[float], end_ms: float, next_ms: float
) -> float | None:
    if any(stretch.begins_ms < end_ms < stretch.ends_ms for stretch in stretches):
        return None
    after = [begin for begin in begins if end_ms <= begin < next_ms]
    return after[0] - end_ms if after else None


def sounds_heard(log: StreamLog, made: Sequence[tuple[Sound, float]]) -> list[SoundHeard]:
    """What became of the sounds `made`; those that did not begin over the agent are left out."""
    found = []
    stretches = log.playout.stretches
    for sound, at_ms in made:
        begin = at_ms + sound.utterance.first_voiced * FRAME_MS
        end = at_ms + (sound.utterance.last_voiced + 1) * FRAME_MS
        over = [s for s in stretches if s.begins_ms <= begin < s.ends_ms]
        if not over or (over[-1].ends_ms - begin < PASSES_MS and not over[-1].is_cut):
            continue
        stretch = over[-1]
        said_next = min(
            (s.first_voiced_ms for s in log.said if s.first_voiced_ms > end), default=1e12
        )
        after = [b for b in _begins(stretches) if stretch.ends_ms <= b < said_next]
        has_stopped = (
            stretch.is_cut
            and stretch.ends_ms - begin <= YIELDS_MS + end - begin
            and not (after and after[0] - stretch.ends_ms < SILENT_MS)
        )
        found.append(
            SoundHeard(
                sound.kind,
                stretch.ends_ms - begin if has_stopped else None,
                _resumed(after, stretch.ends_ms, end) if has_stopped else None,
                not has_stopped and bool(after) and after[0] - stretch.ends_ms <= ANSWERS_MS,
            )
        )
    return found


def _resumed(after: Sequence[float], stopped_ms: float, sound_ended_ms: float) -> float | None:
    from_ms = max(stopped_ms, sound_ended_ms)
    if not after or after[0] - from_ms > RESUMES_MS:
        return None
    return max(0.0, after[0] - from_ms)


# --- sums ----------------------------------------------------------------------------------------


def of_turns(turns: Sequence[TurnHeard], *, engines_ms: float) -> dict[str, Any]:
    """Shares and waits of turns of one kind. added: without the engines' own time."""
    holds = [hold for turn in turns for hold in turn.holds]
    waits = [turn.wait_ms for turn in turns if turn.wait_ms is not None]
    return {
        "turns": len(turns),
        "holds": len(holds),
        "holds_cut": sum(is_cut for _, is_cut in holds),
        "begun_over_a_turn": round(sum(turn.begun_over for turn in turns) / max(1, len(turns)), 3),
        "wait_ms": spread(waits),
        "added_ms": spread([wait - engines_ms for wait in waits]),
    }


def of_sounds(sounds: Sequence[SoundHeard]) -> dict[str, Any]:
    """Shares and times of sounds of one kind."""
    stopped = [sound for sound in sounds if sound.stopped_ms is not None]
    back = [sound.resumed_ms for sound in stopped if sound.resumed_ms is not None]
    return {
        "sounds": len(sounds),
        "right": sum(sound.is_right for sound in sounds),
        "stopped": len(stopped),
        "stopped_ms": spread([sound.stopped_ms or 0.0 for sound in stopped]),
        "spoke_again": len(back),
        "spoke_again_ms": spread(back),
    }


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Number, mean, median, 95th percentile and worst; None of no values."""
    if not values:
        return {"n": 0, "mean": None, "p50": None, "p95": None, "worst": None}
    p50, p95 = np.percentile(values, (50, 95))
    return {
        "n": len(values),
        "mean": round(mean(values)),
        "p50": round(float(p50)),
        "p95": round(float(p95)),
        "worst": round(max(values)),
    }
