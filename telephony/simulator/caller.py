"""The behaviour of a simulated caller. Pure: polled every 20 ms with the time as argument.

A caller waits until the agent has spoken and has been quiet for a moment, says the next
thing, and hangs up politely after the last answer; or, told to, speaks into a reply.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from telephony.simulator.sound.loudness import FRAME_MS
from telephony.simulator.sound.playout import Playout
from telephony.simulator.sound.utterance import Utterance

TURN_GAP_MS: Final = 700  # how long people wait to be sure that the other one has finished
PATIENCE_MS: Final = 12_000  # waiting for an answer before continuing without one
QUIET_PATIENCE_MS: Final = 5_000  # where no answer is due: an agent may have no greeting
KEY_GAP_MS: Final = 240


@dataclass(frozen=True, slots=True)
class CallerBehaviour:
    """How this caller behaves; times in milliseconds.

    barge_in_after_ms: speak when a reply has been audible for so long (None: wait for its end).
    repeat_until_ms: go through the utterances again and again until the stream is so old
    (0: once). think_ms: extra silence before each utterance. stay_ms: the same before hanging
    up, where that is longer. drop_after_ms: lose the line at this age. patience_ms: wait so long
    for any answer, also to keys (None: PATIENCE_MS, or QUIET_PATIENCE_MS where none is due).
    """

    barge_in_after_ms: int | None = None
    repeat_until_ms: int = 0
    think_ms: int = 0
    stay_ms: int = 0
    drop_after_ms: int | None = None
    patience_ms: int | None = None


PATIENT: Final = CallerBehaviour()


@dataclass(frozen=True, slots=True)
class Say:
    """Begin to say this."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class Press:
    """Press a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """Put the phone down."""


@dataclass(frozen=True, slots=True)
class LoseLine:
    """The line breaks: no `stop`, no closing handshake."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The agent said nothing to the caller's last words."""

    waited_ms: int


Act = Say | Press | HangUp | LoseLine | Unanswered


class Caller:
    """A person with a list of things to say and, after them, keys to press."""

    def __init__(
        self,
        utterances: Sequence[Utterance],
        *,
        digits: str = "",
        manner: CallerBehaviour = PATIENT,
        now_ms: float = 0.0,
    ) -> None:
        self._utterances = utterances
        self._digits = digits
        self._manner = manner
        self._began_ms = now_ms
        self._said = 0
        self._is_pressing = False
        # Agent speech from here on counts as the answer the caller waits for.
        self._listening_since_ms = now_ms
        self._expects_answer = False
        self._busy_until_ms = now_ms

    def act(self, playout: Playout, *, now_ms: float) -> Act | None:
        """What the caller does at `now_ms`, having heard what `playout` played; usually nothing."""
        drop_after_ms = self._manner.drop_after_ms
        if drop_after_ms is not None and now_ms - self._began_ms >= drop_after_ms:
            return LoseLine()
        if now_ms < self._busy_until_ms:
            return None
        if self._is_pressing and self._digits:
            return self._press(now_ms)
        heard = playout.heard(since_ms=self._listening_since_ms, now_ms=now_ms)
        if heard is None:
            return self._wait_for_answer(now_ms)
        is_playing = playout.is_playing(now_ms)
        if is_playing and self._barges_in(now_ms - heard.first_ms, now_ms):
            return self._next_turn(now_ms)
        if not is_playing and now_ms - heard.last_ms >= TURN_GAP_MS + self._pause_ms(now_ms):
            return self._next_turn(now_ms)
        return None

    def _pause_ms(self, now_ms: float) -> int:
        """How much longer than others this caller waits for more of an answer."""
        is_last = not (self._digits or self._has_more(now_ms))
        return max(self._manner.think_ms, self._manner.stay_ms if is_last else 0)

    def _barges_in(self, audible_ms: float, now_ms: float) -> bool:
        # The greeting is heard out, unless interrupting it is all there is to do.
        after_ms = self._manner.barge_in_after_ms
        may_interrupt = self._said > 0 or len(self._utterances) == 1
        return (
            after_ms is not None
            and audible_ms >= after_ms
            and may_interrupt
            and self._has_more(now_ms)
        )

    def _has_more(self, now_ms: float) -> bool:
        if not self._utterances:
            return False
        if self._manner.repeat_until_ms and self._said > 0:  # everybody says something
            return now_ms - self._began_ms < self._manner.repeat_until_ms
        return self._said < len(self._utterances)

    def _wait_for_answer(self, now_ms: float) -> Act | None:
        waited_ms = now_ms - self._listening_since_ms
        patience_ms = PATIENCE_MS if self._expects_answer else QUIET_PATIENCE_MS
        if self._manner.patience_ms is not None:
            patience_ms = self._manner.patience_ms
        if waited_ms < patience_ms:
            return None
        if self._expects_answer:
            self._expects_answer = False
            return Unanswered(waited_ms=int(waited_ms))
        return self._next_turn(now_ms)

    def _next_turn(self, now_ms: float) -> Act:
        if self._has_more(now_ms):
            return self._say(now_ms)
        if self._digits:
            return self._press(now_ms)
        return HangUp()

    def _say(self, now_ms: float) -> Say:
        utterance = self._utterances[self._said % len(self._utterances)]
        self._said += 1
        self._expects_answer = True
        # An agent may answer while the tail of a recording is still only line noise.
        self._listening_since_ms = now_ms + (utterance.last_voiced + 1) * FRAME_MS
        self._busy_until_ms = now_ms + len(utterance.frames) * FRAME_MS
        return Say(utterance)

    def _press(self, now_ms: float) -> Press:
        digit, self._digits = self._digits[0], self._digits[1:]
        self._is_pressing = True
        self._expects_answer = False  # not every agent answers keys
        self._busy_until_ms = now_ms + KEY_GAP_MS
        self._listening_since_ms = now_ms
        return Press(digit)
