"""Twilio's signature: HMAC-SHA1 over the URL and the sorted form, keyed by an auth token.

https://www.twilio.com/docs/usage/security
"""

import hmac
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator

_DEFAULT_PORTS: Final = {"http": 80, "ws": 80, "https": 443, "wss": 443}


def sign(token: str, url: str, params: Mapping[str, str]) -> str:
    """The X-Twilio-Signature (base64) of a POST of `params` to `url`.

    Raises ValueError for an empty token, with which any client could sign.
    """
    if not token:
        raise ValueError("An empty auth token signs nothing")
    signature: str = RequestValidator(token).compute_signature(url, params)
    return signature


def signature_is_valid(
    *, tokens: Iterable[str], url: str, params: Mapping[str, str], signature: str | None
) -> bool:
    """Whether one of `tokens` signed a POST of `params` to `url`.

    url: exactly as Twilio requested it, query included; params: the parsed form (a
    QueryDict or a dict), {} for a socket upgrade. The same parameters in another order are
    accepted as `_spellings` says: not everything on the way leaves their order alone.

    `RequestValidator.validate` is not used: it accepts what an empty token signed, raises
    without token or header, normalizes the URL before hashing, compares in variable time
    and does not know the default port of wss.
    """
    if not signature:
        return False
    given = signature.encode("utf-8", "replace")
    return any(
        hmac.compare_digest(sign(token, spelling, params).encode(), given)
        for token in tokens
        if token
        for spelling in _spellings(url)
    )


def _spellings(url: str) -> list[str]:
    """The variants of `url` that may have been signed, the likeliest first.

    With and without the port, as Twilio signs both. The query: raw, sorted, and in the order of
    `accounts.keys.webhook_urls`, in case a proxy has sorted it.
    """
    parts = urlsplit(url)
    head = len(parts.scheme) + len("://")
    path, mark, query = url[head + len(parts.netloc) :].partition("?")
    in_order = sorted(query.split("&"), key=lambda each: each.partition("="))
    as_shown = sorted(in_order, key=lambda each: not each.startswith("api_key="))
    queries = dict.fromkeys((query, "&".join(in_order), "&".join(as_shown)))
    host, port = parts.netloc, parts.port or _DEFAULT_PORTS[parts.scheme]
    if parts.port is not None:
        host = host[: host.rindex(":")]
    return [
        f"{parts.scheme}://{origin}{path}{mark}{each}"
        for each in queries
        for origin in (host, f"{host}:{port}")
    ]
