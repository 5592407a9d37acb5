"""Sentences that are always said whole: a barge-in or key within one takes effect at its end.

    none --barge-in or key within the sentence--> waited for --its end, or the reply's--> none

The other sentences of a reply are interrupted at once, and so is one whose audio has stopped. Pure.
"""

from agents.speech.interruption.said_whole import sentences_in, stretch_of_rest, stretches
from telephony.session.floor import Floor


class SaidWhole:
    """Knows whether such a sentence is heard now. `now_ms`: the session's clock."""

    def __init__(self, floor: Floor, said_whole: str) -> None:
        """said_whole: the sentences, as in the agent's setting."""
        self._floor = floor
        self._sentences = sentences_in(said_whole)
        self._looked_at: object = None  # the reply's pieces in which `_found` lie
        self._found: tuple[tuple[int, int], ...] = ()
        self._waits_on = ""  # id of the reply in which the end of a sentence is waited for

    def is_now(self, now_ms: int) -> bool:
        """Whether the caller hears such a sentence now."""
        reply = self._floor.replies.current
        if not self._sentences or reply is None or not reply.playout.is_audible(now_ms):
            return False
        playout = reply.playout
        heard_ms, pieces = playout.heard_ms(now_ms), playout.pieces
        if self._looked_at != (pieces, playout.is_complete):  # once, and not on each tick
            self._looked_at = (pieces, playout.is_complete)
            is_complete = playout.is_complete
            found = [*stretches(pieces, self._sentences, is_complete=is_complete)]
            if heard := reply.heard_before:
                apology = self._floor.phrases.cut_off
                rest = stretch_of_rest(
                    pieces, heard, self._sentences, apology, is_complete=is_complete
                )
                found += [rest] if rest else []
            self._found = tuple(found)
        return any(begin_ms <= heard_ms < end_ms for begin_ms, end_ms in self._found)

    def holds(self, now_ms: int) -> bool:
        """The caller interrupts: whether that waits for the end of such a sentence."""
        reply = self._floor.replies.current
        if reply is None or not self.is_now(now_ms):
            return False
        self._waits_on = reply.id
        return True

    def is_over(self, now_ms: int) -> bool:
        """Whether the end of such a sentence was waited for, and has come: until `end_wait`."""
        reply = self._floor.replies.current
        is_waiting = reply is not None and reply.id == self._waits_on
        return is_waiting and not self.is_now(now_ms)

    def end_wait(self, now_ms: int) -> None:
        """Note that all who wait have been told that the sentence is over.

        The wait is over; without this, much later words in the same reply would interrupt it.
        """
        if self.is_over(now_ms):
            self._waits_on = ""
