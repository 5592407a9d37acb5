"""The filter between a language model and the voice. Pure.

Removes reasoning, directions, tags, notes about the line, escapes and emoji, and finds the mark for
hanging up. So transcript and conversation hold the words that the caller heard.
"""

import re
from typing import Final

from agents.speech.notes.source_lines import SourceLines
from agents.speech.reply.bare_mark import BareMark
from agents.speech.reply.blocks import Blocks, Restart
from agents.speech.reply.characters import Characters
from agents.speech.reply.inline.markup import Markup
from agents.speech.reply.line_marks import LineMarks
from agents.speech.reply.opening import Opening

MOST_READ: Final = 200_000  # characters of one answer, most of them reasoning
MOST_WORDS: Final = 10_000  # characters of them that are words: ten minutes of speech
# What no stage but the last two looks at within a line: most deltas of most answers.
# Without those that letters begin with which came apart.
_PLAIN: Final = re.compile(r"[A-Za-zÀÁÆ-ÍÒ-ÖØ-áã-ïñ-öø-ĉċ-ğġ-ɏ0-9 ,.?';:]*+")


class ReplyFilter:
    """Reads one answer in deltas of any size; only the beginning of an endless one.

    language: a tag such as "de-AT"; name: the agent's, which a model may write before its words.
    thinks_first: the model was seen to reason without a mark at the beginning.
    """

    def __init__(self, language: str = "en", *, name: str = "", thinks_first: bool = False) -> None:
        self._language, self._name = language, name
        self._opening = Opening(thinks_first=thinks_first)
        self._characters = Characters(language)
        self._outside: list[str] = []
        self._blocks = Blocks(self._outside)
        self._has_restarted = False
        self._removed: set[str] = set()
        self._read = 0
        self._is_over = False
        self._begin()

    def _begin(self) -> None:
        self._sources = SourceLines()
        self._lines = LineMarks(language=self._language, name=self._name)
        self._markup = Markup()
        # A mark of a line may follow a note or direction that has been taken out.
        self._lines_left = LineMarks(language=self._language, name=self._name)
        self._bare_mark = BareMark()
        self._has_words = False
        self._written = 0
        self._passes_plain = False  # each stage gives plain words as it gets them

    @property
    def hang_up(self) -> bool:
        """Whether the call ends after this answer."""
        return self._blocks.hang_up or self._markup.hang_up or self._bare_mark.hang_up

    @property
    def is_over(self) -> bool:
        """Whether nothing that follows is for the caller."""
        return self._is_over

    @property
    def is_empty(self) -> bool:
        """Whether no letter and no digit was returned yet."""
        return not self._has_words

    @property
    def removed(self) -> frozenset[str]:
        """The kinds of text that were removed."""
        stages = (self._blocks, self._lines, self._markup, self._lines_left)
        sources = {"sources"} if self._sources.removed else set()
        return frozenset(self._removed.union(sources, *(stage.removed for stage in stages)))

    @property
    def outside(self) -> str:
        """Everything but reasoning, including what was removed."""
        return "".join(self._outside)

    def take_restart(self) -> bool:
        """Whether the words returned before the last call turned out not to be the answer.

        Those that are not spoken yet must be dropped.
        """
        has_restarted, self._has_restarted = self._has_restarted, False
        return has_restarted

    def push(self, delta: str) -> str:
        """The words that are decided now and were not returned before."""
        if self._is_over:
            return ""
        length = len(delta)
        fits = self._read + length <= MOST_READ and self._written + length <= MOST_WORDS
        if fits and self._passes_plain and _PLAIN.fullmatch(delta):
            self._read += length
            self._written += length
            self._outside.append(delta)
            return self._bare_mark.push(self._markup.push(delta))
        delta = delta[: MOST_READ + 1 - self._read]
        self._read += len(delta)
        text = self._take(self._blocks.push(self._characters.push(delta)))
        self._note_state()
        return text

    def flush(self) -> str:
        """End the answer; returns the words that were held back."""
        blocks = [*self._blocks.push(self._characters.flush()), *self._blocks.flush()]
        words = self._take(blocks)
        rest = self._lines.push(self._sources.flush()) + self._lines.flush()
        rest = self._markup.push(rest) + self._markup.flush()
        rest = self._lines_left.push(rest) + self._lines_left.flush()
        is_item = self._lines.is_item or self._lines_left.is_item
        rest = self._bare_mark.push(rest) + self._bare_mark.flush(is_item=is_item)
        words += self._opening.push(rest) + self._opening.flush()
        self._has_words = self._has_words or any(map(str.isalnum, words))
        self._note_state()
        return words

    def due(self) -> str:
        """Words held back only for a decision, to be said when nothing follows for a while."""
        return self._opening.flush() if self._opening.is_waiting else ""

    @property
    def is_waiting(self) -> bool:
        """Whether `due` would return words."""
        return self._opening.is_waiting

    def _note_state(self) -> None:
        """Copy the state of the stages; plain words do not change it, so they skip this."""
        is_too_long = self._read > MOST_READ or self._written > MOST_WORDS
        stages = (self._blocks, self._lines, self._markup, self._lines_left)
        self._is_over = is_too_long or any(stage.is_over for stage in stages)
        self._passes_plain = (
            self._has_words
            and self._characters.passes_plain
            and self._blocks.passes_plain
            and self._sources.passes_plain
            and self._lines.passes_plain
            and self._markup.passes_plain
            and self._lines_left.passes_plain
            and self._opening.passes_plain
        )

    def _take(self, blocks: list[str | Restart]) -> str:
        written: list[str] = []
        for words in blocks:
            if isinstance(words, str):
                written.append(words)
            else:
                text = self._filtered(written)
                if self._lines.is_over or self._markup.is_over or self._lines_left.is_over:
                    return text  # as if what follows had come later
                self._has_restarted = True
                self._removed |= self.removed
                self._begin()
                self._opening = Opening()
                written = []
        return self._filtered(written)

    def _filtered(self, written: list[str]) -> str:
        # In one piece: what is held back is read again with each one that comes.
        words_of_all = "".join(written)[: MOST_WORDS + 1 - self._written]
        self._written += len(words_of_all)
        text = self._lines.push(self._sources.push(words_of_all))
        text = self._lines_left.push(self._markup.push(text))
        text = self._opening.push(self._bare_mark.push(text))
        self._has_words = self._has_words or any(map(str.isalnum, text))
        return text
