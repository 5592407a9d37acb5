"""Distinguishes a written tool call from text about a tool. Pure.

Used both to remove calls from the words and to read the calls to run, so that a call that is run is
never spoken, and one that is spoken is never run.
"""

import re
from collections.abc import Callable, Collection
from enum import Enum
from typing import Final

from agents.speech.tool_calls.brackets import end_of_brackets

LONGEST_BEFORE: Final = 90  # characters before a name that are looked at

# Marks before a name that stand in no prose, and after which a word of a sentence is a name, too.
_SURE: Final = re.compile(
    r"""(?:<(?![\w:|]{0,30}_end)[\w:|]{0,30}(?:function|invoke|tool|call)[^<>]{0,40}[=\"'>]\s{0,8}\[?
       | [\"'](?:name|tool|function)[\"']\s{0,8}:\s{0,8}[\"']
       | \bfunctions?\. | \b(?:function=|call:)
       )\Z""",
    re.VERBOSE | re.IGNORECASE,
)
# Of a name that is no word.
_MARK: Final = re.compile(
    r"""(?:\b(?:functions?|tools?|default_api)\. | \b(?:action|tool|function): | \bto= | >>>
       | \bprint\(
       | [\"'](?:tool_name|action)[\"']\s{0,8}:\s{0,8}[\"'] | \[tool[ _]call:\s{0,3}
       | <[\w|]{0,20}python_tag[^<>]{0,4}>\s{0,8}
       )\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_LABEL: Final = re.compile(  # on a line of its own
    r"(?:\A|\n)[ *]{0,4}(?:action|tool|function)(?:[ ]name)?:[ *]{0,5}[\"'`]?\Z", re.IGNORECASE
)
_APART: Final = re.compile(r"(?:\A|[\s(\[{.:>!?\"'`])\Z")
_BEGINS: Final = re.compile(
    r"(?:\A|\n|[.!?]\s{1,8})(?:(?:action|tool|function)(?:[ ]name)?:)?[ (\[`\"'*]{0,8}\Z",
    re.IGNORECASE,
)
_ENDS: Final = re.compile(r"[ )\]`\"'*;.!]{0,12}(?:\n|\Z|[{\[])")
_ENDS_LINE: Final = re.compile(r"[ )\]`\"'*;.!]{0,12}(?:\n|\Z)")
_NUMBER: Final = re.compile(r"(?::\d{1,4})?(?:[ ]?json\b)?")
_BRACKET: Final = re.compile(
    r"(?:\.call)?(?P<blank>[ ]?)\((?P<like>\s{0,20}(?:[A-Za-z_]\w{0,63}\s{0,4}=|[\"']))?"
)
# An object is gone from the words before calls are looked for in them.
_EMPTY: Final = re.compile(r"(?:\.call)?(?=\(\s{0,20}(?:\)|\{\s{0,40}[\"'}]))")
_UNDECIDED: Final = re.compile(
    r"(?::\d{0,4})?(?:[ ]?j(?:s(?:on?)?)?)?(?:"
    r"(?:\.c?a?l?l?)?[ ]?(?:\(\s{0,20}(?:[A-Za-z_]\w{0,63}\s{0,4})?)?"
    r"|(?:(?:\.call)?\(\s{0,20}\))?[ )\]`\"'*;.!]{0,12})"
)


class Sign(Enum):
    """How a tool's name is used. ALONE: a call if arguments follow, and not a word in any case."""

    WORD = "word"
    BRACKETS = "brackets"
    MARK = "mark"
    ALONE = "alone"


def any_of(tools: Collection[str]) -> str:
    """A pattern that matches the names of `tools`, longer names first."""
    return "|".join(map(re.escape, sorted(tools, key=len, reverse=True))) or r"(?!)"


def sign_of(
    before: str, name: str, after: str, closing: Callable[[int], int | None] | None = None
) -> Sign:
    """How the tool's `name` is used between the end of `before` and the beginning of `after`.

    closing: returns where a bracket in `after` closes, for a caller that has scanned them all.
    """
    before = before[-LONGEST_BEFORE:]
    is_marked = is_marked_by(before, after) and (is_no_word(name) or bool(_SURE.search(before)))
    if not is_marked and not _APART.search(before):
        return Sign.WORD
    at = end_of_number(after)
    if empty := _EMPTY.match(after, at):
        if is_marked:
            return Sign.BRACKETS
        if not _BEGINS.search(before):
            return Sign.WORD
        begin = empty.end()
        end = closing(begin) if closing else end_of_brackets(after, begin)
        is_alone = end is not None and _ENDS_LINE.match(after, end)
        return Sign.BRACKETS if is_alone else Sign.WORD
    bracket = _BRACKET.match(after, at)
    # "our hours (Monday to Friday)" calls nothing.
    is_attached = bracket is not None and is_no_word(name) and not bracket["blank"]
    if bracket and (is_attached or bracket["like"]):
        return Sign.BRACKETS
    if is_marked:
        return Sign.MARK
    may_be_alone = is_no_word(name) and _BEGINS.search(before) and _ENDS.match(after, at)
    return Sign.ALONE if may_be_alone else Sign.WORD


def is_marked_by(before: str, after: str) -> bool:
    """Whether a mark that prose does not have shows that a name is called, even if it is a word."""
    before = before[-LONGEST_BEFORE:]
    if _SURE.search(before) or _MARK.search(before):
        return True
    return bool(_LABEL.search(before) and _ENDS_LINE.match(after))


def end_of_number(after: str) -> int:
    """The length of a number of the call, or of "json", at the beginning of `after`."""
    number = _NUMBER.match(after)
    return number.end() if number else 0


def is_undecided(after: str) -> bool:
    """Whether more text after `after` may change how the name before it is used."""
    return bool(_UNDECIDED.fullmatch(after))


def is_no_word(name: str) -> bool:
    """Whether the name cannot be a word of a sentence."""
    return "_" in name
