"""Detects whether a text mentions a caller, in any form of the number.

A number is compared as a whole: it may have anything between its groups of digits, but a longer
number that has its digits in it is another one. Where a text leaves it open (a number without
the country's code may be of any country) it mentions the caller, because what mentions an
erased caller is deleted.
"""

import re
import unicodedata
from typing import Final

from usage.records.caller_numbers import UNKNOWN, caller_of, wholes_of, without_unseen

_LONGEST_NUMBER: Final = 15  # digits, E.164
_SHORTEST_NATIONAL: Final = 6  # digits; fewer of them would be found in anything
_GROUP: Final = re.compile(r"\+?[0-9]+")
# What may separate the digits of a number. A comma, for one, begins another number.
_GROUPS: Final = re.compile(r"\+?[0-9]+(?:(?:_|[^\w+,;:&=]){1,4}\+?[0-9]+)*")
_BETWEEN_ADDRESSES: Final = re.compile(r"[\s<>\"'(),]+")
_AFTER_ADDRESSES: Final = ".;:!?"


def mentions(text: str, name: str) -> bool:
    """Whether `text` mentions the caller of this name, its one spelling or a mail address."""
    if name.startswith("+"):
        return _mentions_number(text, name.removeprefix("+"))
    words = _BETWEEN_ADDRESSES.split(without_unseen(text))
    addresses = (word.strip(_AFTER_ADDRESSES) for word in words if ":" in word or "@" in word)
    return any(_is_address(address, name) for address in addresses)


def is_looked_for(asked: str, name: str) -> bool:
    """Whether a search for the caller `asked` is for the one of this name.

    The beginning of a number is that of many, and names none of them.
    """
    number = caller_of(asked)
    if number != UNKNOWN:
        return number == name
    return _is_address(asked.strip(), name) or mentions(asked, name)


def _is_address(text: str, name: str) -> bool:
    return name.lower() in {text.lower(), *(each.lower() for each in wholes_of(text))}


def _mentions_number(text: str, number: str) -> bool:
    """number: its digits, the country's code first."""
    spellings = _without_plus(number)
    ending = number[-_SHORTEST_NATIONAL:]  # of each spelling
    plain = unicodedata.normalize("NFKC", without_unseen(text)).replace("(0)", " ")
    for found in _GROUPS.findall(plain):
        if ending not in "".join(_GROUP.findall(found)).replace("+", ""):
            continue
        groups = [_international(group) for group in _GROUP.findall(found)]
        for first, group in enumerate(groups):
            wanted = {f"+{number}"} if group.startswith("+") else spellings
            for last in _ends_of(groups, first, longest=_LONGEST_NUMBER + 1):
                whole = "".join(groups[first : last + 1])
                if whole in wanted and not _is_inside(groups, first, last):
                    return True
    return False


def _ends_of(groups: list[str], first: int, *, longest: int) -> list[int]:
    """The groups with which a number may end that begins with the group `first`."""
    ends, length = [], 0
    for last in range(first, len(groups)):
        length += len(groups[last])
        if length > longest or (last > first and groups[last].startswith("+")):
            break
        ends.append(last)
    return ends


def _is_inside(groups: list[str], first: int, last: int) -> bool:
    """Whether these groups follow a country's code, and are too few to be the whole number."""
    for before in range(first - 1, -1, -1):
        if groups[before + 1].startswith("+"):
            return False
        digits = "".join(groups[before : last + 1]).removeprefix("+")
        if groups[before].startswith("+"):
            return len(digits) <= _LONGEST_NUMBER
    return False


def _international(group: str) -> str:
    """00 before a country's code is a plus."""
    return f"+{group[2:]}" if re.match("00[1-9]", group) else group


def _without_plus(number: str) -> set[str]:
    """How a number is written without its plus: with and without the country's code."""
    written = {number}
    if number.startswith("1"):
        written.add(number[1:])
    for length in (1, 2, 3):  # of a country's code, for which a 0 stands within the country
        if len(number) - length >= _SHORTEST_NATIONAL:
            written.add(f"0{number[length:]}")
    return written
