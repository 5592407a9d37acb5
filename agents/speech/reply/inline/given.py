"""What the removal of markup has given so far, and what it says of the next mark. Pure."""

from typing import Final

from agents.speech.heard.given_words import GivenWords
from agents.speech.notes.sources import LONGEST_WORD
from agents.speech.reply.hanging_up import is_mark
from agents.speech.reply.inline.nearby import visible_from
from agents.speech.reply.inline.stage_directions import LONGEST, Marks, is_direction

_ENDS_SENTENCE: Final = frozenset(".!?…:。！？।؟")


class Given:
    """The words that were given, and what was removed between them.

    hang_up: the mark for it was found; is_over: the rest is ignored; removed: the kinds of text
    that were removed. before: the last character that was read; tail: the last ones that were
    given.
    """

    def __init__(self) -> None:
        self.hang_up = False
        self.is_over = False
        self.removed: set[str] = set()
        self.before = ""
        self.tail = ""
        self.words = GivenWords()

    def give(self, text: str) -> None:
        """Add words."""
        if text:
            self.before = text[-1]
            self.tail = (self.tail + text)[-LONGEST_WORD:]
            self.words.give(text)

    def take_out(self, kind: str) -> None:
        """Note that text of this kind was removed here."""
        self.removed.add(kind)
        self.words.leave_out()

    def begins_sentence(self) -> bool:
        """Whether a sentence may begin here."""
        last = self.words.visible
        return not last or last in _ENDS_SENTENCE or self.words.ends_line

    def _is_alone(self, text: str, after: int, *, is_end: bool) -> bool | None:
        """Whether the text up to `after` is where a sentence would be; None while unknown."""
        if not self.begins_sentence():
            return False
        at = visible_from(text, after)
        if at == len(text):
            return True if is_end else None
        return not (text[at].islower() or text[at] in ",;:)")

    def is_direction(
        self, inside: str, marks: Marks, text: str, after: int, *, is_end: bool
    ) -> bool | None:
        """Whether the text up to `after` is a direction; None if that depends on what follows."""
        in_sentence = is_direction(inside, marks, is_alone=False)
        if in_sentence == is_direction(inside, marks, is_alone=True):
            return in_sentence
        is_alone = self._is_alone(text, after, is_end=is_end)
        return None if is_alone is None else in_sentence != is_alone

    def is_meant(self, inside: str, text: str, after: int, *, is_end: bool) -> bool | None:
        """Whether a mark in unusual brackets is meant as one, and not a word of a sentence."""
        at = visible_from(text, after)
        if at == len(text):
            return True if is_end else None
        is_order = inside.strip().lower() == "hang up"
        return self.begins_sentence() or not (is_order or text[at].islower())

    def cut_off(self, inside: str, marks: Marks, at: int) -> int:
        """Handle a mark at `at` that never closes in the answer; returns where to continue."""
        end = at + 1 + len(inside)
        if len(inside) <= LONGEST and is_mark(inside):
            return self.end_call(end)
        if len(inside) <= LONGEST and is_direction(inside, marks, is_alone=False):
            self.take_out("direction")
            return end
        if marks is Marks.ROUND:
            self.give("(")
        return at + 1

    def end_call(self, end: int) -> int:
        """The mark for hanging up ends at `end`; returns that."""
        self.hang_up = True
        self.take_out("hang up")
        self.is_over = self.words.has_words
        return end
