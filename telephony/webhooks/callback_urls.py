"""Callback URLs for carriers, each signed for a call or an organization."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from accounts.models import Organization
from telephony.admission.own_signatures import signature, unsigned
from usage.models import Call, WaitingCaller
from voicex.errors import SignatureRefused

# Its URLs are older than the other carriers, and stay valid.
_FIRST: Final = "twilio"
_STATUS: Final = "status"


class Callback(StrEnum):
    """The URLs of one call; each kind has tokens of its own."""

    AFTER = "after"
    STREAM_STATUS = "stream-status"
    # Of one transfer of a call: its dialled line is over; a person answers, and presses a key.
    DIALED = "dialed"
    PERSON = "person"
    KEY = "key"
    # Of a caller in line, after each piece of music.
    WAITING = "waiting"


def _kind(kind: str, carrier: str) -> str:
    """The kind that a URL is signed for. It contains the carrier, so that a URL is not valid at
    another one.
    """
    return kind if carrier == _FIRST else f"{carrier}.{kind}"


def callback_url(kind: Callback, call: Call, *, row: int | None = None) -> str:
    """The callback URL of `call`, or of its transfer `row`."""
    path = reverse(f"{call.carrier}:{kind}", args=[make_callback_token(kind, call, row=row)])
    return f"{settings.TWILIO_APP_URL}{path}"


@dataclass(frozen=True, slots=True)
class CalledBack:
    """The row (of a call or transfer) that a callback URL belongs to, and the call's stream.

    org: the organization's row; "" in URLs that releases before have made.
    """

    row: int
    generation: int
    org: str


def make_callback_token(kind: Callback, call: Call, *, row: int | None = None) -> str:
    """The last segment of the callback URL of `call`: its number, signed with the carrier's id.

    For each stream of a call it is another one. row: of a transfer, in the place of the call.
    """
    if row is None:
        return _token(kind, call, call.pk, call.generation)
    return _token(kind, call, row)


def waiting_url(caller: WaitingCaller) -> str:
    """Where the carrier asks again for a caller who waits."""
    path = reverse(
        f"{caller.carrier}:{Callback.WAITING}",
        args=[_token(Callback.WAITING, caller, caller.pk)],
    )
    return f"{settings.TWILIO_APP_URL}{path}"


def music_url(carrier: str) -> str:
    """What callers in line hear."""
    return f"{settings.TWILIO_APP_URL}{reverse(f'{carrier}:music')}"


def _token(kind: Callback, about: Call | WaitingCaller, row: int, generation: int = 0) -> str:
    # With the organization: its URLs never expire, and it may have thousands of them, whose
    # requests take turns as those of one sender. Behind a dot, and signed last: a process of the
    # release before, which may run beside this one, takes it for a part of the signature.
    number = f"{row}-{generation}" if generation else f"{row}"
    signed_for = f"{number}.{about.carrier_call_id}.{about.org_id}"
    return f"{number}.{about.org_id}.{signature(_kind(kind, about.carrier), signed_for)}"


def read_callback_token(kind: Callback, token: str, *, carrier: str, call_sid: str) -> CalledBack:
    """Read and verify `token` for the call `call_sid`.

    carrier: the name of the one that asks. Does not use the database. Raises SignatureRefused.
    """
    number, _, given = token.partition(".")
    if unsigned(_kind(kind, carrier), f"{number}.{call_sid}.{given}") is None:
        raise SignatureRefused
    row, _, generation = number.partition("-")
    org, _, _ = given.rpartition(".")  # "" in URLs of calls that began before an update
    return CalledBack(int(row), int(generation or 0), org)


def status_callback_url(org: Organization, *, carrier: str = _FIRST) -> str:
    """The URL for "Call status changes" of an organization's number."""
    signed = signature(_kind(_STATUS, carrier), org.public_id)
    query = urlencode({"org": org.public_id, "signature": signed})
    return f"{settings.TWILIO_APP_URL}{reverse(f'{carrier}:{_STATUS}')}?{query}"


def read_status_query(*, carrier: str, org_id: str, given: str) -> str:
    """The public id of the organization that the URL was made for. Raises SignatureRefused.

    carrier: the name of the one that asks. given: the signature in the query.
    """
    genuine = unsigned(_kind(_STATUS, carrier), f"{org_id}.{given}")
    if genuine is None:
        raise SignatureRefused
    return genuine
