"""The paths of media streams: their last segment proves that we wrote them, for a minute.

Twilio keeps the path of a stream's URL, and no query. It takes no look at the database to read
one, so it is read before anything is given to who asks.
"""

from datetime import datetime
from typing import Final

from django.core.signing import BadSignature, Signer

STREAM_PATH: Final = "/api/twilio/stream"
LONGEST_PROOF: Final = 120  # characters; ours have some 70


def _signer() -> Signer:
    return Signer(salt="voicex.telephony.stream", sep=".")


def write(call_id: int, *, expires_at: datetime) -> str:
    """The path of the stream of this call. A function of its arguments, to the second."""
    expiry = int(expires_at.timestamp()) + 1
    return f"{STREAM_PATH}/{_signer().sign(f'{call_id}.{expiry}')}"


def is_one(path: str) -> bool:
    """Whether `path` is where media streams are served, with a proof or without."""
    return path == STREAM_PATH or path.startswith(f"{STREAM_PATH}/")


def read(path: str, *, now: datetime) -> int | None:
    """The primary key of the call that `path` was written for, while it is good; else None."""
    prefix, _, proof = path.removesuffix("/").rpartition("/")  # Twilio may add a slash
    if prefix != STREAM_PATH or len(proof) > LONGEST_PROOF:
        return None
    try:
        call_id, _, expiry = _signer().unsign(proof).partition(".")
    except (BadSignature, UnicodeEncodeError):  # the latter: a lone surrogate
        return None
    return int(call_id) if now.timestamp() <= int(expiry) else None
