"""Chooses the moment at which a call leaves its process unnoticed, to continue in another one.

That is between two sentences of the agent, when the caller has just heard its reply to the end, or
after a long silence. In between callers begin to speak, or press the next key of a number, which
would be lost: then a call leaves only if it has found no better moment for long, or is asked to
leave in any pause.
"""

from collections.abc import Iterator
from typing import Final

from telephony.session.commands import Clear, Command, Leave
from telephony.session.events import MoveAsked
from telephony.session.floor import Floor
from telephony.session.keypad import Keypad
from telephony.session.turns import TurnState

# A caller who has heard a reply to the end does not speak at once. A move takes some 300 ms.
HEARD_OUT_MS: Final = 500
# A caller who has been silent for this long will most likely not speak in this very moment. After
# the same time any pause is good enough, as only a few seconds are left.
PATIENCE_MS: Final = 4_000


class Departure:
    """The departure of one call. Times on the call's clock, milliseconds."""

    def __init__(self, floor: Floor, keypad: Keypad) -> None:
        """keypad: of the caller, who is not left while a number is entered."""
        self._floor = floor
        self._keypad = keypad
        self._heard: tuple[str, int] | None = None  # reply and its heard ms at the last poll
        self._asked_at_ms: int | None = None
        self._takes_any_pause = False
        self._has_left = False

    def ask(self, event: MoveAsked, now_ms: int) -> Iterator[Command]:
        """Request the departure: soon, sooner in any pause, at once if it is urgent."""
        if self._asked_at_ms is None:
            self._asked_at_ms = now_ms
        self._takes_any_pause |= event.in_any_pause
        if event.is_urgent:
            yield from self._leave(now_ms)
        else:
            yield from self.poll(now_ms)

    def poll(self, now_ms: int) -> Iterator[Command]:
        """Time passes, or the turn is another's."""
        if self._asked_at_ms is not None and self._is_quiet(now_ms, self._asked_at_ms):
            yield from self._leave(now_ms)

    def _is_quiet(self, now_ms: int, asked_at_ms: int) -> bool:
        floor = self._floor
        if floor.consent.is_open or floor.speech.is_going_on or floor.is_transferring:
            return False
        if floor.state is TurnState.LISTENING:
            silent_ms = now_ms - floor.turn_from_ms
            is_safe = silent_ms <= HEARD_OUT_MS or silent_ms >= PATIENCE_MS
            is_late = self._takes_any_pause or now_ms - asked_at_ms >= PATIENCE_MS
            is_safe = is_safe and self._keypad.is_empty  # keys follow each other faster than a move
            return (is_safe or is_late) and not floor.transcript.is_answer_due
        reply = floor.replies.current
        if floor.state is not TurnState.SPEAKING or reply is None or not reply.is_made:
            return False
        before, self._heard = self._heard, (reply.id, reply.playout.heard_ms(now_ms))
        is_same = before is not None and before[0] == reply.id
        return is_same and reply.playout.has_ended_text(before[1] if before else 0, self._heard[1])

    def _leave(self, now_ms: int) -> Iterator[Command]:
        if self._has_left:
            return
        self._has_left = True
        # Should the caller hang up before the next process has the call, nobody else knows it.
        yield from self._floor.replies.record_heard(now_ms)
        if self._floor.state in (TurnState.SPEAKING, TurnState.LEAVING):
            yield Clear()  # the next process says the rest
        yield Leave()
