"""Removes tool calls from the words of an answer: `opening_hours(day="Monday")`. Pure.

A call without marks is recognised by the name of an offered tool, which people do not say; the
brackets after it are removed with it. `written` reads the call itself.
"""

import re
from collections.abc import Collection
from functools import lru_cache, partial
from typing import Final

from agents.speech.tool_calls.brackets import LONGEST, Closings, OpenBracket
from agents.speech.tool_calls.signs import (
    LONGEST_BEFORE,
    Sign,
    any_of,
    end_of_number,
    is_marked_by,
    is_no_word,
    is_undecided,
    sign_of,
)

_BEFORE: Final = (
    "print(", ">>>", "to=", "commentary to=", "assistant to=", "functions.", "function.", "tools.",
    "tool.", "default_api.", "function=", "action:", "tool:", "function:", "call:",
)  # fmt: skip
_LABELS: Final = r"(?:action|tool|function)(?:[ ]name)?:[ ]{0,3}"
_LABELLED_INPUT: Final = re.compile(
    r"\n?(?:(?:action|tool) input|arguments|parameters|observation):[^\n]*(?:\n|\Z)", re.IGNORECASE
)
_LAST_WORDS: Final = re.compile(
    rf"(?:(?<=\s)|\A)(?=\S)(?:(?:commentary|assistant)[ ]|{_LABELS}){{0,8}}+\S{{0,90}}\Z",
    re.IGNORECASE,
)
_INPUTS: Final = ("action input:", "tool input:", "arguments:", "parameters:", "observation:")
_OF_A_LIST: Final = "functools"  # before a list of calls


_WRITTEN_BEFORE: Final = "|".join(map(re.escape, _BEFORE))
_PREFIX: Final = re.compile(rf"(?:{_LABELS}|{_WRITTEN_BEFORE})*+", re.IGNORECASE)
_MARKS: Final = frozenset(".=:>([{\"'`")  # within a word that a name may follow


class _Names:
    """How the names of tools are found. call: one of them, with what is written before it, which is
    never read in another way: of "tool:tool:" there are twice as many ways with each.

    halves: what each may be until all of it has come.
    """

    def __init__(self, tools: tuple[str, ...]) -> None:
        self.call = re.compile(
            rf"(?:(?<=[\s(\[{{.:>!?\"'`])|\A)(?P<before>(?:{_LABELS}|{_WRITTEN_BEFORE}){{0,8}}+)"
            rf"(?P<name>{any_of(tools)}|{_OF_A_LIST})(?![A-Za-z0-9_])",
            re.IGNORECASE,
        )
        starts = [*map(str.lower, tools), _OF_A_LIST, *_BEFORE] if tools else []
        self.halves = frozenset(each[:size] for each in starts for size in range(1, len(each) + 1))
        self._names = tuple(map(str.lower, tools))
        self._shortest = min(map(len, self._names), default=0)

    def begin_nowhere_in(self, text: str) -> bool:
        """Whether `text` has no call and none may begin at its end; fast, for most deltas."""
        if not self._names:
            return True
        lower = text.lower()
        word = lower.rpartition(" ")[2].rpartition("\n")[2]
        if word in self.halves or not _MARKS.isdisjoint(word):
            return False
        if len(lower) < self._shortest:
            return True
        return _OF_A_LIST not in lower and not any(name in lower for name in self._names)


@lru_cache(maxsize=256)
def _names(tools: tuple[str, ...]) -> _Names:
    return _Names(tools)


class NarratedCalls:
    """Reads words in deltas; returns them without calls. has_found: a call was found."""

    def __init__(self, tools: Collection[str]) -> None:
        self.has_found = False
        self._names = _names(tuple(tools))
        self._held = ""
        self._bracket: OpenBracket | None = None  # of the call that is held
        self._closings: Closings | None = None  # of the text that is read now
        self._before = ""  # the end of what has been read
        self._takes_input = False  # a line that names a tool may be followed by what it gets

    def push(self, text: str) -> str:
        """The words that are decided now and were not returned before."""
        if not (self._held or self._takes_input) and self._names.begin_nowhere_in(text):
            self._pass(text)
            return text
        return self._read(self._held + text, is_end=False)

    def flush(self) -> str:
        """End the answer; returns the words that were held back."""
        return self._read(self._held, is_end=True) if self._held else ""

    def _read(self, text: str, *, is_end: bool) -> str:
        given, self._held = [], ""
        self._closings = None
        if self._takes_input:
            text = self._without_input(text, is_end=is_end)
        while text:
            written = self._before + text
            found = self._names.call.search(written, len(self._before))
            begin = len(text) if found is None else found.start() - len(self._before)
            if found is None and not is_end:
                begin = self._may_begin(text)
            end = begin if found is None else self._end(written, found, is_end=is_end)
            given.append(text[:begin])
            if found is None or end is None:
                self._pass(text[:begin])
                self._held = text[begin:]
                break
            if end == found.start():  # it is a word
                end = found.end()
                given.append(found.group())
            else:
                self.has_found = True
                self._takes_input = "action" in found["before"].lower()
            end -= len(self._before)
            self._pass(text[:end])
            text = text[end:]
            if self._takes_input:
                text = self._without_input(text, is_end=is_end)
        return "".join(given)

    def _pass(self, text: str) -> None:
        self._before = (self._before + text)[-LONGEST_BEFORE:]

    def _without_input(self, text: str, *, is_end: bool) -> str:
        """`text` without lines of a tool's input and output; a possible one is held back."""
        while True:
            line = _LABELLED_INPUT.match(text)
            begun = text.lower().lstrip("\n")[:14]
            may_be = any(each.startswith(begun) for each in _INPUTS)
            if not is_end and (may_be or (line and not line.group().endswith("\n"))):
                self._held = text
                return ""
            if line is None:
                break
            text = text[line.end() :]
        self._takes_input = False
        return text

    def _may_begin(self, text: str) -> int:
        """Where a call may begin at the end of `text`; its length if none does."""
        last = _LAST_WORDS.search(text)
        if last is None:
            return len(text)
        word = last.group().lower().lstrip("([{\"'`")
        prefix = _PREFIX.match(word)
        rest = word[prefix.end() :].lstrip() if prefix else word
        is_begun = bool(word) and (not rest or rest in self._names.halves)
        return last.start() if is_begun else len(text)

    def _end(self, text: str, found: re.Match[str], *, is_end: bool) -> int | None:
        """The end of the call: its beginning if it is not a call, None if more text is needed."""
        at = found.end()
        behind = text[at : at + LONGEST]
        if not is_end and is_undecided(behind):
            return None
        before = text[max(0, found.start("name") - LONGEST_BEFORE) : found.start("name")]
        sign = sign_of(before, found["name"], behind, partial(self._end_behind, text, at))
        number = end_of_number(behind)
        if sign is Sign.BRACKETS:
            return self._behind_brackets(text, text.index("(", found.start()), is_end=is_end)
        is_numbered = number > 0 and is_no_word(found["name"])
        is_list = found["name"].lower() == _OF_A_LIST
        is_call = sign is not Sign.WORD or is_numbered or is_list or is_marked_by(before, behind)
        return at + number if is_call else found.start()

    def _behind_brackets(self, text: str, begin: int, *, is_end: bool) -> int | None:
        """The end of the brackets. Text that is held back is not read again with each delta, and in
        a complete text all brackets are found in one scan, not in one for each name."""
        if is_end or len(text) - begin > LONGEST:
            self._bracket = None
            end = self._closings_of(text).end_in(text, begin)
            if end is not None:
                return end
        else:
            if self._bracket is None or self._bracket.begin != begin:
                self._bracket = OpenBracket(begin)
            end = self._bracket.end_in(text)
            if end is not None:
                self._bracket = None
            return end
        line = text.find("\n", begin)  # nothing closes it: what follows its line is words
        return len(text) if line < 0 else line

    def _end_behind(self, text: str, start: int, begin: int) -> int | None:
        return self._closings_of(text).end_behind(text, start, begin)

    def _closings_of(self, text: str) -> Closings:
        """The closing positions of the current text, or of the rest of it."""
        if self._closings is None:
            self._closings = Closings(text)
        return self._closings
