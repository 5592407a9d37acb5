"""Access tokens for Google's APIs, obtained with an organization's stored secret.

Either the JSON key of a service account, or the client and the refresh token of an account that
gave its consent ("authorized user"). The key itself is sent nowhere: it signs. Tokens are kept in
memory until shortly before they end; one that is refused all the same is forgotten.
"""

import asyncio
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode

from agents.calendars.servers import (
    KEY_REFUSED,
    Answer,
    CalendarFailed,
    Fault,
    Requests,
    refusal,
)
from agents.tools.base import ToolFailed
from voicex.bounds import bounded_json

SCOPE: Final = "https://www.googleapis.com/auth/calendar"
LIFETIME: Final = 3600  # seconds, as Google allows
MARGIN: Final = 300.0  # seconds before its end from which a token is not used any more
MOST_KEPT: Final = 500  # of all organizations whose calls this process carries
LONGEST_TOKEN: Final = 4_096  # characters; Google's have 2,048 at most
MAX_KEY: Final = 4_000  # characters; a key of 4,096 bits has 3,300
NOT_A_KEY: Final = "The saved key is not one of Google's. Offer to take a message instead."
SERVICE_ACCOUNT: Final = ("client_email", "private_key")
AUTHORIZED_USER: Final = ("client_id", "client_secret", "refresh_token")

_kept: Final[dict[bytes, tuple[str, float]]] = {}  # by secret: a token, and until when it is used


def is_key(secret: str) -> bool:
    """Whether a secret is a key of one of the two kinds."""
    try:
        return _kind_of(_read(secret)) is not None
    except ToolFailed:
        return False


async def token_for(secret: str, *, url: str, requests: Requests) -> str:
    """An access token. url: of the server that gives them. Raises ToolFailed."""
    place = _place_of(secret, url)
    kept = _kept.get(place)
    if kept is not None and kept[1] > time.monotonic():
        return kept[0]
    form = await _form_for(_read(secret), url)
    answer = await requests.send(
        "POST",
        url,
        headers={"Accept": "application/json"},
        form=urlencode(form).encode(),
        is_read=True,
    )
    if answer.status in (400, 401, 403):  # Google says 400 to a key or token that was revoked
        raise CalendarFailed(KEY_REFUSED, Fault.CLOCK if _is_early(answer) else Fault.KEY)
    if not answer.is_good:
        raise refusal(answer, is_read=True)
    found = answer.document if isinstance(answer.document, dict) else {}
    token, seconds = found.get("access_token"), found.get("expires_in")
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise CalendarFailed(KEY_REFUSED, Fault.KEY)
    if not token.isascii() or not token.isprintable():
        raise CalendarFailed(KEY_REFUSED, Fault.KEY)
    lasts = min(seconds, LIFETIME) if isinstance(seconds, int) else 0
    while len(_kept) >= MOST_KEPT:
        _kept.pop(next(iter(_kept)), None)
    _kept[place] = (token, time.monotonic() + lasts - MARGIN)
    return token


def forget(secret: str, *, url: str) -> None:
    """The token for this secret was refused."""
    _kept.pop(_place_of(secret, url), None)


def _is_early(answer: Answer) -> bool:
    """Whether Google took what was signed for one of another time: it reports that as a bad key."""
    said = answer.document.get("error_description") if isinstance(answer.document, dict) else None
    return isinstance(said, str) and "iat and exp" in said


def _place_of(secret: str, url: str) -> bytes:
    return sha256(f"{url} {secret}".encode()).digest()


def _read(secret: str) -> Mapping[str, Any]:
    try:
        found = bounded_json.loads(secret, max_bytes=MAX_KEY)
    except bounded_json.UnusableJson as error:
        raise CalendarFailed(NOT_A_KEY, Fault.KEY) from error
    if not isinstance(found, dict):
        raise CalendarFailed(NOT_A_KEY, Fault.KEY)
    return found


def _kind_of(key: Mapping[str, Any]) -> tuple[str, ...] | None:
    for kind in (SERVICE_ACCOUNT, AUTHORIZED_USER):
        if all(isinstance(key.get(name), str) for name in kind):
            return kind
    return None


async def _form_for(key: Mapping[str, Any], url: str) -> dict[str, str]:
    match _kind_of(key):
        case kind if kind == SERVICE_ACCOUNT:
            try:  # milliseconds of arithmetic, beside the loop that carries calls
                signed = await asyncio.to_thread(_signed, key, url)
            except ValueError as error:
                raise CalendarFailed(NOT_A_KEY, Fault.KEY) from error
            grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
            return {"grant_type": grant, "assertion": signed}
        case kind if kind == AUTHORIZED_USER:
            named = {name: key[name] for name in AUTHORIZED_USER}
            return {"grant_type": "refresh_token", **named}
    raise CalendarFailed(NOT_A_KEY, Fault.KEY)


def _signed(key: Mapping[str, Any], url: str) -> str:
    """What a service account says of itself. Raises ValueError for a key that is none.

    The key is bounded and its primes are not looked at: OpenSSL holds the interpreter's lock while
    it does that, for seconds where a key was made for it, and so stops the calls of the process.
    """
    # Loaded when a calendar first needs it: most processes never do.
    from google.auth import jwt
    from google.auth.crypt.rsa import RSASigner

    from agents.engines.google.account import load_key

    now = int(time.time())
    claims = {
        "iss": key["client_email"],
        "scope": SCOPE,
        "aud": url,
        "iat": now,
        "exp": now + LIFETIME,
    }
    signers: Any = RSASigner  # neither has types
    encode: Any = jwt.encode
    signer = signers(load_key(key["private_key"]), key.get("private_key_id"))
    return bytes(encode(signer, claims)).decode("ascii")
