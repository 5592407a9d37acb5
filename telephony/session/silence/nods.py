"""Backchannels: the agent's "mm-hm" while a caller tells something at length.

Said in a pause after which the caller must continue, so that it cannot be taken for an answer;
never within a number or a spelled word. It is no turn: it is not in the transcript, nor in the
model's context.
"""

from collections.abc import Iterator
from typing import Final

from agents.engines.events import Transcribed
from telephony.session.barge_in.doubt import Doubt
from telephony.session.commands import Command
from telephony.session.floor import Floor

STORY_MS: Final = 8_000  # speech before the first one
BETWEEN_MS: Final = 7_000


class Nods:
    """The backchannels of one call. `now_ms`: the session's clock."""

    def __init__(self, floor: Floor, doubt: Doubt) -> None:
        self._floor = floor
        self._doubt = doubt
        self._judged: Transcribed | None = None  # the words at the latest pause
        self._at_ms: int | None = None  # when the latest one was said

    def poll(self, now_ms: int) -> Iterator[Command]:
        """Time passes while the caller has the floor."""
        speech, replies = self._floor.speech, self._floor.replies
        words = speech.result
        # Without words the caller is still speaking, or the transcription is on its way.
        if not isinstance(words, Transcribed) or words is self._judged:
            return
        self._judged = words
        is_soon = self._at_ms is not None and now_ms - self._at_ms < BETWEEN_MS
        if is_soon or speech.lasted_ms < STORY_MS or not self._floor.ending.is_telling:
            return
        # Its echo would be taken for speech of the caller.
        if self._doubt.has_echo or self._floor.consent.is_open or replies.signs.current:
            return
        self._at_ms = now_ms
        yield replies.nod()
