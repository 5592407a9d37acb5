"""A model's answer as the voice gets it: filtered, and cut where the voice can begin. Pure."""

import re
from collections.abc import Collection
from typing import Final

from agents.speech.notes.loops import Loop
from agents.speech.reply.filter import ReplyFilter
from agents.speech.reply.tags import TOOL
from agents.speech.text.sentences import SentenceChunker
from agents.speech.tool_calls.narrated import NarratedCalls
from agents.speech.tool_calls.written import WrittenCall, calls_in

_CALLS: Final = frozenset((TOOL, "call"))  # of what is taken out
# What is left of a call, in front of it or behind it, when its name and its object are gone.
_LABEL: Final = re.compile(
    r"\A[\W_]*+(?:action|(?:tool|function)[ _]?call|call|args|arguments|parameters|await)[\W_]*+\Z",
    re.IGNORECASE,
)


class ReplyPieces:
    """Reads one answer in deltas; the pieces, joined, are what is said and kept.

    language: a tag such as "de-AT"; name: the agent's own; thinks_first: the model was seen to
    reason without a mark where that begins. has_restarted: it did so here. tools: the names of
    those that were offered, of which calls in words are none.
    """

    def __init__(
        self,
        language: str = "en",
        *,
        name: str = "",
        thinks_first: bool = False,
        tools: Collection[str] = (),
    ) -> None:
        self.has_restarted = False
        self._tools = tools
        self._narrated = NarratedCalls(tools)
        self._filter = ReplyFilter(language, name=name, thinks_first=thinks_first)
        self._chunker = SentenceChunker(language=language)
        self._loop = Loop()
        self._has_words = False

    @property
    def hang_up(self) -> bool:
        """Whether the model wrote the mark for it, in any of its spellings."""
        return self._filter.hang_up

    @property
    def is_over(self) -> bool:
        """Whether nothing that follows is for the caller: it need not be read."""
        return self._filter.is_over or self._loop.has_begun

    @property
    def is_empty(self) -> bool:
        """Whether there was no word to say so far."""
        return not self._has_words

    @property
    def is_waiting(self) -> bool:
        """Whether there are words that wait for the end of their sentence."""
        return self._chunker.is_waiting or self._filter.is_waiting

    @property
    def removed(self) -> frozenset[str]:
        """The kinds of what was taken out of the answer, for a log."""
        return self._filter.removed | ({"call"} if self._narrated.has_found else set())

    def calls(self) -> tuple[WrittenCall, ...]:
        """The tools that were called in the text, once the answer has ended."""
        return calls_in(self._filter.outside, self._tools)

    def push(self, delta: str) -> list[str]:
        """Add what the model wrote; the pieces that the voice can begin now."""
        return self._cut(self._filter.push(delta))

    def due(self) -> list[str]:
        """What can be spoken now of a sentence whose rest is late, up to a whole word."""
        return [*self._cut(self._filter.due()), *self._noted(self._chunker.due())]

    def flush(self) -> list[str]:
        """The model has ended: the rest."""
        pieces = self._cut(self._filter.flush())
        pieces += self._noted(self._chunker.push(self._narrated.flush()))
        last = self._chunker.flush()
        if self.removed & _CALLS:
            last = [piece for piece in last if not _LABEL.match(piece)]
        return [*pieces, *self._noted(last)]

    def _cut(self, words: str) -> list[str]:
        if self._filter.take_restart():
            self.has_restarted = True
            self._loop = Loop()
            self._chunker.discard()
            self._narrated = NarratedCalls(self._tools)
        return self._noted(self._chunker.push(self._narrated.push(words)))

    def _noted(self, pieces: list[str]) -> list[str]:
        if not pieces:  # with most deltas
            return pieces
        worded = (piece for piece in pieces if any(map(str.isalnum, piece)))
        said = [piece for piece in worded if not self._loop.takes(piece)]
        self._has_words = self._has_words or bool(said)
        return said
