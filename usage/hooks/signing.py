"""Secrets and signatures as Standard Webhooks has them (https://www.standardwebhooks.com). Pure."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32  # the standard has 24 to 64


def secret_of(random: bytes) -> str:
    """The secret made of SECRET_BYTES random bytes, as its receiver stores it."""
    return PREFIX + base64.b64encode(random).decode()


def headers_of(
    message_id: str, *, timestamp: int, body: bytes, secrets: Iterable[str]
) -> dict[str, str]:
    """What proves that `body` comes from us, and when: a signature by each of `secrets`.

    timestamp: of this attempt, in seconds; receivers refuse those of more than five minutes ago.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = (_signature(secret, signed) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"
