"""Finds where the brackets of a written call close, outside of quotes. Pure.

A quote ends only before characters that may follow an argument: the backslash of "the caller\\'s"
may have been lost or forgotten.
"""

import re
from collections.abc import Iterator
from typing import Final

LONGEST: Final = 8_000  # characters that are read of a call

_SIGN: Final = re.compile(r"\\.|[()\"'\n]", re.DOTALL)
_FOLLOWS_QUOTE: Final = re.compile(r"\s{0,8}(?:[,)\]}:]|\Z)")


def end_of_brackets(text: str, begin: int) -> int | None:
    """Where the bracket at `begin` closes; None if it does not within LONGEST."""
    return OpenBracket(begin).end_in(text)


def signs(text: str) -> Iterator[tuple[str, int, bool]]:
    """Brackets, quotes and ends of lines, each with its position and whether it is in quotes."""
    quote = ""
    for found in _SIGN.finditer(text):
        sign = found.group()
        if quote and sign == quote and _FOLLOWS_QUOTE.match(text, found.end()):
            quote = ""
            yield sign, found.start(), False
        elif not quote and sign in "\"'":
            quote = sign
            yield sign, found.start(), False
        else:
            yield sign, found.start(), bool(quote)


class OpenBracket:
    """Finds the end of one bracket in a growing text, reading each character once.

    begin: position of the bracket in the text. read: where the next search continues.
    """

    def __init__(self, begin: int) -> None:
        self.begin = self.read = begin
        self._depth = 0
        self._quote = ""

    def end_in(self, text: str) -> int | None:
        """Where the bracket closes in `text`, which begins as before; None if it does not yet."""
        most = min(len(text), self.begin + LONGEST)
        for found in _SIGN.finditer(text, self.read, most):
            sign = found.group()
            if sign == self._quote:
                follows = _FOLLOWS_QUOTE.match(text, found.end())
                if follows and not follows.group().strip():
                    self.read = found.start()  # what comes next says whether it ends here
                    return None
                self._quote = "" if follows else sign
            elif not self._quote and sign in "\"'":
                self._quote = sign
            elif not self._quote and sign in "()":
                self._depth += 1 if sign == "(" else -1
                if not self._depth:
                    return found.end()
            self.read = found.end()
        is_half = self.read < most and text[most - 1] == "\\"  # of an escape
        self.read = most - is_half
        return None


class Closings:
    """Where each bracket of a text closes, as `end_of_brackets` finds it, in one scan for all.

    Positions are counted from the end, because later texts lack the beginning.
    """

    def __init__(self, text: str) -> None:
        self._from_end = {len(text) - begin: len(text) - end for begin, end in _closings(text)}

    def end_in(self, text: str, begin: int) -> int | None:
        """The end of the bracket at `begin` in `text`, which ends like the scanned text."""
        from_end = self._from_end.get(len(text) - begin)
        if from_end is None or len(text) - from_end > begin + LONGEST:
            return None
        return len(text) - from_end

    def end_behind(self, text: str, start: int, begin: int) -> int | None:
        """The same for the bracket at `start + begin`, relative to `start`; at most LONGEST."""
        end = self.end_in(text, start + begin)
        return None if end is None or end > start + LONGEST else end - start


class _Scan:
    """Scans at the same place within the same quotes, which continue as one.

    open: the open brackets, by the depth around each.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.open: dict[int, list[int]] = {}

    def join(self, other: "_Scan") -> "_Scan":
        """Merge two scans; the smaller is added to the larger, so that few brackets are moved."""
        small, large = sorted((self, other), key=lambda scan: len(scan.open))
        deeper = large.depth - small.depth
        for depth, begun in small.open.items():
            there = large.open.setdefault(depth + deeper, [])
            there += begun
        return large


def _closings(text: str) -> Iterator[tuple[int, int]]:
    """The ends of all brackets. Each bracket begins a new scan outside of any quotes."""
    scans: dict[str, _Scan] = {}  # by the quotes that they are in
    for found in _SIGN.finditer(text):
        sign = found.group()
        if sign in "\"'":
            ends = bool(_FOLLOWS_QUOTE.match(text, found.end()))
            moved: dict[str, _Scan] = {}
            for quote, scan in scans.items():
                now = (quote or sign) if quote != sign or not ends else ""
                moved[now] = moved[now].join(scan) if now in moved else scan
            scans = moved
        elif sign == "(":
            scan = scans.setdefault("", _Scan())
            scan.open.setdefault(scan.depth, []).append(found.start())
            scan.depth += 1
        elif sign == ")" and "" in scans:
            scan = scans[""]
            scan.depth -= 1
            yield from ((begin, found.end()) for begin in scan.open.pop(scan.depth, ()))
            if not scan.open:
                del scans[""]
