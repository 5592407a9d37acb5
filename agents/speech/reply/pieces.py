"""Filters a model's answer and cuts it into pieces that a voice can begin with. Pure."""

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
# As a whole answer: what programs write for none, and agents that are told to be silent.
_NOTHING: Final = frozenset({
    "null", "undefined", "NaN", "NO_REPLY", "NO_RESPONSE", "(no response)", "(no reply)", "(empty)",
    "(silence)",
})  # fmt: skip
# What is left of a call, in front of it or behind it, when its name and its object are gone.
_LABEL: Final = re.compile(
    r"\A[\W_]*+(?:action|(?:tool|function)[ _]?call|call|args|arguments|parameters|await)[\W_]*+\Z",
    re.IGNORECASE,
)


class ReplyPieces:
    """Reads one answer in deltas; the joined pieces are the words that are said and stored.

    language: a tag such as "de-AT"; name: the agent's; thinks_first: the model was seen to reason
    without a mark at the beginning. has_restarted: it did so in this answer. tools: the names of
    the offered tools, whose calls are removed from the words.
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
        """Whether the model wrote the mark for hanging up, in any spelling."""
        return self._filter.hang_up

    @property
    def is_over(self) -> bool:
        """Whether the rest of the answer is not for the caller and need not be read."""
        return self._filter.is_over or self._loop.has_begun

    @property
    def is_empty(self) -> bool:
        """Whether there were no words to say so far."""
        return not self._has_words

    @property
    def is_waiting(self) -> bool:
        """Whether words are held back until the end of their sentence."""
        return self._chunker.is_waiting or self._filter.is_waiting

    @property
    def removed(self) -> frozenset[str]:
        """The kinds of text that were removed from the answer, for the log."""
        return self._filter.removed | ({"call"} if self._narrated.has_found else set())

    def calls(self) -> tuple[WrittenCall, ...]:
        """The tool calls in the text; complete once the answer has ended."""
        return calls_in(self._filter.outside, self._tools)

    def push(self, delta: str) -> list[str]:
        """Add a delta of the model; returns the pieces that the voice can begin now."""
        return self._cut(self._filter.push(delta))

    def due(self) -> list[str]:
        """The part of a sentence, up to a whole word, to be spoken now because its rest is late."""
        return [*self._cut(self._filter.due()), *self._noted(self._chunker.due())]

    def flush(self) -> list[str]:
        """End the answer; returns the remaining pieces."""
        pieces = self._cut(self._filter.flush())
        pieces += self._noted(self._chunker.push(self._narrated.flush()))
        last = self._chunker.flush()
        if not self._has_words and not pieces:
            last = [piece for piece in last if piece.strip() not in _NOTHING]
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
