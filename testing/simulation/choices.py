"""The choices of one run: drawn by a seed, or those of an earlier run."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from random import Random
from typing import Self

_WORD = 7  # bits of a number in each byte of a token
_MORE = 1 << _WORD
_NO_TOKEN = "This is no replay token."


class Choices:
    """Gives a number for each question, and keeps what it gave.

    0 is always the ordinary way: the first task in the queue, no crash, no delay. So a list that
    ends is a run that goes on in order, and the shorter and the smaller the plainer.
    """

    def __init__(self, values: Sequence[int] = (), *, seed: int | str | None = None) -> None:
        """values: the first answers; then those of `seed`, without one 0."""
        self.taken: list[int] = []
        self._values = list(values)
        self._random = None if seed is None else Random(seed)  # nosec B311

    def pick(self, count: int, *, odds: float = 1.0) -> int:
        """A number below `count`. odds: how likely it is that it is drawn, and not just 0."""
        if count < 2:
            return 0
        number = len(self.taken)
        value = 0
        if number < len(self._values):
            value = min(self._values[number], count - 1)
        elif self._random is not None and (odds >= 1 or self._random.random() < odds):
            value = self._random.randrange(count)
        self.taken.append(value)
        return value

    def happens(self, odds: float) -> bool:
        """Whether something happens that need not."""
        return self.pick(2, odds=2 * odds) == 1

    @classmethod
    def of(cls, token: str) -> Self:
        """Those of a token, without its name. Raises ValueError for what is none."""
        return cls(decoded(token))


def encoded(values: Sequence[int]) -> str:
    """`values` as a word for a command line: of each that is not 0 how many 0 go before it, and it
    itself."""
    numbers, zeros = bytearray(), 0
    for value in values:
        if not value:
            zeros += 1
            continue
        for number in (zeros, value):
            while number >= _MORE:
                numbers.append(number % _MORE | _MORE)
                number >>= _WORD
            numbers.append(number)
        zeros = 0
    return urlsafe_b64encode(bytes(numbers)).decode().rstrip("=") or "0"


def decoded(token: str) -> list[int]:
    """The values of `encoded`, without the last zeros. Raises ValueError for what is no token."""
    if token == "0":
        return []
    try:
        data = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except binascii.Error as error:
        raise ValueError(_NO_TOKEN) from error
    numbers, number, shift = [], 0, 0
    for byte in data:
        number |= byte % _MORE << shift
        shift += _WORD
        if byte < _MORE:
            numbers.append(number)
            number = shift = 0
    if shift or len(numbers) % 2 or sum(numbers[::2]) > 1_000_000:
        raise ValueError(_NO_TOKEN)
    values: list[int] = []
    for zeros, value in zip(numbers[::2], numbers[1::2], strict=True):
        values += [0] * zeros + [value]
    return values
