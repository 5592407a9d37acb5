"""Joins surrogate pairs that were split between deltas. Pure.

JSON writes an emoji as two escapes, and servers send one in each delta. Python keeps the halves,
and no encoder takes them.
"""

import re
from typing import Final

_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_FIRST_HALF: Final = re.compile("[\ud800-\udbff]\\Z")


class JoinedPairs:
    """Joins the halves across the deltas of one answer; what stays alone is left out."""

    def __init__(self) -> None:
        self._held = ""

    def push(self, text: str) -> str:
        """`text` and what was held back, without halves."""
        text, self._held = self._held + text, ""
        if _FIRST_HALF.search(text):
            text, self._held = text[:-1], text[-1]
        return without_halves(text)


def without_halves(text: str) -> str:
    """`text` with its pairs joined, and without single halves."""
    if not _SURROGATES.search(text):
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return _SURROGATES.sub("", joined)
