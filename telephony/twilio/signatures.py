"""What proves who asks: Twilio's signature, one-shot tickets, signed callback URLs.

Signatures are Twilio's own algorithm (HMAC-SHA1 over the URL and the sorted form,
https://www.twilio.com/docs/usage/security), keyed by the auth token of the
organization's Twilio account. Tickets and callback tokens are ours, signed with
SECRET_KEY under a salt for each kind, so that none can stand in for another.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.signing import BadSignature, Signer
from twilio.request_validator import RequestValidator

from accounts.models import Organization, OrganizationSecret
from accounts.secrets.vault import SealedSecrets
from telephony.admission import stream_paths
from usage.models import Call
from usage.quota.quotas import TICKET_LIFETIME
from voicex.errors import SignatureRefused, TicketRefused

TOKEN_NAMES: Final = (
    OrganizationSecret.Name.TWILIO_AUTH_TOKEN,
    OrganizationSecret.Name.TWILIO_AUTH_TOKEN_NEXT,
)
_DEFAULT_PORTS: Final = {"http": 80, "ws": 80, "https": 443, "wss": 443}


class Callback(StrEnum):
    """The callback URLs that we put into TwiML; each kind has tokens of its own."""

    AFTER = "after"
    STREAM_STATUS = "stream-status"


@dataclass(frozen=True, slots=True)
class Ticket:
    """The one-shot right to open the stream of one call, as read from `<Parameter>`.

    `usage.records.calls.redeem_ticket` decides whether it is still good: unused, at most 60 s
    old, and presented by the same CallSid and AccountSid.
    """

    call_id: int
    ticket_id: str


# --- Twilio's signature ----------------------------------------------------------------------


def auth_tokens(secrets: SealedSecrets) -> list[str]:
    """The auth tokens that an organization has given: none, one, or two while one rotates."""
    return [token for name in TOKEN_NAMES if (token := secrets.reveal(name))]


def sign(token: str, url: str, params: Mapping[str, str]) -> str:
    """The X-Twilio-Signature (base64) of a POST of `params` to `url`.

    Raises ValueError for an empty token, with which anybody could sign.
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
    """What may have been signed of a request for `url`, the likeliest first.

    Twilio signs sometimes with the port, sometimes without. The query: as it came, sorted, and
    as `accounts.keys.webhook_urls` shows it, in case it was sorted on the way from Twilio to us.
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


# --- Our own signatures -----------------------------------------------------------------------


def _signer(kind: str) -> Signer:
    # A dot, because the text stands in a path.
    return Signer(salt=f"voicex.telephony.{kind}", sep=".")


def _unsigned(kind: str, text: str) -> str | None:
    """What was signed, None for anything that we did not sign as this `kind`."""
    try:
        return _signer(kind).unsign(text)
    except (BadSignature, UnicodeEncodeError):  # the latter: a lone surrogate, from JSON
        return None


def make_ticket(call: Call) -> str:
    """The ticket of `call`: always the same text, so a repeated webhook has one answer."""
    return _signer("ticket").sign(f"{call.pk}.{call.ticket_id}")


def read_ticket(text: str) -> Ticket:
    """What a genuine ticket says. Raises TicketRefused for any other text."""
    signed = _unsigned("ticket", text)
    if signed is None:
        raise TicketRefused
    call_id, _, ticket_id = signed.partition(".")
    return Ticket(call_id=int(call_id), ticket_id=ticket_id)


def make_stream_path(call: Call) -> str:
    """The path of the stream of `call`, good for as long as its ticket.

    A function of the row alone, so a repeated webhook has one answer.
    """
    return stream_paths.write(call.pk, expires_at=call.opened_at + TICKET_LIFETIME)


def make_callback_token(kind: Callback, call: Call) -> str:
    """The last segment of the callback URL of `call`: its number, signed with its CallSid."""
    signature = _signer(kind).signature(f"{call.pk}.{call.call_sid}")
    return f"{call.pk}.{signature}"


def read_callback_token(kind: Callback, token: str, *, call_sid: str) -> int:
    """The primary key of the call that `token` was made for, if that is the call `call_sid`.

    It takes no look at the database. Raises SignatureRefused.
    """
    call_id, _, signature = token.partition(".")
    if _unsigned(kind, f"{call_id}.{call_sid}.{signature}") is None:
        raise SignatureRefused
    return int(call_id)


def status_callback_url(org: Organization) -> str:
    """What the client pastes into "Call status changes" of its number."""
    query = urlencode(
        {"org": org.public_id, "signature": _signer("status").signature(org.public_id)}
    )
    return f"{settings.TWILIO_APP_URL}/api/twilio/status?{query}"


def read_status_query(*, org_id: str, signature: str) -> str:
    """The public id of the organization that the URL was made for. Raises SignatureRefused."""
    signed = _unsigned("status", f"{org_id}.{signature}")
    if signed is None:
        raise SignatureRefused
    return signed
