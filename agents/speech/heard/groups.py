"""A number in the groups in which its caller said it: kept, corrected, read back. Pure."""

from collections.abc import Sequence
from typing import Final

import phonenumbers

from agents.speech.text.speakable import phone_groups

LONGEST_GROUP: Final = 5  # digits that are read back at once; a longer one has no group in it
SHORTEST_NUMBER: Final = 7  # that can be called
Groups = tuple[str, ...]


def as_said(groups: Sequence[str]) -> Groups:
    """The groups to read back: the caller's own, or the usual ones if the caller made none.

    A number said in one breath or digit by digit has no groups.
    """
    digits = "".join(groups)
    lengths = [len(group) for group in groups]
    is_told = len(groups) > 1 and max(lengths) <= LONGEST_GROUP and set(lengths) != {1}
    return tuple(groups) if is_told else tuple(phone_groups(digits)) or (digits,) * bool(digits)


def corrected(groups: Sequence[str], new: str, *, old: str = "") -> Groups:
    """The number after the correction "no, `new`", which replaces a group or part of one.

    old: the digits that the caller calls wrong, "" when not said. Of several possible places it is
    the one most similar to `new` but not equal; of equally similar ones the last.
    """
    if old and old in groups and len(old) == len(new):
        last = len(groups) - 1 - list(reversed(groups)).index(old)
        return (*groups[:last], new, *groups[last + 1 :])
    same = [at for at, group in enumerate(groups) if len(group) == len(new) and group != new]
    if same:
        at = min(reversed(same), key=lambda at: _differences(groups[at], new))
        return (*groups[:at], new, *groups[at + 1 :])
    digits = "".join(groups)
    places = [
        at for at in range(len(digits) - len(new), -1, -1) if digits[at : at + len(new)] != new
    ]
    if not places or not new:
        return tuple(groups)
    at = min(places, key=lambda at: _differences(digits[at : at + len(new)], new))
    return _regrouped(digits[:at] + new + digits[at + len(new) :], groups)


def is_whole(digits: str, region: str = "US") -> bool:
    """Whether a telephone number seems to be complete.

    region: of numbers without a country code, an ISO code. A number that begins with a zero counts
    as one of another country, whose length is unknown.
    """
    if len(digits) < SHORTEST_NUMBER:
        return False
    if digits.startswith("0"):
        return True
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return False
    reason = phonenumbers.is_possible_number_with_reason(number)
    short = phonenumbers.ValidationResult.TOO_SHORT, phonenumbers.ValidationResult.INVALID_LENGTH
    return reason not in short


def _differences(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def _regrouped(digits: str, groups: Sequence[str]) -> Groups:
    made, at = [], 0
    for group in groups:
        made.append(digits[at : at + len(group)])
        at += len(group)
    return tuple(made)
