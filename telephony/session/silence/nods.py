"""The agent's own "mm-hm" while a caller tells something at length.

It is said into a pause in which more must follow, so that nobody can take it for an answer; never
into a number or a spelled word. It is no turn: no model and no transcript has it.
"""

from collections.abc import Iterator
from typing import Final

from agents.engines.events import Transcribed
from telephony.session.barge_in.doubt import Doubt
from telephony.session.commands import Command
from telephony.session.floor import Floor

STORY_MS: Final = 8_000  # of speech before the first one
BETWEEN_MS: Final = 7_000


class Nods:
    """Those of one call. `now_ms`: the session's clock."""

    def __init__(self, floor: Floor, doubt: Doubt) -> None:
        self._floor = floor
        self._doubt = doubt
        self._judged: Transcribed | None = None  # the words at the latest pause
        self._at_ms: int | None = None  # the newest one

    def poll(self, now_ms: int) -> Iterator[Command]:
        """Time passes while the caller has the floor."""
        speech, replies = self._floor.speech, self._floor.replies
        words = speech.result
        # Without words the caller speaks, or they are on their way.
        if not isinstance(words, Transcribed) or words is self._judged:
            return
        self._judged = words
        is_soon = self._at_ms is not None and now_ms - self._at_ms < BETWEEN_MS
        if is_soon or speech.lasted_ms < STORY_MS or not self._floor.ending.is_telling:
            return
        # Its own echo would be heard as the caller's.
        if self._doubt.has_echo or self._floor.consent.is_open or replies.signs.current:
            return
        self._at_ms = now_ms
        yield replies.nod()
