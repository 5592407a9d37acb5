"""The voice webhook: what Twilio asks first when somebody calls a number."""

from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from telephony.admission.decision import Webhook, admit
from telephony.admission.webhook_keys import key_of
from telephony.process.runtime import runtime_behind
from telephony.spoken import carrier
from telephony.twilio import twiml
from telephony.twilio.decorators import XML, nowhere, twilio_door
from telephony.twilio.forms import claimed_call_sid, posted_form, requested_url
from telephony.twilio.signatures import Callback, make_callback_token, make_stream_path, make_ticket
from usage.models import Call
from voicex.errors import Declined
from voicex.lifecycle import lifecycle

# Set by our own nginx, which lets nobody else's through: it has others to ask (docker/nginx.conf).
TRY_NEXT: Final = "X-Voicex-Try-Next"


@twilio_door
def voice(request: HttpRequest) -> HttpResponse:
    """TwiML that connects the call to its agent, or says in a sentence why it cannot be.

    404, and nothing noted, when this process drains and another may have room.
    """
    if lifecycle.is_draining and TRY_NEXT in request.headers:
        return nowhere(request)
    now = timezone.now()
    webhook = Webhook(
        # First, so that a stranger hears of nothing but the key.
        key=key_of(
            request.api_key,  # type: ignore[attr-defined]  # set by KeyOutOfSight
            call_sid=claimed_call_sid(request),
            now=now,
        ),
        agent_id=request.GET.get("agent_id", ""),
        url=requested_url(request),
        signature=request.headers.get("X-Twilio-Signature"),
        form=posted_form(request),
    )
    try:
        call = admit(webhook, now=now, runtime=runtime_behind(request))
    except Declined as decline:
        said = carrier.decline(decline)
        return HttpResponse(
            twiml.say_and_hang_up(said.text, language=said.language), content_type=XML
        )
    return HttpResponse(_connect(call), content_type=XML)


def _connect(call: Call) -> str:
    """The TwiML for `call`: a function of its row alone, so a repeat gets the same bytes."""
    return twiml.connect(
        stream_url=stream_url(call),
        ticket=make_ticket(call),
        action_url=_callback_url(Callback.AFTER, call),
        status_url=_callback_url(Callback.STREAM_STATUS, call),
    )


def stream_url(call: Call) -> str:
    """Where Twilio opens the media socket: wss, except on loopback without TLS."""
    origin = urlsplit(settings.MEDIA_APP_URL)
    scheme = "wss" if origin.scheme == "https" else "ws"
    return f"{scheme}://{origin.netloc}{make_stream_path(call)}"


def _callback_url(kind: Callback, call: Call) -> str:
    path = reverse(f"telephony:{kind}", args=[make_callback_token(kind, call)])
    return f"{settings.TWILIO_APP_URL}{path}"
