"""Bounds the words of a call's turns: those in memory, and those that are recorded.

A call lasts four hours at most, and people say 200,000 characters in that time. A client
with a language model and a voice of its own can produce a hundred times as many: each request to
the model contains all of them, and is made on the event loop of all calls.
"""

from dataclasses import replace
from typing import Final

from telephony.session.turns import TurnRecord

# Characters of text and heard text together. In memory the words of the latest turns are kept.
MOST_IN_MEMORY: Final = 400_000
# Of the records of a call. Beyond that turns are recorded without their words.
MOST_RECORDED: Final = 1_000_000
OF_A_TURN: Final = 100  # that a turn counts in addition


class KeptWords:
    """The words of one call's turns, in a list that others read.

    recorded: how many characters the call's records have so far, also those of other processes.
    """

    def __init__(self, turns: list[TurnRecord], *, forgotten: int = 0, recorded: int = 0) -> None:
        """forgotten: how many turns at the beginning have no words any more.

        recorded: as it was in the process before; 0 if that did not tell.
        """
        self._turns = turns
        self.forgotten = forgotten
        self._in_memory = sum(map(_size, turns))
        # By number of the turn, of what is recorded.
        self._sizes = {turn.number: _size(turn) + OF_A_TURN for turn in turns}
        self._records = {turn.number: turn for turn in turns[forgotten:]}  # as they are recorded
        self.recorded = max(recorded, sum(self._sizes.values()))

    def keep(self, turn: TurnRecord) -> TurnRecord:
        """Put `turn` in its place; returns it as it is to be recorded.

        A turn that is kept again with too many words is recorded with those it had.
        """
        if turn.number <= len(self._turns):
            self._in_memory -= _size(self._turns[turn.number - 1])
        self._turns[turn.number - 1 : turn.number] = [turn]
        self._in_memory += _size(turn)
        while self._in_memory > MOST_IN_MEMORY and self.forgotten < len(self._turns) - 1:
            oldest = self._turns[self.forgotten]
            self._in_memory -= _size(oldest)
            self._turns[self.forgotten] = replace(oldest, text="", heard_text="")
            self._records.pop(oldest.number, None)
            self.forgotten += 1
        if self._may_record(turn):
            self._records[turn.number] = turn
            return turn
        before = self._records.get(turn.number)
        if before is None:
            return replace(turn, text="", heard_text="")
        return replace(turn, text=before.text, heard_text=before.heard_text)

    def _may_record(self, turn: TurnRecord) -> bool:
        size = _size(turn) + OF_A_TURN
        recorded = self.recorded - self._sizes.get(turn.number, 0) + size
        if recorded > MOST_RECORDED:
            return False
        self.recorded, self._sizes[turn.number] = recorded, size
        return True


def _size(turn: TurnRecord) -> int:
    return len(turn.text) + len(turn.heard_text)
