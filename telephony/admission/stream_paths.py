"""The paths of media streams: their last segment proves that we wrote them, for a minute.

Carriers keep the path of a stream's URL, and Twilio no query. Reading one needs no database, so it
is read before a client is given anything.
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
    """The path of the stream of this call. A function of its arguments, to the second."""
    expiry = int(expires_at.timestamp()) + 1
    return f"{_of(carrier)}/{_signer().sign(f'{call_id}.{expiry}')}"


def is_one(path: str) -> bool:
    """Whether `path` is where media streams are served, with a proof or without."""
    return any(path == each or path.startswith(f"{each}/") for each in _served())


def read(path: str, *, now: datetime) -> int | None:
    """The primary key of the call that `path` was written for, while it is good; else None."""
    prefix, _, proof = path.removesuffix("/").rpartition("/")  # Twilio may add a slash
    if prefix not in _served() or len(proof) > LONGEST_PROOF:
        return None
    try:
        call_id, _, expiry = _signer().unsign(proof).partition(".")
    except (BadSignature, UnicodeEncodeError):  # the latter: a lone surrogate
        return None
    return int(call_id) if now.timestamp() <= int(expiry) else None
