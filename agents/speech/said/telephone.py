"""Telephone numbers and other long numbers: digit by digit, in groups. Pure."""

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final

import phonenumbers

from agents.speech.said.numbers import digit_by_digit

# Separators and digits are of different kinds, so no text can be split in two ways.
PHONE: Final = re.compile(
    r"(?<![\w.$£€,\-+(])(?:"
    r"\+[0-9](?:[ .\-/()]{0,3}[0-9]){6,14}"  # as E.164 has it, at most 15 digits
    r"|\(?0[0-9]{1,4}\)?[ \-/]{1,3}[0-9](?:[ \-]?[0-9]){4,9}"  # with the zero of a trunk
    r"|(?:[0-9]{1,3}[ .\-])?(?:\([0-9]{2,5}\)[ .\-]?|[0-9]{3}[ .\-])[0-9]{3}[ .\-][0-9]{4}"
    r"|[0-9]{3}[.\-][0-9]{4}|[0-9]{7,15})"
    r"(?![\w\-]|[.,][0-9])"
)
_NO_DIGIT: Final = re.compile(r"[^0-9]")
_RUN: Final = re.compile(r"[0-9]+")
LONGEST_GROUP: Final = 4  # digits that people keep in mind at once
_KEPT: Final = 1_024
_REGIONS: Final = {"en": "US", "en-GB": "GB", "de": "DE"}
for _region in _REGIONS.values():  # read from the disk now, not within a call
    phonenumbers.PhoneMetadata.metadata_for_region(_region)


def groups(written: str, language: str) -> tuple[str, ...]:
    """The digits of a number in groups as it is said; the writer's own groups are kept."""
    runs = _RUN.findall(written)
    if len(runs) == 1:
        runs = _RUN.findall(_formatted(written, _REGIONS.get(language, "ZZ")))
    return tuple(group for run in runs for group in _short(run))


def said_phone(written: str, language: str) -> str:
    """A telephone number in words: "plus four nine, three zero, ..."."""
    plus = "plus " if "+" in written else ""
    return plus + ", ".join(digit_by_digit(each, language) for each in groups(written, language))


def said_in_groups(digits: str, language: str) -> str:
    """Any long number, digit by digit."""
    return ", ".join(digit_by_digit(each, language) for each in _short(digits))


def parted_digits(found: re.Match[str]) -> str:
    """A telephone number in digits that no voice takes for an amount: "+4 9, 3 0, 1 2 3"."""
    plus = "+" if "+" in found.group() else ""
    return plus + ", ".join(" ".join(each) for each in groups(found.group(), ""))


@lru_cache(_KEPT)
def _formatted(written: str, region: str) -> str:
    """`written` in the format of its country; unchanged if that is unknown."""
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return written
    if not phonenumbers.is_possible_number(number):
        return written
    forms = phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL
    for form in forms:
        formatted: str = phonenumbers.format_number(number, form)
        # A form may add or leave out digits (a trunk's zero): then none of it.
        if _NO_DIGIT.sub("", formatted) == _NO_DIGIT.sub("", written):
            return formatted
    return written


def _short(run: str) -> list[str]:
    """`run` in groups of nearly equal length, the shorter first: 3 and 4 of seven digits."""
    count = -(-len(run) // LONGEST_GROUP)
    ends = [len(run) * each // count for each in range(count + 1)]
    return [run[start:end] for start, end in pairwise(ends)]
