"""Chooses the moment at which a call leaves its process unnoticed, to continue in another one.

That is while neither side speaks and no answer is pending, or between two sentences of the agent.
"""

from collections.abc import Iterator

from telephony.session.commands import Clear, Command, Leave
from telephony.session.events import MoveAsked
from telephony.session.floor import Floor
from telephony.session.turns import TurnState


class Departure:
    """The departure of one call. Times on the call's clock, milliseconds."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._heard: tuple[str, int] | None = None  # reply and its heard ms at the last poll
        self._is_asked = False
        self._has_left = False

    def ask(self, event: MoveAsked, now_ms: int) -> Iterator[Command]:
        """Request the departure; at once if it is urgent."""
        self._is_asked = True
        if event.is_urgent:
            yield from self._leave()
        else:
            yield from self.poll(now_ms)

    def poll(self, now_ms: int) -> Iterator[Command]:
        """Time passes."""
        if self._is_asked and self._is_quiet(now_ms):
            yield from self._leave()

    def _is_quiet(self, now_ms: int) -> bool:
        floor = self._floor
        if floor.consent.is_open or floor.speech.is_going_on or floor.is_transferring:
            return False
        if floor.state is TurnState.LISTENING:
            return not floor.transcript.is_answer_due
        reply = floor.replies.current
        if floor.state is not TurnState.SPEAKING or reply is None or not reply.is_made:
            return False
        before, self._heard = self._heard, (reply.id, reply.playout.heard_ms(now_ms))
        is_same = before is not None and before[0] == reply.id
        return is_same and reply.playout.has_ended_text(before[1] if before else 0, self._heard[1])

    def _leave(self) -> Iterator[Command]:
        if self._has_left:
            return
        self._has_left = True
        if self._floor.state in (TurnState.SPEAKING, TurnState.LEAVING):
            yield Clear()  # the next process says the rest
        yield Leave()
