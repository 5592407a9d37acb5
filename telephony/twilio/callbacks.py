"""What Twilio tells us after the webhook: the stream ended, the stream's state, the call's state.

Each of these URLs was signed by us, for one call or for one organization, so they need no key;
where the organization has given its auth token they need Twilio's signature as well. They come
late, twice, out of order or never. None of them ends a call that a process carries: it is an
order to that process (`usage.billing.settlement.note_end`), because the slot of a call is free when
nobody carries it any more, and whoever places a call has its URLs.
"""

from typing import Any, Final

import structlog
from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone

from telephony.calls import live_desk
from telephony.process.runtime import runtime_behind
from telephony.spoken.carrier import farewell
from telephony.twilio import twiml
from telephony.twilio.callback_proof import make_sure_of_carrier
from telephony.twilio.decorators import XML, twilio_door
from telephony.twilio.forms import call_sid_of, posted_form, text_of
from telephony.twilio.signatures import Callback, read_callback_token, read_status_query
from usage.billing.settlement import note_end
from usage.models import Call
from usage.records.attempts import was_attempted
from voicex.errors import SignatureRefused
from voicex.reasons.ends import EndReason

log = structlog.get_logger(__name__)

# https://www.twilio.com/docs/voice/twiml#callstatus-values, those after which nothing comes,
# and the reason that each of them is for the end of the call.
TERMINAL: Final = {
    "completed": EndReason.CARRIER_COMPLETED,
    "busy": EndReason.CARRIER_BUSY,
    "failed": EndReason.CARRIER_FAILED,
    "no-answer": EndReason.CARRIER_NO_ANSWER,
    "canceled": EndReason.CARRIER_CANCELED,
}
STREAM_OVER: Final = {
    "stream-stopped": EndReason.STREAM_STOPPED,
    "stream-error": EndReason.STREAM_ERROR,
}


@twilio_door
def after(request: HttpRequest, token: str) -> HttpResponse:
    """The `<Connect action>`: what the call does now that its stream has ended."""
    call_id, form = _call_of(Callback.AFTER, token, request)
    make_sure_of_carrier(request, form, call_id=call_id)
    status = _word_of(form, "CallStatus")
    # Before it closes its socket a session writes a final snapshot, and why it ends the call.
    # Without them the socket failed or its process died, and somebody is still on the line, in
    # silence. As long as nobody has written that the caller heard a goodbye, words are right.
    is_final, ended_at, end_reason, language = Call.objects.values_list(
        "usage__is_final", "ended_at", "end_reason", "version__language"
    ).get(pk=call_id)
    lost = TERMINAL.get(status, EndReason.STREAM_LOST)  # the caller hung up, and the stream with it
    reason = EndReason.STREAM_ENDED if is_final else lost
    _note_end(request, call_id, reason, {"after_status": status})
    said = farewell(end_reason if is_final and ended_at else "", language=language)
    if said is None or status in TERMINAL:
        return HttpResponse(twiml.hang_up(), content_type=XML)
    log.warning("stream_lost", call_id=call_id, reason=end_reason)
    return HttpResponse(twiml.say_and_hang_up(said.text, language=said.language), content_type=XML)


@twilio_door
def stream_status(request: HttpRequest, token: str) -> HttpResponse:
    """The `<Stream statusCallback>`: the only word of a stream whose handshake failed."""
    call_id, form = _call_of(Callback.STREAM_STATUS, token, request)
    event = _word_of(form, "StreamEvent")
    if event in STREAM_OVER:  # any other changes nothing, and takes no query
        make_sure_of_carrier(request, form, call_id=call_id)
        evidence: dict[str, Any] = {"stream_event": event}
        if event == "stream-error":
            evidence["stream_error"] = text_of(form, "StreamError", longest=500)
            log.warning("stream_error", call_id=call_id, error=evidence["stream_error"])
        _note_end(request, call_id, STREAM_OVER[event], evidence)
    return _noted()


@twilio_door
def status(request: HttpRequest) -> HttpResponse:
    """The number's "Call status changes", if the client has set it: how the call ended."""
    org_id = read_status_query(
        org_id=request.GET.get("org", ""), signature=request.GET.get("signature", "")
    )
    form = posted_form(request)
    call_sid = call_sid_of(form)
    make_sure_of_carrier(request, form, org_id=org_id)
    found = Call.objects.filter(org__public_id=org_id, call_sid=call_sid).order_by()
    call_id = found.values_list("pk", flat=True).first()
    if call_id is not None:
        _note_status(request, call_id, form)
    elif not was_attempted(org_id=org_id, call_sid=call_sid):
        # A call that was declined has an attempt and no row; any other is not of this org.
        raise SignatureRefused
    return _noted()


def _note_status(request: HttpRequest, call_id: int, form: QueryDict) -> None:
    """End the call on a terminal status, with what the carrier says of its length."""
    state = _word_of(form, "CallStatus")
    if state not in TERMINAL:
        return
    evidence: dict[str, Any] = {"status": state}
    seconds = text_of(form, "CallDuration", longest=9).strip()
    if seconds.isascii() and seconds.isdecimal():
        evidence["duration_s"] = int(seconds)
    _note_end(request, call_id, TERMINAL[state], evidence)


def _word_of(form: QueryDict, field: str) -> str:
    """One of the carrier's own words, whatever its case."""
    return text_of(form, field).strip().lower()


def _note_end(
    request: HttpRequest, call_id: int, reason: EndReason, evidence: dict[str, Any]
) -> None:
    if not note_end(call_id, reason=reason, now=timezone.now(), evidence=evidence):
        return
    runtime = runtime_behind(request)
    if runtime is not None:
        runtime.end_call(call_id, reason)
    else:
        async_to_sync(live_desk.order_end)(call_id, reason)


def _call_of(kind: Callback, token: str, request: HttpRequest) -> tuple[int, QueryDict]:
    """The call that `token` was made for, and the form. Raises SignatureRefused, Malformed."""
    form = posted_form(request)
    return read_callback_token(kind, token, call_sid=call_sid_of(form)), form


def _noted() -> HttpResponse:
    return HttpResponse(status=204)
