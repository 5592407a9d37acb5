"""The text form of the list of transfer targets. Pure.

    Sales = +14155550100; ext 12; announce; prices and new orders
    Front desk = sip:desk@example.com

The number is the organization's own word: a model chooses a line by its name, and no number that a
caller says, or a model writes, is ever dialled.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agents.numbered_lines import numbered_lines
from agents.settings.kinds import Problem
from agents.settings.kinds import translatable as _
from agents.trunk_zeros import without_trunk_zero

MOST: Final = 10
NAME: Final = 40  # characters
WHEN: Final = 200
ADDRESS: Final = 120
TEXT: Final = 6_000  # characters of the whole list, with room for MOST lines
ANNOUNCE: Final = "announce"
EXTENSION: Final = "ext"

# E.164 has at most 15 digits, and no number of a subscriber begins with 0 behind the +.
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_PUNCTUATION: Final = str.maketrans("", "", " ()-./\u00a0")
_SIP: Final = re.compile(
    r"sips?:[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}"
)
# What Twilio sends after the answer; w waits half a second.
_DIGITS: Final = re.compile(r"[0-9*#w]{1,32}")


@dataclass(frozen=True, slots=True)
class Target:
    """One line of the list.

    address: a number as +14155550100, or sip:name@host. digits: keys that are sent after the
    answer, for an extension. is_announced: who answers hears what it is about, and accepts or
    declines by a key. when: for the model, in the editor's words.
    """

    name: str
    address: str
    digits: str = ""
    is_announced: bool = False
    when: str = ""


class _Wrong(Exception):
    """A line is no target. problem: what is wrong with it."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text)
        self.problem: Problem = (text, values)


@lru_cache(256)
def targets_in(text: str) -> tuple[Target, ...]:
    """The targets of a list; a line that is none is passed over."""
    found: dict[str, Target] = {}
    for _number, line in numbered_lines(text, TEXT):
        try:
            target = _read(line)
        except _Wrong:
            continue
        found.setdefault(target.name.casefold(), target)
    return tuple(found.values())[:MOST]


def target_named(text: str, name: str) -> Target | None:
    """The target of that name, in either case; None when the list has none."""
    wanted = " ".join(name.split()).casefold()
    return next((each for each in targets_in(text) if each.name.casefold() == wanted), None)


def number_in(written: str) -> str:
    """The telephone number that is written, as +14155550100; "" for what is none."""
    bare = without_trunk_zero(written[:ADDRESS]).translate(_PUNCTUATION)
    return bare if _NUMBER.fullmatch(bare) else ""


def fault_in_targets(text: str) -> Problem | None:
    """The first thing that is wrong with a list; None when nothing is."""
    seen: set[str] = set()
    for number, line in numbered_lines(text, TEXT):
        if len(seen) == MOST:
            return _("At most %(limit)d lines"), {"limit": MOST}
        try:
            name = _read(line).name.casefold()
        except _Wrong as wrong:
            text, values = wrong.problem
            return text, {**values, "line": number}
        if name in seen:
            return _("Line %(line)d: this name is already in the list."), {"line": number}
        seen.add(name)
    return None


def _read(line: str) -> Target:
    written, equals, rest = line.partition("=")
    name = " ".join(written.split())
    address, *parts = (" ".join(part.split()) for part in rest.split(";"))
    if not equals or not name or not address:
        raise _Wrong(_("Line %(line)d: enter a name and a number."))
    if len(name) > NAME:
        raise _Wrong(
            _("Line %(line)d: the name can have at most %(limit)d characters."), limit=NAME
        )
    address = _address(address)
    digits, when, is_announced = "", "", False
    for part in filter(None, parts):
        word, _blank, value = part.partition(" ")
        if part.casefold() == ANNOUNCE and not is_announced:
            is_announced = True
        elif word.casefold().rstrip(".") == EXTENSION and not digits:
            digits = _digits(value)
        elif not when:
            when = part
        else:
            raise _Wrong(_("Line %(line)d: write when to use it only once, after the last “;”."))
    if digits and address.startswith("sip"):
        raise _Wrong(_("Line %(line)d: a SIP address can’t have an extension."))
    if len(when) > WHEN:
        said = _("Line %(line)d: when to use it can have at most %(limit)d characters.")
        raise _Wrong(said, limit=WHEN)
    return Target(name, address, digits, is_announced, when)


def _address(written: str) -> str:
    if number := number_in(written):
        return number
    if len(written) <= ADDRESS and _SIP.fullmatch(written):
        return written
    raise _Wrong(
        _(
            "Line %(line)d: enter the number with + and country code, such as +14155550100, or an "
            "address such as sip:desk@example.com."
        )
    )


def _digits(written: str) -> str:
    digits = written.replace(" ", "").replace("W", "ww")  # to carriers it is a whole second
    if not _DIGITS.fullmatch(digits):
        raise _Wrong(
            _(
                "Line %(line)d: an extension has up to 32 keys from 0 to 9, * and #. Use w to wait "
                "half a second."
            )
        )
    return digits
