"""Takes the calls of tools out of the words of an answer: `opening_hours(day="Monday")`. Pure.

A call without marks around it is known by the name of a tool that was offered, which people do not
say: what follows it in brackets goes with it. What the call wants is read by `written`.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final

LONGEST_CALL: Final = 4_000  # characters in its brackets; what is longer is words
_BEFORE: Final = (
    "print(", ">>>", "to=", "commentary to=", "assistant to=", "functions.", "function.", "tools.",
    "tool.", "default_api.", "function=", "action:", "tool:", "function:",
)  # fmt: skip
_LABELS: Final = r"(?:action|tool|function)(?:[ ]name)?:[ ]{0,3}"
_LABELLED_INPUT: Final = re.compile(
    r"\n?(?:(?:action|tool) input|arguments|parameters|observation):[^\n]*(?:\n|\Z)", re.IGNORECASE
)
_LAST_WORDS: Final = re.compile(
    rf"(?:(?<=\s)|\A)(?=\S)(?:(?:commentary|assistant)[ ]|{_LABELS})?\S{{0,90}}\Z", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"(?::\d{1,4})?(?:\s?json\b)?")
_HALF_NUMBER: Final = re.compile(r"(?::\d{0,4})?\s?(?:j(?:s(?:o(?:n)?)?)?)?")
# Of a call by a name that may be a word; "our hours (Monday to Friday)" is none.
_BRACKET: Final = re.compile(r"\(\s{0,20}(?:\)|[A-Za-z_]\w{0,63}\s{0,4}=|[\"'{])")
_HALF_BRACKET: Final = re.compile(r"\(\s{0,20}(?:[A-Za-z_]\w{0,63}\s{0,4})?")
_INPUTS: Final = ("action input:", "tool input:", "arguments:", "parameters:", "observation:")
_OF_A_LIST: Final = "functools"  # before a list of calls


_WRITTEN_BEFORE: Final = "|".join(map(re.escape, _BEFORE))
_PREFIX: Final = re.compile(rf"(?:{_WRITTEN_BEFORE})*", re.IGNORECASE)
_MARKS: Final = frozenset(".=:>([{\"'`")  # within a word that a name may follow


class _Names:
    """How the names of tools are found. call: one of them, with what is written before it, which is
    never read in another way: of "tool:tool:" there are twice as many ways with each.

    halves: what each may be until all of it has come.
    """

    def __init__(self, tools: tuple[str, ...]) -> None:
        names = "|".join(map(re.escape, sorted(tools, key=len, reverse=True))) or r"(?!)"
        self.call = re.compile(
            rf"(?:(?<=[\s(\[{{.:>!?\"'`])|\A)(?P<before>(?:{_LABELS}|{_WRITTEN_BEFORE}){{0,8}}+)"
            rf"(?P<name>{names}|{_OF_A_LIST})(?![A-Za-z0-9_])",
            re.IGNORECASE,
        )
        starts = [*map(str.lower, tools), _OF_A_LIST, *_BEFORE] if tools else []
        self.halves = frozenset(each[:size] for each in starts for size in range(1, len(each) + 1))
        self._names = tuple(map(str.lower, tools))
        self._shortest = min(map(len, self._names), default=0)

    def begin_nowhere_in(self, text: str) -> bool:
        """Whether no call is in `text` or may begin at its end; quickly, for most deltas."""
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
    """Reads words in deltas; gives those that call nothing. has_found: some did."""

    def __init__(self, tools: Collection[str]) -> None:
        self.has_found = False
        self._names = _names(tuple(tools))
        self._held = ""
        self._takes_input = False  # a line that names a tool may be followed by what it gets

    def push(self, text: str) -> str:
        """Words that are sure, and have not been given yet."""
        if not (self._held or self._takes_input) and self._names.begin_nowhere_in(text):
            return text
        return self._read(self._held + text, is_end=False)

    def flush(self) -> str:
        """The answer has ended: what was held back."""
        return self._read(self._held, is_end=True) if self._held else ""

    def _read(self, text: str, *, is_end: bool) -> str:
        given, self._held = [], ""
        if self._takes_input:
            text = self._without_input(text, is_end=is_end)
        while text:
            found = self._names.call.search(text)
            if found is None:
                at = len(text) if is_end else self._may_begin(text)
                given.append(text[:at])
                self._held = text[at:]
                break
            end = self._end(text, found, is_end=is_end)
            if end is None:
                given.append(text[: found.start()])
                self._held = text[found.start() :]
                break
            if end == found.start():  # it is a word
                given.append(text[: found.end()])
                text = text[found.end() :]
                continue
            self.has_found = True
            given.append(text[: found.start()])
            self._takes_input = "action" in found["before"].lower()
            text = text[end:]
            if self._takes_input:
                text = self._without_input(text, is_end=is_end)
        return "".join(given)

    def _without_input(self, text: str, *, is_end: bool) -> str:
        """`text` without the lines of what the tool gets and gave; what may be one is held."""
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
        """Where at the end of `text` a call may begin; its length when none does."""
        last = _LAST_WORDS.search(text)
        if last is None:
            return len(text)
        word = last.group().lower().lstrip("([{\"'`")
        prefix = _PREFIX.match(word)
        rest = word[prefix.end() :].lstrip() if prefix else word
        is_begun = bool(word) and (not rest or rest in self._names.halves)
        return last.start() if is_begun else len(text)

    def _end(self, text: str, found: re.Match[str], *, is_end: bool) -> int | None:
        """Where the call ends: its beginning when it is none, None while that is unknown."""
        at = found.end()
        if not is_end and _HALF_NUMBER.fullmatch(text, at) and "\n" not in text[at:]:
            return None
        number = _NUMBER.match(text, at)
        is_numbered = number is not None and number.end() > at
        at = number.end() if number else at
        rest = text[at : at + 2]
        is_marked = bool(found["before"].strip()) or is_numbered
        opening = rest.lstrip(" ")[:1]
        if not is_end and _HALF_BRACKET.fullmatch(text, at):
            return None
        if _BRACKET.match(text, at) or (opening == "(" and "_" in found["name"]):
            return self._behind_brackets(text, text.index("(", found.start()), is_end=is_end)
        line = text[: found.start()].rpartition("\n")[2]
        is_alone = not line.strip(" ([`\"'") and opening in ("", "\n", "{", "[", "]", "`")
        is_known = "_" in found["name"] or found["name"] == _OF_A_LIST
        return at if is_marked or (is_alone and is_known) else found.start()

    def _behind_brackets(self, text: str, begin: int, *, is_end: bool) -> int | None:
        depth, quote = 0, ""
        for at in range(begin, min(len(text), begin + LONGEST_CALL)):
            letter = text[at]
            if quote:
                quote = "" if letter == quote else quote
            elif letter in "\"'":
                quote = letter
            elif letter in "()":
                depth += 1 if letter == "(" else -1
                if not depth:
                    return at + 1
        return len(text) if is_end or len(text) - begin > LONGEST_CALL else None
