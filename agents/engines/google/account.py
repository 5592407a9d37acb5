"""Reads a Google service account from a client, with limits before its key is loaded.

OpenSSL checks the primes of a private key when it loads one, which takes the square or more of
its size, with the interpreter's lock held: a key of 20,000 bits stopped all calls of a process for
most of a minute. So what is too long is not decoded, the check is left out (whether the key works,
Google says when it is stored), and a key of another size than Google gives out is refused.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from voicex.bounds import bounded_json

MAX_BYTES: Final = 20_000  # of the file; Google's have 2,400
MAX_DEPTH: Final = 4
MAX_KEY_CHARACTERS: Final = 6_000  # 4,096 bits take 3,300
UNIVERSE: Final = "googleapis.com"
BITS: Final = (2_048, 4_096)
_PEM: Final = re.compile(
    r"\s*-----BEGIN (?P<kind>PRIVATE KEY|RSA PRIVATE KEY)-----(?P<body>[A-Za-z0-9+/=\s]*)"
    r"-----END (?P=kind)-----\s*"
)
# In PKCS #8 the kind of a key is in its first bytes; others than RSA have checks of their own.
_RSA: Final = bytes.fromhex("06092a864886f70d010101")
_HEADER_BYTES: Final = 40


class UnusableAccount(ValueError):
    """The account is invalid. The message quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """The fields of a service account; URLs are as in the file."""

    email: str
    key_id: str
    key: RSAPrivateKey
    token_uri: str
    project_id: str
    universe_domain: str


def read(text: str) -> ServiceAccount:
    """The service account in the JSON `text`, in milliseconds. Raises UnusableAccount."""
    try:
        info = bounded_json.loads(text, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    except bounded_json.UnusableJson as error:
        raise UnusableAccount(str(error)) from None
    if not isinstance(info, dict):
        raise UnusableAccount("It is no JSON object")
    return ServiceAccount(
        email=_text(info, "client_email"),
        key_id=_text(info, "private_key_id", needed=False),
        key=load_key(_text(info, "private_key")),
        token_uri=_text(info, "token_uri"),
        project_id=_text(info, "project_id", needed=False),
        universe_domain=_text(info, "universe_domain", needed=False) or UNIVERSE,
    )


def load_key(pem: str) -> RSAPrivateKey:
    """The RSA key in `pem`, its primes unchecked. Raises UnusableAccount."""
    if len(pem) > MAX_KEY_CHARACTERS:
        raise UnusableAccount(f"private_key has more than {MAX_KEY_CHARACTERS} characters")
    found = _PEM.fullmatch(pem)
    if found is None:
        raise UnusableAccount("private_key is no unencrypted private key in PEM")
    try:
        der = base64.b64decode("".join(found["body"].split()), validate=True)
    except binascii.Error:
        raise UnusableAccount("private_key is broken: its body is no base64") from None
    if found["kind"] == "PRIVATE KEY" and _RSA not in der[:_HEADER_BYTES]:
        raise UnusableAccount("private_key is no RSA key")
    try:
        key = load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UnusableAccount("private_key is broken: it is no RSA key that can be read") from None
    if not isinstance(key, RSAPrivateKey) or not BITS[0] <= key.key_size <= BITS[1]:
        raise UnusableAccount(f"private_key is no RSA key of {BITS[0]} to {BITS[1]} bits")
    return key


def _text(info: dict[str, object], name: str, *, needed: bool = True) -> str:
    value = info.get(name, "")
    if not isinstance(value, str) or (needed and not value):
        raise UnusableAccount(f"{name} is missing, or no text")
    return value
