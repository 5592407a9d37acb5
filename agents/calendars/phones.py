"""Telephone numbers of bookings. Pure."""

import re
from typing import Final

import phonenumbers

LONGEST: Final = 40  # characters of what is read as a number
LEAST_DIGITS: Final = 7  # some countries have shorter ones, that nobody abroad can call
_ABROAD: Final = re.compile(r"00(?=[1-9])")  # as much of the world dials the plus


def e164(text: str) -> str:
    """A number that names its country, as "+491711234567"; "" for what is none."""
    number = _read(text)
    if number is None or not phonenumbers.is_possible_number(number):
        return ""
    found = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return found if len(found) > LEAST_DIGITS else ""


def is_in_a_plan(text: str) -> bool:
    """Whether a country gives out such numbers; an address such as "sip:100@example.com" is none.

    Cal.com refuses a booking with any other.
    """
    number = _read(text)
    return number is not None and bool(phonenumbers.is_valid_number(number))


def _read(text: str) -> phonenumbers.PhoneNumber | None:
    text = text.strip()
    if len(text) > LONGEST:
        return None
    try:
        return phonenumbers.parse(_ABROAD.sub("+", text, count=1) if text[:2] == "00" else text)
    except phonenumbers.NumberParseException:
        return None
