"""The URLs that carriers are given to call back, each signed for a call or an organization."""

from enum import StrEnum
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from accounts.models import Organization
from telephony.admission.own_signatures import signature, unsigned
from usage.models import Call
from voicex.errors import SignatureRefused


class Callback(StrEnum):
    """The URLs of one call; each kind has tokens of its own."""

    AFTER = "after"
    STREAM_STATUS = "stream-status"


def callback_url(kind: Callback, call: Call, *, carrier: str) -> str:
    """Where the carrier named `carrier` asks or tells about `call`."""
    path = reverse(f"{carrier}:{kind}", args=[make_callback_token(kind, call)])
    return f"{settings.TWILIO_APP_URL}{path}"


def make_callback_token(kind: Callback, call: Call) -> str:
    """The last segment of the callback URL of `call`: its number, signed with the carrier's id."""
    return f"{call.pk}.{signature(kind, f'{call.pk}.{call.call_sid}')}"


def read_callback_token(kind: Callback, token: str, *, call_sid: str) -> int:
    """The primary key of the call that `token` was made for, if that is the call `call_sid`.

    It takes no look at the database. Raises SignatureRefused.
    """
    call_id, _, given = token.partition(".")
    if unsigned(kind, f"{call_id}.{call_sid}.{given}") is None:
        raise SignatureRefused
    return int(call_id)


def status_callback_url(org: Organization, *, carrier: str = "twilio") -> str:
    """What the client pastes into "Call status changes" of its number."""
    query = urlencode({"org": org.public_id, "signature": signature("status", org.public_id)})
    return f"{settings.TWILIO_APP_URL}{reverse(f'{carrier}:status')}?{query}"


def read_status_query(*, org_id: str, given: str) -> str:
    """The public id of the organization that the URL was made for. Raises SignatureRefused.

    given: the signature in the query.
    """
    genuine = unsigned("status", f"{org_id}.{given}")
    if genuine is None:
        raise SignatureRefused
    return genuine
