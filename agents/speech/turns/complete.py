"""Whether a telephone number or a postal code in digits is complete. Pure."""

import re
from enum import Enum
from typing import Final

import phonenumbers

SHORTEST_NUMBER: Final = 7  # digits that can be called
# Where numbers have any length: from how many digits on one may be whole, and seems to be.
MAY_BE_WHOLE, SEEMS_WHOLE = 9, 11
# Of postal codes without letters: in Austria and Switzerland 4 digits, else 5, or more.
SHORTEST_CODE, USUAL_CODE = 4, 5
_CODE_DIGITS: Final = {"AT": 4, "CH": 4, "LI": 4, "LU": 4, "AU": 4, "NZ": 4, "ZA": 4}
COUNTRY_DIGITS: Final = 1  # more of them than of the zero that stands for a country
# The United Kingdom, Canada, the Netherlands.
_CODES: Final = re.compile(r"[a-z]{1,2}\d[a-z\d]?\d[a-z]{2}|[a-z]\d[a-z]\d[a-z]\d|\d{4}[a-z]{2}")


class Progress(Enum):
    """How complete a dictated item is."""

    NONE = "none"  # nothing is dictated
    ANNOUNCED = "announced"  # it was asked for, or announced, and has not begun
    UNDER_WAY = "under_way"  # some of it is missing
    UNKNOWN = "unknown"  # its length is not known, or it may be whole
    WHOLE = "whole"


def telephone_progress(written: str, region: str) -> Progress:
    """How complete a telephone number is. written: its digits, with "+" if the caller said so.

    region: of numbers without a country code, an ISO code.
    """
    if len(written) < SHORTEST_NUMBER:
        return Progress.UNDER_WAY
    if written.startswith("1") and region == "US":  # parsed without it, it would seem whole
        written = f"+{written}"
    try:
        number = phonenumbers.parse(written, region)
        longer = phonenumbers.parse(f"{written}0", region)
    except phonenumbers.NumberParseException:
        return _by_length(written)
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return Progress.UNKNOWN  # within a longer one pauses are elsewhere
    may_be_longer = phonenumbers.is_valid_number(longer)
    if phonenumbers.is_valid_number(number):
        return _by_length(written) if may_be_longer else Progress.WHOLE
    if may_be_longer or reason in (
        phonenumbers.ValidationResult.TOO_SHORT,
        phonenumbers.ValidationResult.INVALID_LENGTH,
    ):
        return Progress.UNDER_WAY
    is_longest = not phonenumbers.is_possible_number(longer)  # also of one that nobody has
    return Progress.WHOLE if is_longest else _by_length(written)


def _by_length(written: str) -> Progress:
    digits = len(written.removeprefix("+"))
    digits -= COUNTRY_DIGITS if written.startswith("+") else 0
    if digits >= SEEMS_WHOLE:
        return Progress.WHOLE
    return Progress.UNKNOWN if digits >= MAY_BE_WHOLE else Progress.UNDER_WAY


def code_digits(region: str, usual: int) -> int:
    """How many digits a postal code of `region`, an ISO code, has; `usual` if unknown."""
    return _CODE_DIGITS.get(region, usual)


def code_progress(written: str, region: str) -> Progress:
    """How complete a postal code is. written: its letters and digits, in lower case."""
    if _CODES.fullmatch(written):
        return Progress.WHOLE
    if not written.isdigit():
        return Progress.UNDER_WAY
    if len(written) == SHORTEST_CODE:
        is_known = code_digits(region, USUAL_CODE) == SHORTEST_CODE
        return Progress.WHOLE if is_known else Progress.UNKNOWN
    return Progress.WHOLE if len(written) >= USUAL_CODE else Progress.UNDER_WAY


# What is known of each country is read from the disk now, not within a call.
for _number, _region in (("4155550132", "US"), ("02079460958", "GB"), ("015112345678", "DE")):
    telephone_progress(_number, _region)
