"""Finds the mark for hanging up without its brackets, where it is not part of a sentence. Pure."""

import re
from typing import Final

# What may be one, at the end of the text and the beginning of a sentence.
_MAY_BE: Final = re.compile(
    r"""(?P<before>\A\s{0,3}|[.!?…\n]\s{0,3})(?P<mark>[#/'"‘“「—–-]{0,3}[ ]?(?:
      h(?:a(?:n(?:g(?:[ _]?(?:u(?:p(?:\(?\)?[.!]?\s?[#'"’”」—–-]{0,3}[.!]?)?)?)?)?)?)?)?
     |e(?:n(?:d(?:_?(?:c(?:a(?:l(?:l(?:\(?\)?[.!]?\s?[#'"’”」—–-]{0,3}[.!]?)?)?)?)?)?)?)?)?)?)\Z""",
    re.VERBOSE | re.IGNORECASE,
)
# "Hang up." tells the caller to, and so does the last step of a list; no sentence begins small, or
# is written in one word, or in marks.
_IS: Final = re.compile(
    r"""HANG[ ]UP|(?i:hang_?up|end_?call)(?:\(\))?[.!]?
      |[#/'"‘“「—–-]{1,3}[ ]?(?i:hang[ _]?up|end_?call)(?:\(\))?[.!]?[ ]?[#'"’”」—–-]{0,3}[.!]?""",
    re.VERBOSE,
)
_IS_SMALL: Final = "hang up"
_IS_LINE: Final = re.compile(r"Hang up\.?")  # below a sentence
_LONGEST: Final = 30
_ENDS: Final = frozenset(".!?…\n")
_END: Final = re.compile(r"[.!?…\n]")


class BareMark:
    """Reads an answer's words and holds back a possible mark at their end.

    hang_up: the mark was found.
    """

    def __init__(self) -> None:
        self.hang_up = False
        self._held = ""
        self._begins_sentence = True  # what was given ends one
        self._begins_line = False
        self._is_sentence = False  # the line above ended as one does

    def push(self, text: str) -> str:
        """The words that are not the mark and were not returned before."""
        if not self._held and not self._begins_sentence and not _END.search(text):
            self._begins_line = False
            return text  # most deltas
        text = self._held + text
        at = len(text)
        found = _MAY_BE.search(text, max(0, at - _LONGEST))
        if found and (found["before"].strip(" ") or self._begins_sentence):
            at = found.start("mark")
        given, self._held = text[:at], text[at:]
        if visible := given.rstrip(" "):
            self._begins_sentence = visible[-1] in _ENDS
            self._begins_line = visible[-1] == "\n"
        if written := given.rstrip():
            self._is_sentence = written[-1] in _ENDS
        return given

    def flush(self, *, is_item: bool = False) -> str:
        """End the answer; returns the words that were held back, unless they are the mark.

        is_item: the last line of the answer is an item of a list.
        """
        held, self._held = self._held, ""
        is_line = self._begins_line and self._is_sentence and _IS_LINE.fullmatch(held)
        is_order = held == _IS_SMALL or is_line
        self.hang_up = bool((is_order and not is_item) or _IS.fullmatch(held))
        return "" if self.hang_up else held
