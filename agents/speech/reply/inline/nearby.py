"""Bounded look-ahead in streamed text. Pure."""

import re
from typing import Final

from agents.speech.heard.given_words import BLANK
from agents.speech.reply.inline.stage_directions import LONGEST

LONGEST_ADDRESS: Final = 2_000  # of a link
UNKNOWN: Final = -1
_SOURCES: Final = re.compile(r"\d{1,2}(?: ?[,–-] ?\d{1,2}){0,9}")
# What never is said: a document of Azure's, a token of a model's that has no text.
_TOKEN: Final = re.compile(r"doc ?\d{1,3}|(?:PAD|UNK|MASK|CLS|SEP|UNUSED|EOT)_?\d{0,7}")
# Before a key of a telephone, the last characters of a text.
_BEFORE_KEY: Final = re.compile(
    r"(?:\b(?:press(?:ing)?|hit|dial|push|key|button|drücken|drücke|drücken sie|taste|wählen sie"
    r"|appuyez sur|touche|pulse|presione|tecla|premere|premi|prema|druk op|toets|prima|naciśnij)"
    r"|[#\d],?(?: (?:or|and|oder|und|ou|o|e|y|of|en))?) \Z",
    re.IGNORECASE,
)
_HALF_ADDRESS: Final = re.compile(r"\(<?[^\s()]*+(?:\([^\s()]*+\)?[^\s()]*+)*+(?:\s\"[^\"\n]*+)?")


def closing(text: str, at: int, mark: str, forbidden: str) -> int:
    """Where `mark` closes the text at `at`, near by and before any forbidden text; or UNKNOWN."""
    end = text.find(mark, at + 1, at + 2 + LONGEST)
    return UNKNOWN if end < 0 or forbidden in text[at + 1 : end] else end


def near(text: str, at: int) -> str:
    """The text from `at` on: one character more than may be between two marks."""
    return text[at : at + LONGEST + 1]


def is_open(inside: str, forbidden: str, *, is_end: bool) -> bool:
    """Whether a closing mark may still follow `inside`."""
    return not is_end and len(inside) <= LONGEST and forbidden not in inside


def may_be_address(text: str, at: int) -> bool:
    """Whether the text from `at` on may be the beginning of a link's address."""
    return len(text) - at <= LONGEST_ADDRESS and _HALF_ADDRESS.fullmatch(text, at) is not None


def is_key(before: str, follows: str) -> bool:
    """Whether a single asterisk is a key of the telephone: "press * to repeat".

    before, follows: the text before it and the character after it.
    """
    return follows in (*BLANK, "", *".,;!?)") and _BEFORE_KEY.search(before) is not None


def visible_from(text: str, at: int) -> int:
    """The position of the next character that is not a space; the end without one."""
    while at < len(text) and text[at] in BLANK:
        at += 1
    return at


def is_source(inside: str, before: str, follows: str) -> bool:
    """Whether numbers in brackets name sources: "nine.[1]", "nine [1][2]".

    before, follows: the character before the brackets and two after them. "Press [1]" is said.
    """
    if _TOKEN.fullmatch(inside):
        return True
    is_run = follows[:1] == "[" and follows[1:].isdigit()
    is_attached = before not in BLANK and not follows[:1].isalnum()
    return (is_run or is_attached) and _SOURCES.fullmatch(inside) is not None
