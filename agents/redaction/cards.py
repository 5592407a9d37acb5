"""Recognises card numbers: 13 to 19 digits with a valid check digit (ISO/IEC 7812)."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

SHORTEST: Final = 13
LONGEST: Final = 19
USUAL: Final = 16
# Of so many digits said as one, some are bound to look like a card number.
ENDLESS: Final = 60
# So many digits of one may be kept in clear: they say which bank it is from (PCI DSS, 3.4).
MAY_STAY: Final = 8
_FIRST_DIGITS: Final = frozenset("23456")  # of payment cards; 1 is an airline's, 0 none
_DOUBLED: Final = {str(n): n * 2 if n < 5 else n * 2 - 9 for n in range(10)}


def has_card(digits: str) -> bool:
    """Whether a card number is anywhere within `digits`."""
    if len(digits) < SHORTEST:
        return False
    if len(digits) > ENDLESS:
        return True
    # Sums of the digits up to each place, with those at even or odd places doubled.
    sums = [
        [0, *accumulate(_DOUBLED[d] if n % 2 == odd else int(d) for n, d in enumerate(digits))]
        for odd in (0, 1)
    ]
    return any(
        (sums[end % 2][end] - sums[end % 2][start]) % 10 == 0
        for start in range(len(digits) - SHORTEST + 1)
        if digits[start] in _FIRST_DIGITS
        for end in range(start + SHORTEST, min(start + LONGEST, len(digits)) + 1)
    )


def is_card(digits: str) -> bool:
    """Whether `digits` are a card number, from the first to the last."""
    doubled = sum(_DOUBLED[digit] for digit in digits[-2::-2])
    return (
        SHORTEST <= len(digits) <= LONGEST
        and may_start(digits)
        and (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0
    )


def may_start(digits: str) -> bool:
    """Whether a card number may begin with `digits`."""
    return digits[:1] in _FIRST_DIGITS


def may_begin(parts: Sequence[str], *, is_spoken_of: bool, is_over: bool) -> bool:
    """Whether `parts`, behind which nothing was said yet, may be the beginning of a card number.

    is_spoken_of: a card is spoken of; is_over: nothing will be said any more.
    """
    digits = "".join(parts)
    if not may_start(digits):
        return False
    if is_spoken_of:
        return len(digits) > 4 or (len(digits) == 4 and not is_over)
    if not is_over:
        return MAY_STAY <= len(digits) < LONGEST
    is_in_fours = len(parts) > 1 and len(parts[0]) == len(parts[1]) == 4
    return (MAY_STAY if is_in_fours else SHORTEST - 1) <= len(digits) < USUAL
