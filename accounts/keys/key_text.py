"""The text of a webhook key and its digest. Pure: randomness and pepper are arguments.

A key reads `vx_` + prefix (8 hex digits, shown and indexed) + secret (32 hex digits, 128
random bits). The database finds it by prefix and verifies it by an HMAC-SHA256 with a
pepper that is not in the database, so a stolen table opens nothing.
"""

import hmac
import re
from dataclasses import dataclass
from typing import Final

PREFIX_BYTES: Final = 4
SECRET_BYTES: Final = 16
RANDOM_BYTES: Final = PREFIX_BYTES + SECRET_BYTES

# An HMAC that no text has: verifying against it costs what a real one costs.
NO_DIGEST: Final = "0" * 64

_FORM: Final = re.compile(r"vx_([0-9a-f]{8})([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class MintedKey:
    """A new key: the whole `text` for its owner, the `prefix` for the index."""

    text: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text that has the form of a key; only its digest shows whether it is one."""

    prefix: str
    text: str


def mint(random: bytes) -> MintedKey:
    """The key made of `random`: exactly RANDOM_BYTES from a cryptographic source.

    Raises ValueError for any other length: a short secret would go unnoticed.
    """
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"A key is made of {RANDOM_BYTES} random bytes, not {len(random)}")
    digits = random.hex()
    return MintedKey(text=f"vx_{digits}", prefix=digits[: 2 * PREFIX_BYTES])


def parse(text: str) -> Parsed | None:
    """The parts of `text`; None if it does not have the form of a key."""
    match = _FORM.fullmatch(text)
    return Parsed(prefix=match[1], text=text) if match else None


def digest(text: str, *, pepper: str) -> str:
    """The HMAC-SHA256 of `text` under `pepper`, 64 hex digits. Any text is accepted."""
    return hmac.digest(pepper.encode(), text.encode("utf-8", "replace"), "sha256").hex()


def matches(text: str, digest_hex: str, *, pepper: str) -> bool:
    """Whether `text` has that digest; compared in constant time."""
    return hmac.compare_digest(digest(text, pepper=pepper), digest_hex)
