"""Where the brackets of a call close that a model wrote, quotes left aside. Pure.

A quote ends before what may follow an argument alone: what the model wrote before the one in
"the caller\\'s" is lost on the way here, or was forgotten.
"""

import re
from collections.abc import Iterator
from typing import Final

LONGEST: Final = 8_000  # characters that are read of a call

_SIGN: Final = re.compile(r"\\.|[()\"'\n]", re.DOTALL)
_FOLLOWS_QUOTE: Final = re.compile(r"\s{0,8}(?:[,)\]}:]|\Z)")


def end_of_brackets(text: str, begin: int) -> int | None:
    """Where the bracket at `begin` closes; None when it does not in LONGEST."""
    return OpenBracket(begin).end_in(text)


def signs(text: str) -> Iterator[tuple[str, int, bool]]:
    """Brackets, quotes and ends of lines, where each stands, and whether that is in quotes."""
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
    """Looks for the end of one bracket in a text that grows, and reads nothing of it twice.

    begin: where the bracket stands in that text. read: where in it the next look goes on.
    """

    def __init__(self, begin: int) -> None:
        self.begin = self.read = begin
        self._depth = 0
        self._quote = ""

    def end_in(self, text: str) -> int | None:
        """Where it closes in `text`, which begins as it did before; None when it does not yet."""
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

    They are kept by how far they are from the end, as texts are read whose beginning is cut off.
    """

    def __init__(self, text: str) -> None:
        self._from_end = {len(text) - begin: len(text) - end for begin, end in _closings(text)}

    def end_in(self, text: str, begin: int) -> int | None:
        """The end of the bracket at `begin` in `text`, which ends as the text that was scanned."""
        from_end = self._from_end.get(len(text) - begin)
        if from_end is None or len(text) - from_end > begin + LONGEST:
            return None
        return len(text) - from_end

    def end_behind(self, text: str, start: int, begin: int) -> int | None:
        """The same of the bracket at `begin` behind `start`; as far behind it, at most LONGEST."""
        end = self.end_in(text, start + begin)
        return None if end is None or end > start + LONGEST else end - start


class _Scan:
    """Scans that are at the same place within the same quotes, and so stay together.

    open: the brackets that have begun, by the depth around each.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.open: dict[int, list[int]] = {}

    def join(self, other: "_Scan") -> "_Scan":
        """Both in one; the smaller goes into the larger, so that no bracket moves often."""
        small, large = sorted((self, other), key=lambda scan: len(scan.open))
        deeper = large.depth - small.depth
        for depth, begun in small.open.items():
            there = large.open.setdefault(depth + deeper, [])
            there += begun
        return large


def _closings(text: str) -> Iterator[tuple[int, int]]:
    """Where brackets begin and end. Each begins a scan of its own, outside of any quotes."""
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
