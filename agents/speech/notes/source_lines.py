"""Leaves out the list of sources that a model writes below its answer. Pure.

"Sources:" and the links below it, or "Source: https://..." on a separate line. A heading without
sources and every other line are kept.
"""

import re
from typing import Final

from agents.speech.notes.sources import NAMES

LONGEST_LINE: Final = 400  # characters; a longer one is no source
_MARKS: Final = r"[#*_>\s-]{0,8}"
# Of lines that say something of their own: only such a line alone is a heading.
_SAYING: Final = ("learn more", "links")
_BEGINNINGS: Final = (*NAMES, "further reading", *_SAYING)
_HEADING: Final = re.compile(
    rf"{_MARKS}(?P<name>{'|'.join(_BEGINNINGS)})\b(?P<colon>\s?[:：]?[*_]{{0,3}}[:：]?)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_SOURCE: Final = re.compile(
    r"\s{0,20}+(?:"
    r"(?:[-*•]\s{0,20}+|\d{1,2}[.)]\s{0,20}+|\[\^?\d{1,2}\]:?\s{0,20}+){0,2}"
    r"(?:[^\n]{0,200}?(?:https?://|www\.)\S|\[[^\]\n]{1,200}\]\()[^\n]*+"
    r"|\[\^?\d{1,2}\]:?\s[^\n]*+)"
)


class SourceLines:
    """Reads the words of an answer in deltas. removed: whether a source was removed."""

    def __init__(self) -> None:
        self.removed = False
        self._line = ""  # the beginning of a line that may be a source
        self._is_at_start = True
        self._has_words = False
        self._heading: str | None = None  # what waits for a source below it; "" behind the first

    @property
    def passes_plain(self) -> bool:
        """Whether plain words would be returned at once and unchanged."""
        return not self._is_at_start

    def push(self, text: str) -> str:
        """The words that are decided now and were not returned before."""
        if not self._is_at_start and "\n" not in text:
            return text
        return "".join([self._push_line(line) for line in text.splitlines(keepends=True)])

    def flush(self) -> str:
        """End the answer; returns the words that were held back."""
        line, self._line = self._line, ""
        return self._judged(line, is_end=True)

    def _push_line(self, text: str) -> str:
        if self._is_at_start:
            self._line += text
            text, self._line = self._line, ""
            if not text.endswith("\n") and len(text) <= LONGEST_LINE and self._may_be(text):
                self._line = text
                return ""
            text = self._judged(text, is_end=False)
        else:
            self._is_at_start = text.endswith("\n")
        self._has_words = self._has_words or any(map(str.isalnum, text))
        return text

    def _may_be(self, line: str) -> bool:
        if not self._has_words:
            return False
        if self._heading is not None:
            return True
        begun = line.lstrip("#*_>- \t").lower()
        return any(each.startswith(begun) for each in _BEGINNINGS) or _heading_of(line) is not None

    def _judged(self, line: str, *, is_end: bool) -> str:
        """The words to return for a complete line, or for one that cannot be a source."""
        is_whole = is_end or line.endswith("\n")
        self._is_at_start = is_whole
        if self._heading is not None:
            if not line.strip():
                if not is_end:
                    self._heading += line if self._heading else ""
                    return "" if self._heading else line
                line = ""
            elif is_whole and _SOURCE.fullmatch(line.rstrip("\n")):
                self.removed, self._heading = True, ""
                return ""
            heading, self._heading = self._heading, None
            return heading + line if line else heading_alone(heading)
        found = _heading_of(line) if is_whole and self._has_words else None
        if found and not found["rest"].strip():
            self._heading = line
            return heading_alone(line) if is_end else ""
        if found and _SOURCE.fullmatch(found["rest"].rstrip("\n")):
            self.removed = True
            return ""
        return line


def _heading_of(line: str) -> re.Match[str] | None:
    """The heading that a line consists of, or begins with when a colon follows it."""
    found = _HEADING.fullmatch(line)
    if found is None or not found["rest"].strip():
        return found
    is_of_sources = found["name"].lower() not in _SAYING
    return found if is_of_sources and not {":", "："}.isdisjoint(found["colon"]) else None


def heading_alone(line: str) -> str:
    """The words of a heading at the end of the answer: none if it has a colon."""
    return "" if re.search(r"[:：][*_\s]*\Z", line) else line
