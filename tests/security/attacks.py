"""Texts on which a slow pattern or function shows itself.

Work that grows with the square of a text nearly always needs a unit that repeats, with
something before or behind it: so each attack is `before + unit * many + behind`. Units come
from kinds of characters, and from the parse tree of the pattern that is attacked.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from re import _constants as kind
from re import _parser
from typing import Any, Final

# One of each class that a pattern may tell apart, alone and in the pairs that nest or alternate.
UNITS: Final = (
    " ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "a", "A", "0", "_", "é", "e\u0301", "\u0301",
    "\u200d", "漢", "ß", "İ", "\U0001f600", "\0", ".", ",", "!", "-", "*", "|", "'", '"', "`", "#",
    "[", "[[", "]", "(", ")", "{", "<", "<a", ">", "/", "\\", "&", "@", "%", "=", ":", "$", "+",
    "a ", "a.", "a. ", "a, ", "A b ", "0 ", "0.", "1-", "a\n", " \n", "a'", "a-", "[a]", "[a](",
    "(a", "<a ", "*a", "_a", "a_", "- ", "|a", "a@", "a@a.", "www.", "a\t", ", a", "and ", "yes ",
    "no ", "i ", "my name is ", "one two ", "555 ", "call me ", "what is ", "a\u0301b ", "。", "…",
    "}", "[{", "\"", "\\u0000", "=?", "%00", "%", "&a=", "a=a&", "::", "//", "../",
    "(\n", "[ \n", "*\n",
)  # fmt: skip
# A text that ends as it began never shows what is searched for in vain behind a run.
EDGES: Final = ("a", "b!")
DEPTH: Final = 12  # of groups in groups that a sample follows


@dataclass(frozen=True, slots=True)
class Attack:
    """before, then unit as often as fits, then behind."""

    before: str
    unit: str
    behind: str

    def of_length(self, length: int) -> str:
        """The attack in about `length` characters."""
        room = max(len(self.unit), length - len(self.before) - len(self.behind))
        return self.before + self.unit * (room // len(self.unit)) + self.behind


def general() -> list[Attack]:
    """Attacks that need no knowledge of what is attacked."""
    return [Attack(EDGES[0], unit, EDGES[1]) for unit in UNITS]


def calls_of(tools: Iterable[str]) -> list[Attack]:
    """Calls of `tools` in the text whose brackets stay open, or close all at the end."""
    behind = ("(", "('", '(x="', "(\\'", '({"', "(\n", "(x='y' ", "()", "({})\n", ":1(", " {")
    units = [f"{before}{tool}{each}" for tool in tools for each in behind for before in ("", "\n")]
    nested = [Attack("", f"{tool}(" * 40 + ")" * 40, "") for tool in tools]
    return [*(Attack("", unit, "") for unit in units), *nested]


def against(pattern: re.Pattern[str]) -> list[Attack]:
    """Attacks made of what `pattern` repeats, and of what it looks for before and after that."""
    tree = _parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
    units: dict[str, None] = {}
    attacks: dict[Attack, None] = {}
    for before, unit in _repeats(tree, ""):
        if not unit:
            continue
        for behind in ("", "\0", "\n!", before):
            attacks[Attack(before, unit, behind)] = None
        units |= dict.fromkeys((unit, before + unit, before + unit * 3, before + unit * 30))
    for whole in _samples(tree):
        units |= dict.fromkeys((whole, whole[:-1], whole[1:], f"{whole} ", f"a{whole}"))
    pieces = [unit for unit in units if len(unit) <= 8][:12]
    units |= dict.fromkeys(one + other for one in pieces for other in pieces)
    for unit in filter(None, units):
        attacks |= dict.fromkeys((Attack("", unit, ""), Attack("", unit, "\0")))
    return list(attacks)


def _repeats(tree: Iterable[Any], before: str) -> Iterator[tuple[str, str]]:
    """Each repeat of the tree: a text that leads to it, and one that it repeats."""
    for op, value in tree:
        if op in (kind.MAX_REPEAT, kind.MIN_REPEAT, kind.POSSESSIVE_REPEAT):
            for body in _samples(value[2]):
                yield before, body
            yield from _repeats(value[2], before)
        elif op is kind.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, before)
        elif op is kind.SUBPATTERN:
            yield from _repeats(value[-1], before)
        elif op in (kind.ASSERT, kind.ASSERT_NOT, kind.ATOMIC_GROUP):
            yield from _repeats(value if op is kind.ATOMIC_GROUP else value[1], before)
        before += _first(_samples([(op, value)]))


def _samples(tree: Iterable[Any], depth: int = 0) -> list[str]:
    """Some texts that `tree` matches, or nearly does."""
    samples = [""]
    for op, value in tree:
        here = _samples_of(op, value, depth + 1) if depth < DEPTH else [""]
        first = [samples[0] + each for each in here]
        samples = [*first, *(each + here[0] for each in samples[1:])][:8]
    return samples


def _samples_of(op: Any, value: Any, depth: int) -> list[str]:
    if op is kind.LITERAL:
        return [chr(value)]
    if op is kind.NOT_LITERAL:
        return ["a" if value != ord("a") else "b"]
    if op is kind.ANY:
        return ["a"]
    if op is kind.IN:
        return _members(value)
    if op is kind.BRANCH:
        return [_first(_samples(branch, depth)) for branch in value[1]] or [""]
    if op is kind.SUBPATTERN:
        return _samples(value[-1], depth)
    if op is kind.ATOMIC_GROUP:
        return _samples(value, depth)
    if op in (kind.MAX_REPEAT, kind.MIN_REPEAT, kind.POSSESSIVE_REPEAT):
        least = max(1, min(value[0], 8))
        return [each * least for each in _samples(value[2], depth)]
    return [""]  # an edge, or a look around


def _members(value: list[Any]) -> list[str]:
    """One character of each part of a set; of one that is negated, what the set leaves."""
    negated = any(op is kind.NEGATE for op, _ in value)
    found = []
    for op, each in value:
        if op is kind.LITERAL:
            found.append(chr(each))
        elif op is kind.RANGE:
            found.append(chr(each[0]))
        elif op is kind.CATEGORY:
            found.append(CATEGORIES.get(str(each), "a"))
    if not negated:
        return found[:8] or ["a"]
    return [each for each in "a0 [(.'-_" if each not in found][:3] or ["a"]


CATEGORIES: Final = {
    "CATEGORY_DIGIT": "0", "CATEGORY_NOT_DIGIT": "a", "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_SPACE": "a", "CATEGORY_WORD": "a", "CATEGORY_NOT_WORD": "-",
}  # fmt: skip


def _first(samples: list[str]) -> str:
    return samples[0] if samples else ""
