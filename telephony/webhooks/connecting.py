"""Builds the connection data of answers that open a media stream."""

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from telephony.admission.tickets import make_stream_path, make_ticket
from telephony.carriers.base import Connection
from telephony.webhooks.callback_urls import Callback, callback_url
from usage.models import Call


def connection_of(call: Call, *, issued_at: datetime | None = None) -> Connection:
    """The connection of `call`. Deterministic, so a repeated request gets the same bytes.

    issued_at: of its ticket, where that is not in its row.
    """
    return Connection(
        stream_url=stream_url(call, issued_at=issued_at),
        ticket=make_ticket(call),
        after_url=callback_url(Callback.AFTER, call),
        status_url=callback_url(Callback.STREAM_STATUS, call),
    )


def stream_url(call: Call, *, issued_at: datetime | None = None) -> str:
    """The base URL of media sockets: wss, except on loopback without TLS."""
    origin = urlsplit(settings.MEDIA_APP_URL)
    scheme = "wss" if origin.scheme == "https" else "ws"
    return f"{scheme}://{origin.netloc}{make_stream_path(call, issued_at=issued_at)}"
