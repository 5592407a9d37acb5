"""Joins the remaining parts of a text from which others were removed, with correct spaces. Pure."""

import re
from typing import Final

BLANK: Final = " \n"
_SPACES: Final = re.compile(r" {2,}")
_LINE_BREAKS: Final = re.compile(r"(?<! ) *+\n[ \n]*+")
_NO_SPACE_BEFORE: Final = frozenset(",.;:!?")


class GivenWords:
    """Collects words. A space is held until the next word, so that a gap has only one.

    visible: the last character that is not a space; "" before the first one.
    """

    def __init__(self) -> None:
        self.visible = ""
        self.has_words = False
        self._spaces = ""
        self._has_gap = False
        self._given: list[str] = []

    @property
    def ends_line(self) -> bool:
        """Whether the next word begins a line."""
        return "\n" in self._spaces

    @property
    def has_gap(self) -> bool:
        """Whether something was removed since the last word."""
        return self._has_gap

    def leave_out(self) -> None:
        """Record that something was removed here."""
        self._has_gap = True

    def give(self, text: str) -> None:
        """Add words."""
        words = text.lstrip(BLANK)
        self._spaces += text[: len(text) - len(words)]
        if not words:
            return
        body = words.rstrip(BLANK)
        spaces = words[len(body) :]
        if "\n" in body:
            body = _LINE_BREAKS.sub("\n", body)
        if "  " in body:
            body = _SPACES.sub(" ", body)
        self._given.append(self._space_before(body[0]) + body)
        self._spaces = spaces
        self.visible = body[-1]
        self._has_gap = False
        self.has_words = self.has_words or any(map(str.isalnum, body))

    def take(self) -> str:
        """The words added since the last call of `take`."""
        given, self._given = "".join(self._given), []
        return given

    def _space_before(self, first: str) -> str:
        if not self.visible:
            return ""
        if self.ends_line:
            return "\n"
        if self._has_gap:
            return "" if first in _NO_SPACE_BEFORE else " "
        return self._spaces[:1]
