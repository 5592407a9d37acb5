"""Removes markup within an answer's lines: emphasis, links, directions, notes. Pure.

It reads deltas and returns words, and holds back only what may still become a mark: the first piece
of an ordinary answer is returned with the delta that completes it.
"""

import re
from typing import Final

from agents.speech.heard.given_words import BLANK
from agents.speech.notes.formulas import formula_end, without_signs
from agents.speech.notes.sources import (
    POWER,
    RAISED,
    RAISED_DIGITS,
    REFERENCE,
    is_citation,
    is_note,
    is_source_in_words,
    links_at,
    may_be_links,
    may_become_source,
)
from agents.speech.reply.hanging_up import is_mark, may_become_mark
from agents.speech.reply.inline.given import Given
from agents.speech.reply.inline.nearby import (
    UNKNOWN,
    closing,
    is_key,
    is_open,
    is_source,
    may_be_address,
    near,
    visible_from,
)
from agents.speech.reply.inline.stage_directions import (
    LONGEST,
    Marks,
    is_direction,
    may_become_direction,
)

_INLINE: Final = re.compile(r"[\[\](){}*_~`|!^$:⁰¹²³⁴-⁹]")
_MARK_RUN: Final = re.compile(r"\*++|_++|~++|`++")
_ADDRESS: Final = re.compile(r"\(<?[^\s()]*+(?:\([^\s()]*+\)[^\s()]*+)*+(?:\s\"[^\"\n]*+\")?\)")
_FOOTNOTE: Final = re.compile(r"\[\^[\w\-]{1,30}\^?\]:?")


class Markup:
    """Reads the deltas of one answer."""

    def __init__(self) -> None:
        self._held = ""
        self._given = Given()

    @property
    def hang_up(self) -> bool:
        """Whether the mark for hanging up was found."""
        return self._given.hang_up

    @property
    def is_over(self) -> bool:
        """Whether the rest of the answer is ignored."""
        return self._given.is_over

    @property
    def removed(self) -> set[str]:
        """The kinds of text that were removed."""
        return self._given.removed

    @property
    def passes_plain(self) -> bool:
        """Whether plain words would be returned at once and unchanged."""
        return not self._held and not self._given.is_over

    def push(self, text: str) -> str:
        """The words that are decided now and were not returned before."""
        return self._read(self._held + text, is_end=False)

    def flush(self) -> str:
        """End the answer; returns the words that were held back."""
        return self._read(self._held, is_end=True)

    def _read(self, text: str, *, is_end: bool) -> str:
        start, self._held = 0, ""
        while start < len(text) and not self._given.is_over:
            found = _INLINE.search(text, start)
            at = found.start() if found else len(text)
            self._given.give(text[start:at])
            if found is None:
                break
            after = self._mark_at(text, at, is_end=is_end)
            if after == UNKNOWN:
                self._held = text[at:]
                break
            self._given.before = text[after - 1]
            start = after
        return self._given.words.take()

    # --- marks --------------------------------------------------------------------------

    def _mark_at(self, text: str, at: int, *, is_end: bool) -> int:
        """Read the mark at `at`; returns its end, or UNKNOWN."""
        match text[at]:
            case "[":
                return self._square(text, at, is_end=is_end)
            case "]":
                return self._square_end(text, at, is_end=is_end)
            case "(":
                return self._round(text, at, is_end=is_end)
            case "{":
                return self._curly(text, at, is_end=is_end)
            case "*" | "_" | "~" | "`":
                return self._run(text, at, is_end=is_end)
            case "|":
                return self._cell(text, at, is_end=is_end)
            case "!" if not self._given.before.strip():
                if at + 1 == len(text) and not is_end:
                    return UNKNOWN
                if text[at + 1 : at + 2] == "[":
                    return at + 1
            case ":":
                if text.startswith(REFERENCE, at):
                    self._given.take_out("note")
                    return at + len(REFERENCE) - 1
                if not is_end and REFERENCE.startswith(text[at:]):
                    return UNKNOWN
            case "^":
                if at + 1 == len(text) and not is_end:
                    return UNKNOWN
                if text[at + 1 : at + 2] in ("[", "°") or self._given.words.has_gap:
                    return at + 1
                if power := POWER.match(text, at):
                    if power.end() == len(text) and not is_end:
                        return UNKNOWN
                    self._given.give(power[1].translate(RAISED_DIGITS))
                    return power.end()
            case "$":
                return self._dollar(text, at, is_end=is_end)
            case raised if raised in "⁰¹²³⁴⁵⁶⁷⁸⁹":
                return self._raised(text, at, is_end=is_end)
        if text[at] != "}":
            self._given.give(text[at])
        return at + 1

    def _square(self, text: str, at: int, *, is_end: bool) -> int:
        if footnote := _FOOTNOTE.match(text, at):
            self._given.take_out("note")
            return footnote.end()
        end = closing(text, at, "]", "[")
        if end == UNKNOWN:
            inside = near(text, at + 1)
            if is_open(inside, "[", is_end=is_end):
                return UNKNOWN
            return self._given.cut_off(inside, Marks.SQUARE, at) if is_end else at + 1
        inside = text[at + 1 : end]
        if is_mark(inside):
            return self._given.end_call(end + 1)
        if end + 1 == len(text) and not is_end:
            return UNKNOWN
        if text[end + 1 :] == "[" and not is_end:
            return UNKNOWN
        is_cited = is_citation(inside) and text[end + 1 : end + 2] != "("
        if is_cited or is_source(inside, self._given.before, text[end + 1 : end + 3]):
            self._given.take_out("note")
            return end + 1
        if text[end + 1 : end + 2] == "(":
            if _ADDRESS.match(text, end + 1):
                return at + 1
            if not is_end and may_be_address(text, end + 1):
                return UNKNOWN
        is_taken_out = self._given.is_direction(inside, Marks.SQUARE, text, end + 1, is_end=is_end)
        if is_taken_out is None:
            return UNKNOWN
        if is_taken_out:
            self._given.take_out("note")
            return end + 1
        return at + 1

    def _square_end(self, text: str, at: int, *, is_end: bool) -> int:
        if at + 1 == len(text) and not is_end:
            return UNKNOWN
        if text[at + 1 : at + 2] == "(":
            if address := _ADDRESS.match(text, at + 1):
                self._given.removed.add("link")
                return address.end()
            if not is_end and may_be_address(text, at + 1):
                return UNKNOWN
        return at + 1

    def _curly(self, text: str, at: int, *, is_end: bool) -> int:
        end = closing(text, at, "}", "{")
        if end == UNKNOWN:
            return UNKNOWN if is_open(near(text, at + 1), "{", is_end=is_end) else at + 1
        inside = text[at + 1 : end]
        if is_mark(inside):
            return self._given.end_call(end + 1)
        if is_citation(inside) or is_direction(inside, Marks.ROUND, is_alone=False):
            self._given.take_out("note")
            return end + 1
        return at + 1

    def _raised(self, text: str, at: int, *, is_end: bool) -> int:
        """Read raised digits: the number of a note, or a power."""
        run = RAISED.match(text, at)
        end = run.end() if run else at + 1
        if text[end:] in ("", ",") and not is_end:
            return UNKNOWN
        if is_note(text[at:end], self._given.tail):
            self._given.take_out("note")
        else:
            self._given.give(text[at:end])
        return end

    def _dollar(self, text: str, at: int, *, is_end: bool) -> int:
        """Read a dollar sign: of a sum of money, or the edge of a formula."""
        end = formula_end(text, at)
        if not is_end and (end == UNKNOWN or end == len(text)):
            return UNKNOWN
        if end <= at:
            if text.startswith("$$", at):
                return at + 2
            self._given.give("$")
            return at + 1
        self._given.give(without_signs(text[at:end]))
        return end

    def _round(self, text: str, at: int, *, is_end: bool) -> int:
        if links := links_at(text, at):
            self._given.take_out("note")
            return links.end()
        if not is_end and may_be_links(text, at):
            return UNKNOWN
        end = closing(text, at, ")", "(")
        if end == UNKNOWN:
            inside = near(text, at + 1)
            if len(inside) <= LONGEST and not set("(\n") & set(inside):
                if is_end:
                    return self._given.cut_off(inside, Marks.ROUND, at)
                if may_become_direction(inside, is_alone=False) or may_become_mark(inside):
                    return UNKNOWN
                if may_become_source(inside):
                    return UNKNOWN
        else:
            inside = text[at + 1 : end]
            if is_direction(inside, Marks.ROUND, is_alone=False):
                self._given.take_out("direction")
                return end + 1
            if is_source_in_words(inside):
                self._given.take_out("note")
                return end + 1
            if is_mark(inside):
                is_meant = self._given.is_meant(inside, text, end + 1, is_end=is_end)
                if is_meant is None:
                    return UNKNOWN
                if is_meant:
                    return self._given.end_call(end + 1)
        self._given.give("(")
        return at + 1

    def _run(self, text: str, at: int, *, is_end: bool) -> int:
        """Read a run of asterisks, underscores, tildes or backticks."""
        run = _MARK_RUN.match(text, at)
        end = run.end() if run else at + 1
        mark, count = text[at], end - at
        next_at = visible_from(text, end)
        if not is_end and (end == len(text) or (mark == "*" and next_at == len(text))):
            return UNKNOWN
        follows = text[end : end + 1]
        if mark == "~":
            if count == 1:
                self._given.give(mark)
            return end
        if mark == "`":
            if count == 1 and self._given.before.isalpha() and follows.isalpha():
                self._given.give("'")
            return end
        if mark == "_" and self._given.before.isalnum() and follows.isalnum():
            self._given.give(text[at:end])
            return end
        is_product = (
            count == 1
            and self._given.words.visible.isdigit()
            and text[next_at : next_at + 1].isdigit()
        )
        if mark == "*" and count == 1 and is_key(self._given.tail, follows):
            self._given.give(mark)
            return end
        if mark == "*" and is_product and (next_at > end) == (self._given.before in BLANK):
            self._given.give(mark)
            return end
        if follows and not follows.isspace() and count <= 3:
            return self._emphasis(text, at, end, is_end=is_end)
        return end

    def _emphasis(self, text: str, at: int, start: int, *, is_end: bool) -> int:
        """Read what follows a run of marks: a direction, or words."""
        marks = Marks.EMPHASIS if start - at == 1 else Marks.STRONG
        is_sentence = self._given.begins_sentence()
        end = closing(text, start - 1, text[at], "\n")
        if end == UNKNOWN:
            inside = near(text, start)
            if "\n" in inside or len(inside) > LONGEST:
                return start
            if is_end:
                return self._given.cut_off(inside, marks, start - 1)
            may_be = may_become_direction(inside, is_alone=is_sentence) or may_become_mark(inside)
            return UNKNOWN if may_be else start
        inside = text[start:end]
        run = _MARK_RUN.match(text, end)
        after = run.end() if run else end + 1
        if after == len(text) and not is_end:
            return UNKNOWN
        if is_mark(inside):
            is_meant = self._given.is_meant(inside, text, after, is_end=is_end)
            if is_meant is None:
                return UNKNOWN
            if is_meant:
                return self._given.end_call(after)
        is_taken_out = self._given.is_direction(inside, marks, text, after, is_end=is_end)
        if is_taken_out is None:
            return UNKNOWN
        if is_taken_out:
            self._given.take_out("direction")
            return after
        return start

    def _cell(self, text: str, at: int, *, is_end: bool) -> int:
        """Read an edge between two cells of a table."""
        end = at
        while end < len(text) and text[end] in " |":
            end += 1
        if end == len(text) and not is_end:
            return UNKNOWN
        if end < len(text) and text[end] != "\n" and self._given.words.visible not in ("", ","):
            self._given.words.leave_out()
            self._given.give(", ")
        return end
