"""Finds the mark for hanging up without its brackets, where it is no sentence. Pure."""

import re
from typing import Final

# What may be one, at the end of the text and the beginning of a sentence.
_MAY_BE: Final = re.compile(
    r"""(?P<before>\A\s{0,3}|[.!?…\n]\s{0,3})(?P<mark>
      h(?:a(?:n(?:g(?:[ _]?(?:u(?:p(?:\(?\)?[.!]?)?)?)?)?)?)?)?
     |e(?:n(?:d(?:_?(?:c(?:a(?:l(?:l(?:\(?\)?[.!]?)?)?)?)?)?)?)?)?)\Z""",
    re.VERBOSE | re.IGNORECASE,
)
# "Hang up." tells the caller to; no sentence begins small, or is written in one word.
_IS: Final = re.compile(r"hang[ ]up|HANG[ ]UP|(?i:hang_?up|end_?call)(?:\(\))?[.!]?")
_LONGEST: Final = 20
_ENDS: Final = frozenset(".!?…\n")


class BareMark:
    """Reads an answer's words, and keeps back what may be the mark at their end.

    hang_up: it was.
    """

    def __init__(self) -> None:
        self.hang_up = False
        self._held = ""
        self._begins_sentence = True  # what was given ends one

    def push(self, text: str) -> str:
        """Words that are none, and have not been given yet."""
        text = self._held + text
        at = len(text)
        found = _MAY_BE.search(text, max(0, at - _LONGEST))
        if found and (found["before"].strip(" ") or self._begins_sentence):
            at = found.start("mark")
        given, self._held = text[:at], text[at:]
        if visible := given.rstrip(" "):
            self._begins_sentence = visible[-1] in _ENDS
        return given

    def flush(self) -> str:
        """The answer has ended: what was held back, unless it is the mark."""
        held, self._held = self._held, ""
        self.hang_up = _IS.fullmatch(held) is not None
        return "" if self.hang_up else held
