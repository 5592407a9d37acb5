"""Looks a bounded way ahead in a text that is still being written. Pure."""

import re
from typing import Final

from agents.speech.heard.given_words import BLANK
from agents.speech.reply.stage_directions import LONGEST

LONGEST_ADDRESS: Final = 2_000  # of a link
UNKNOWN: Final = -1
_HALF_ADDRESS: Final = re.compile(r"\(<?[^\s()]*+(?:\([^\s()]*+\)?[^\s()]*+)*+(?:\s\"[^\"\n]*+)?")


def closing(text: str, at: int, mark: str, forbidden: str) -> int:
    """Where `mark` closes what begins at `at`, near by and with nothing forbidden before it."""
    end = text.find(mark, at + 1, at + 2 + LONGEST)
    return UNKNOWN if end < 0 or forbidden in text[at + 1 : end] else end


def near(text: str, at: int) -> str:
    """What follows `at`, one character more than may be between two marks."""
    return text[at : at + LONGEST + 1]


def is_open(inside: str, forbidden: str, *, is_end: bool) -> bool:
    """Whether a closing mark may still come behind `inside`."""
    return not is_end and len(inside) <= LONGEST and forbidden not in inside


def may_be_address(text: str, at: int) -> bool:
    """Whether the address of a link may end behind `text`."""
    return len(text) - at <= LONGEST_ADDRESS and _HALF_ADDRESS.fullmatch(text, at) is not None


def visible_from(text: str, at: int) -> int:
    """Where the next character that is no space is, the end without one."""
    while at < len(text) and text[at] in BLANK:
        at += 1
    return at
