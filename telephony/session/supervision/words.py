"""A member's words for the agent to say next, and notes that only its model reads."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from telephony.session.commands import Command, SaveTurn
from telephony.session.events import NoteGiven, ReplyDue, SayAsked
from telephony.session.floor import Floor
from telephony.session.turns import TurnState

MOST_WAITING: Final = 5  # queued texts; further ones are dropped
LONGEST: Final = 500  # characters of one, and of a note


class Supervision:
    """The input of members into one call. Times on the session's clock, milliseconds."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._waiting: deque[str] = deque()

    def say(self, event: SayAsked, now_ms: int) -> Iterator[Command]:
        """Have the agent say the text as soon as neither side speaks."""
        text = event.text[:LONGEST].strip()
        if text and len(self._waiting) < MOST_WAITING:
            self._waiting.append(text)
        yield from self.poll(now_ms)

    def note(self, event: NoteGiven, now_ms: int) -> Iterator[Command]:
        """Pass the text to the model with its next answer; it is not said."""
        yield SaveTurn(self._floor.transcript.keep_note(event.text[:LONGEST], now_ms=now_ms))

    def poll(self, now_ms: int) -> Iterator[Command]:
        """Time passes: say the next queued text, if possible now."""
        floor = self._floor
        is_free = floor.state is TurnState.LISTENING and floor.replies.current is None
        if not self._waiting or not is_free or floor.consent.is_open or floor.speech.is_speaking:
            return
        floor.move(ReplyDue)
        # Specific to this call, so its audio is not cached.
        yield replace(floor.replies.say(self._waiting.popleft()), is_fixed=False)
