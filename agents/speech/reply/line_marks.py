"""Removes markup at the beginning of an answer's lines. Pure.

Headings, quotes, bullets, numbers of a list, rules, edges of tables, and names of roles. A number
belongs to a list only if the next line has the next number: "12. They are free." is an answer, and
"24. Dezember" a date.
"""

import re
from typing import Final

from agents.speech.reply.roles import LONGEST_ROLE, Part, Roles
from agents.speech.text.ordinals import is_ordinal

LONGEST_ITEM: Final = 300  # characters of a first item that wait to see a second one
_BLANKS: Final = re.compile(r"[^\S\n]*+")
_RULE_CHARACTERS: Final = re.compile(r"[-*_=|:+~ \t]*+")
_HEADING: Final = re.compile(r"#{1,6}(?=[^\S\n]|\Z)[^\S\n]*+")
_BULLETS: Final = frozenset("-*+•‣–—·")
_SIGNS: Final = frozenset("-–—+")  # of a number, unless it is a list
_NUMBERED: Final = re.compile(r"(\d{1,3})[.)][^\S\n]{1,8}(?=\S)")
_HALF_NUMBERED: Final = re.compile(r"\d{1,3}(?:[.)][^\S\n]{0,8})?")
_WORD_OF_ITEM: Final = re.compile(r"[^\W\d_]{0,40}+")
_CHECK_BOX: Final = re.compile(r"\[[ xX]\]")
_HALF_CHECK_BOX: Final = re.compile(r"\[[ xX]?")
# A heading: the next question of a text that models are trained on.
_OF_TEMPLATES: Final = "instruction"
UNKNOWN: Final = -1


class LineMarks:
    """Reads deltas; returns lines without their marks.

    is_over: the model also writes the caller's part; what follows is not the agent's. is_item: the
    current line began as an item of a list.
    """

    def __init__(self, *, language: str, name: str) -> None:
        self.is_over = False
        self.is_item = False
        self.removed: set[str] = set()
        self._language = language
        self._roles = Roles(name)
        self._held = ""
        self._is_at_start = True
        self._has_words = False
        self._dropped: Part | None = None  # whose words these are, when not the agent's
        self._next_number = 0  # of the list that is being read, 0 outside of one
        self._is_bulleted = False
        self._marker = ""  # of a first item, of which it is unknown whether it is one
        self._marker_number = 0
        self._first_word = ""
        self._item: list[str] = []
        self._item_length = 0
        self._given: list[str] = []

    @property
    def passes_plain(self) -> bool:
        """Whether plain words would be returned at once, unchanged, without a change of state."""
        return self._has_words and self._is_within_line

    def push(self, text: str) -> str:
        """The words that are decided now and were not returned before."""
        if self._is_within_line and "\n" not in text:  # most deltas
            self._has_words = self._has_words or any(map(str.isalnum, text))
            return text
        self._read(self._held + text, is_end=False)
        return self._take()

    def flush(self) -> str:
        """End the answer; returns the words that were held back."""
        self._read(self._held, is_end=True)
        self._release(self._marker)
        return self._take()

    @property
    def _is_within_line(self) -> bool:
        """Whether everything up to the end of the line is returned unchanged."""
        is_given = self._dropped is None and not self._marker and not self.is_over
        return is_given and not self._is_at_start

    def _take(self) -> str:
        given, self._given = "".join(self._given), []
        return given

    def _read(self, text: str, *, is_end: bool) -> None:
        start, self._held = 0, ""
        while start < len(text) and not self.is_over:
            if self._is_at_start:
                after = self._line_start(text, start, is_end=is_end)
                if after == UNKNOWN:
                    self._held = text[start:]
                    return
                start = after
                continue
            end = text.find("\n", start) + 1
            self._give(text[start : end or len(text)])
            self._is_at_start = bool(end)
            start = end or len(text)

    def _give(self, text: str) -> None:
        if self._dropped is not None or not text:
            return
        self._has_words = self._has_words or any(map(str.isalnum, text))
        if not self._marker:
            self._given.append(text)
            return
        self._item.append(text)
        self._item_length += len(text)
        if self._item_length > LONGEST_ITEM:
            self._release(self._marker)

    def _release(self, marker: str) -> None:
        """Output the text that was held back as a possible item of a list, after `marker`."""
        self._marker = ""
        if marker:
            self._given.append(marker)
        self._given += self._item
        self._item, self._item_length = [], 0

    # --- the beginning of a line --------------------------------------------------------

    def _line_start(self, text: str, start: int, *, is_end: bool) -> int:
        """Skip the marks at `start`; returns where the words begin, or UNKNOWN."""
        self.is_item = False
        blanks = _BLANKS.match(text, start)
        at = blanks.end() if blanks else start
        if at == len(text):
            return len(text) if is_end else UNKNOWN
        first = text[at]
        if first == "\n":
            return self._blank_line(at)
        rule = _RULE_CHARACTERS.match(text, at)
        rule_end = rule.end() if rule else at
        if rule_end > at:
            if rule_end == len(text) and not is_end:
                return UNKNOWN
            if rule_end == len(text) or text[rule_end] == "\n":
                marks = text[at:rule_end]
                if len(marks.strip()) >= 3 or not is_end or first == "|":
                    return rule_end
        if first == "#":
            return self._heading(text, at, is_end=is_end)
        if first == ">":
            return at + 1
        if first == "|":
            return self._begin_words(at + 1)
        if first in _BULLETS:
            return self._bullet(text, at, is_end=is_end)
        if first.isdigit():
            return self._number(text, at, is_end=is_end)
        return self._plain(text, at, is_indented=at > start, is_end=is_end)

    def _blank_line(self, at: int) -> int:
        if self._dropped is Part.THOUGHT:
            self._dropped = None
        self._give("\n")
        return at + 1

    def _begin_words(self, at: int) -> int:
        self._is_at_start = False
        return at

    def _heading(self, text: str, at: int, *, is_end: bool) -> int:
        run = _HEADING.match(text, at)
        if not is_end and (run.end() if run else at + 1) == len(text):
            return UNKNOWN
        is_template = _is_template(text, run.end(), is_end=is_end) if run else False
        if is_template is None:
            return UNKNOWN
        if is_template and self._has_words:
            self.removed.add("role")
            self.is_over = True
            return len(text)
        self._not_an_item()
        return self._begin_words(run.end() if run else at)

    def _bullet(self, text: str, at: int, *, is_end: bool) -> int:
        blanks = _BLANKS.match(text, at + 1)
        end = blanks.end() if blanks else at + 1
        if end == len(text) and not is_end:
            return UNKNOWN
        if end == at + 1 or end == len(text):
            return self._plain(text, at, is_indented=False, is_end=is_end)
        self.is_item = True
        if text[at] in _SIGNS and text[end].isdigit() and not self._is_bulleted:
            if self._marker and not self._marker_number:
                self._release("")
                self._is_bulleted = True
            else:
                self._wait(text[at:end], number=0, word="")
            return self._begin_words(end)
        self._release("" if not self._marker_number else self._marker)
        self._is_bulleted = True
        box = _CHECK_BOX.match(text, end)
        if box is None and not is_end and _HALF_CHECK_BOX.fullmatch(text, end):
            return UNKNOWN
        return self._begin_words(box.end() if box else end)

    def _number(self, text: str, at: int, *, is_end: bool) -> int:
        found = _NUMBERED.match(text, at)
        if found is None:
            if not is_end and _HALF_NUMBERED.fullmatch(text, at):
                return UNKNOWN
            return self._plain(text, at, is_indented=False, is_end=is_end)
        word = _WORD_OF_ITEM.match(text, found.end())
        if word and word.end() == len(text) and not is_end:
            return UNKNOWN
        self.is_item = True
        self._item_begins(int(found[1]), found.group(), word.group().lower() if word else "")
        return self._begin_words(found.end())

    def _item_begins(self, number: int, marker: str, word: str) -> None:
        is_date = is_ordinal(word, marker, self._first_word, self._language)
        if self._marker and number == self._marker_number + 1 and not is_date:
            self._release("")
            self._next_number = number + 1
            self.removed.add("list")
        elif self._next_number == number and not is_date:
            self._next_number += 1
        else:
            self._next_number = 0
            self._release(self._marker)
            if number == 1 and not is_date:
                self._wait(marker, number=number, word=word)
            else:
                self._give(marker)
        self._first_word = word

    def _wait(self, marker: str, *, number: int, word: str) -> None:
        self._release(self._marker)
        self._marker, self._marker_number, self._first_word = marker, number, word

    def _not_an_item(self) -> None:
        self._release(self._marker)
        self._next_number, self._is_bulleted, self._first_word = 0, False, ""

    def _plain(self, text: str, at: int, *, is_indented: bool, is_end: bool) -> int:
        found = self._roles.at(text[at : at + LONGEST_ROLE], is_end=is_end)
        if found is None:
            return UNKNOWN
        part, length = found
        if not is_indented:
            self._not_an_item()
        self._begin_words(at)
        if part is not None:
            self.removed.add("role")
            self._take_part(part)
        return at + length

    def _take_part(self, part: Part) -> None:
        if part is Part.AGENT:
            self._dropped = None
        elif part is Part.CALLER and self._has_words:
            self.is_over = True
        else:
            self._dropped = part


def _is_template(text: str, at: int, *, is_end: bool) -> bool | None:
    """Whether a heading at `at` belongs to such a text; None if more text is needed."""
    line, end, _ = text[at : at + LONGEST_ROLE].partition("\n")
    name = line.strip(" *_:：").lower()
    if not end and not is_end:
        may_be = len(line) < LONGEST_ROLE and _OF_TEMPLATES.startswith(name)
        return None if may_be else False
    return name == _OF_TEMPLATES and line.rstrip(" *_").endswith((":", "："))
