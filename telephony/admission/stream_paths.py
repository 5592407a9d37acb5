"""URL paths of media streams: their last segment is a signature that is valid for a minute.

In the path because Twilio drops the query of a stream's URL. Verifying needs no database, so it is
done before the socket is accepted.
"""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer

LONGEST_PROOF: Final = 120  # characters; ours have some 70


def _signer() -> Signer:
    return Signer(salt="voicex.telephony.stream", sep=".")


def _served() -> tuple[str, ...]:
    return tuple(_of(name) for name in settings.CARRIERS)


def _of(carrier: str) -> str:
    return f"/api/{carrier}/stream"


def write(call_id: int, *, carrier: str, expires_at: datetime) -> str:
    """The path of the stream of this call. Deterministic, with a resolution of a second."""
    expiry = int(expires_at.timestamp()) + 1
    return f"{_of(carrier)}/{_signer().sign(f'{call_id}.{expiry}')}"


def is_one(path: str) -> bool:
    """Whether `path` is a path of media streams, with or without a valid signature."""
    return any(path == each or path.startswith(f"{each}/") for each in _served())


def read(path: str, *, now: datetime) -> int | None:
    """The primary key of the call of `path`, if its signature is valid; else None."""
    prefix, _, proof = path.removesuffix("/").rpartition("/")  # Twilio may add a slash
    if prefix not in _served() or len(proof) > LONGEST_PROOF:
        return None
    try:
        call_id, _, expiry = _signer().unsign(proof).partition(".")
    except (BadSignature, UnicodeEncodeError):  # the latter: a lone surrogate
        return None
    return int(call_id) if now.timestamp() <= int(expiry) else None
