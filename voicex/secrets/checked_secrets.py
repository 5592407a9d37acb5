"""Validates the secrets of the settings. Pure: text in, text or an error out.

A weak secret (short, guessable, repeated) works as well as a good one until it is guessed, so the
start fails with one.
"""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any, Final

from voicex.errors import ConfigurationError

MIN_BYTES: Final = 32
# 64 random hex digits hold fewer once in 10 to the power of 18.
MIN_DIFFERENT: Final = 8
# Two random secrets share no eight bytes in a row; a secret derived from another one does.
SHARED: Final = 16

ADVICE: Final = (
    "Set it to the output of: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
)
_PLACEHOLDER: Final = re.compile(
    r"change.?me|change.?this|change.?it|replace.?me|replace.?this|your.{0,12}(key|secret|pepper)"
    r"|example|placeholder|django-insecure|password|0123456789|abcdefghij|qwertyuiop",
    re.IGNORECASE,
)


def secret(name: str, value: str, *, purpose: str) -> str:
    """Validate the secret `value` of the setting `name`, and return it.

    purpose: what it is for, as "signs sessions". Raises ConfigurationError, never with the value.
    """
    if not value:
        raise ConfigurationError(
            f"{name} is not set. It {purpose}. `make install` writes one into .env. {ADVICE}"
        )
    problem = _problem(value)
    if problem:
        raise ConfigurationError(
            f"{name} {problem}. It {purpose}, so it must not be guessable: at least {MIN_BYTES} "
            f"random bytes without blanks are expected. {ADVICE}"
        )
    return value


def secrets_of_list(name: str, value: str, *, purpose: str) -> list[str]:
    """The secrets of a comma-separated setting, the current one first; at least one.

    Raises ConfigurationError.
    """
    parts = [part.strip() for part in value.split(",")]
    if not any(parts):
        return [secret(name, "", purpose=purpose)]
    for place, part in enumerate(parts, start=1):
        if not part:
            raise ConfigurationError(
                f"{name} is a list of {len(parts)}, and number {place} of them is empty: most "
                "likely a variable that it is made of is not set. The key of an empty text is "
                "known to everybody. Set the variable, or remove the comma"
            )
        secret(f"{name} (number {place} of {len(parts)})", part, purpose=purpose)
    return parts


def check_apart(**settings: Sequence[str]) -> None:
    """Raises ConfigurationError when two secrets are equal, or one is derived from the other.

    settings: the secrets of each setting, by its name.
    """
    named = [
        (name if len(values) == 1 else f"{name} (number {place})", value)
        for name, values in settings.items()
        for place, value in enumerate(values, start=1)
    ]
    for (first, one), (second, other) in combinations(named, 2):
        if one == other:
            raise ConfigurationError(
                f"{first} and {second} are the same: a leak of one is a leak of both. Give each a "
                f"random value of its own. {ADVICE}"
            )
        if _is_derived(one, other) or _is_derived(other, one):
            raise ConfigurationError(
                f"{first} and {second} are made from one another: one can be worked out "
                f"from the other. Give each a random value of its own. {ADVICE}"
            )


def _problem(value: str) -> str:
    """What is wrong with `value` as a secret, after the setting's name; "" for nothing."""
    if any(character.isspace() or not character.isprintable() for character in value):
        return "has a blank or a control character inside"
    length = len(value.encode())
    if length < MIN_BYTES:
        return f"has {length} bytes, which is too short"
    if _PLACEHOLDER.search(value):
        return "still has the words of an example in it"
    counted = Counter(value)
    if len(counted) < MIN_DIFFERENT or max(counted.values()) * 3 > len(value):
        return "is made of a few characters over and over"
    if _is_repeated(value):
        return "is a short text over and over"
    return ""


def _is_repeated(value: str) -> bool:
    """Whether `value` is a repetition of one text shorter than MIN_BYTES."""
    longest = min(len(value) // 2, MIN_BYTES - 1)
    return any(value.startswith(value[period:]) for period in range(1, longest + 1))


def _is_derived(value: str, source: str) -> bool:
    """Whether `value` is `source` with one of the usual alterations."""
    pieces = _pieces(value)
    return any(not pieces.isdisjoint(_pieces(form)) for form in _forms(source))


def _pieces(text: str) -> set[str]:
    folded = text.casefold()
    return {folded[at : at + SHARED] for at in range(len(folded) - SHARED + 1)}


_DIGESTS: Final[tuple[Callable[[bytes], Any], ...]] = (
    lambda data: hashlib.md5(data, usedforsecurity=False),
    lambda data: hashlib.sha1(data, usedforsecurity=False),
    hashlib.sha256,
    hashlib.sha512,
)


def _forms(source: str) -> Iterator[str]:
    """`source` as it is, reversed, encoded and hashed."""
    raw = source.encode()
    yield source
    yield source[::-1]
    for data in (raw, *(digest(raw).digest() for digest in _DIGESTS)):
        yield data.hex()
        yield base64.b64encode(data).decode().rstrip("=")
        yield base64.urlsafe_b64encode(data).decode().rstrip("=")
