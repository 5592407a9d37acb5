"""The voice webhook: what a carrier asks first when a number is called."""

from functools import partial
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from telephony.admission.decision import Webhook, admit
from telephony.admission.tickets import make_stream_path, make_ticket
from telephony.admission.webhook_keys import key_of
from telephony.carriers import registry
from telephony.carriers.base import Connection
from telephony.process.runtime import runtime_behind
from telephony.spoken import carrier as spoken
from telephony.webhooks.callback_urls import Callback, callback_url
from telephony.webhooks.decorators import answered, carrier_route, nowhere
from usage.models import Call
from voicex.errors import Declined
from voicex.web.lifecycle import lifecycle

# Set by our own nginx alone, when it has other processes to ask (docker/nginx.conf).
TRY_NEXT: Final = "X-Voicex-Try-Next"


@carrier_route
def voice(request: HttpRequest, *, carrier: str) -> HttpResponse:
    """An answer that connects the call to its agent, or says in a sentence why it cannot be.

    404, and nothing recorded, when this process drains and another may have room.
    """
    if lifecycle.is_draining and TRY_NEXT in request.headers:
        return nowhere(request)
    now = timezone.now()
    asking = registry.carrier(carrier)
    webhook = Webhook(
        # First, so that a stranger learns of nothing but the key.
        key=key_of(
            request.api_key,  # type: ignore[attr-defined]  # set by HideApiKey
            carrier=carrier,
            call_sid=asking.claimed_call_id(request),
            now=now,
        ),
        agent_id=request.GET.get("agent_id", ""),
        carrier=asking,
        incoming=asking.read_call(request),
        is_signed=partial(asking.is_signed, request),
    )
    try:
        call = admit(webhook, now=now, runtime=runtime_behind(request))
    except Declined as decline:
        said = spoken.decline(decline)
        return answered(asking.say_and_hang_up(said.text, language=said.language))
    return answered(asking.connect(connection_of(call)))


def connection_of(call: Call) -> Connection:
    """Where `call` continues: a function of its row alone, so a repeat gets the same bytes."""
    return Connection(
        stream_url=stream_url(call),
        ticket=make_ticket(call),
        after_url=callback_url(Callback.AFTER, call),
        status_url=callback_url(Callback.STREAM_STATUS, call),
    )


def stream_url(call: Call) -> str:
    """Where the media socket is opened: wss, except on loopback without TLS."""
    origin = urlsplit(settings.MEDIA_APP_URL)
    scheme = "wss" if origin.scheme == "https" else "ws"
    return f"{scheme}://{origin.netloc}{make_stream_path(call)}"
