"""The callbacks of carriers: end of the stream, state of the stream, state of the call.

Their URLs are signed by us for one call or organization, so they need no key; if the organization
has stored its auth token the carrier's signature is required as well. They may come late, twice,
out of order or never. None of them ends a call that a process carries directly: it tells that
process to end it (`usage.billing.settlement.record_end`), because a slot is only free when no
process carries the call, and the client that placed the call knows its URLs.
"""

import structlog
from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from telephony.calls import live_hub
from telephony.carriers import registry
from telephony.carriers.base import Report
from telephony.process.runtime import runtime_behind
from telephony.spoken.carrier import farewell
from telephony.webhooks import transfers
from telephony.webhooks.callback_proof import ensure_carrier
from telephony.webhooks.callback_urls import Callback, read_callback_token, read_status_query
from telephony.webhooks.continuing import resume_in_new_stream
from telephony.webhooks.decorators import answered, carrier_route
from usage.billing.settlement import record_end
from usage.models import Call
from usage.reads.calls import language_of
from usage.records.attempts import was_attempted
from usage.waiting import callers as waiting_callers
from voicex.errors import SignatureRefused
from voicex.reasons.ends import EndReason

log = structlog.get_logger(__name__)


@carrier_route
def after(request: HttpRequest, token: str, *, carrier: str) -> HttpResponse:
    """Answer what the call does after the end of its stream."""
    asking = registry.carrier(carrier)
    report = asking.read_after(request)
    about = read_callback_token(Callback.AFTER, token, carrier=carrier, call_sid=report.call_id)
    call_id = about.row
    ensure_carrier(asking, request, report, call_id=call_id)
    # Before a session closes its socket it writes a final snapshot and the end reason. Without them
    # the socket failed or its process died, and the caller hears silence: another process continues
    # the call. If none can, the carrier says a sentence, unless the caller is known to have heard a
    # goodbye.
    is_final, ended_at, end_reason, state = Call.objects.values_list(
        "usage__is_final", "ended_at", "end_reason", "state"
    ).get(pk=call_id)
    if state == Call.State.TRANSFERRING:
        return transfers.begin(asking, call_id, is_caller_gone=report.end_reason is not None)
    if ended_at is None and report.end_reason is None:
        continued = resume_in_new_stream(request, asking, call_id, generation=about.generation)
        if continued is not None:
            return answered(continued)
    lost = report.end_reason or EndReason.STREAM_LOST  # the caller hung up, which ended the stream
    reason = EndReason.STREAM_ENDED if is_final else lost
    _record_end(request, call_id, reason, report, generation=about.generation)
    said = farewell(end_reason if is_final and ended_at else "", language=language_of(call_id))
    if said is None or report.end_reason:
        return answered(asking.hang_up())
    log.warning("stream_lost", call_id=call_id, reason=end_reason)
    return answered(asking.say_and_hang_up(said.text, language=said.language))


@carrier_route
def stream_status(request: HttpRequest, token: str, *, carrier: str) -> HttpResponse:
    """Record a report about a stream: the only one if its handshake failed."""
    asking = registry.carrier(carrier)
    report = asking.read_stream_status(request)
    about = read_callback_token(
        Callback.STREAM_STATUS, token, carrier=carrier, call_sid=report.call_id
    )
    if report.end_reason:  # other reports are ignored without a query
        ensure_carrier(asking, request, report, call_id=about.row)
        if error := report.evidence.get("stream_error"):
            log.warning("stream_error", call_id=about.row, error=error)
        _record_end(request, about.row, report.end_reason, report, generation=about.generation)
    return _noted()


@carrier_route
def status(request: HttpRequest, *, carrier: str) -> HttpResponse:
    """Record how the call ended, if the client has set the number's status URL."""
    asking = registry.carrier(carrier)
    org_id = read_status_query(
        carrier=carrier,
        org_id=request.GET.get("org", ""),
        given=request.GET.get("signature", ""),
    )
    report = asking.read_status(request)
    ensure_carrier(asking, request, report, org_id=org_id)
    # Only calls of this carrier, as its signature proves nothing about others.
    found = Call.objects.filter(
        org__public_id=org_id, carrier=carrier, carrier_call_id=report.call_id
    ).order_by()
    call_id = found.values_list("pk", flat=True).first()
    if call_id is None:
        if not was_attempted(org_id=org_id, call_sid=report.call_id):
            # A declined call has an attempt and no row; other calls do not belong to this
            # organization.
            raise SignatureRefused
        if report.end_reason:
            waiting_callers.left(org_id=org_id, call_id=report.call_id, now=timezone.now())
    elif report.end_reason:
        _record_end(request, call_id, report.end_reason, report)
    return _noted()


def _record_end(
    request: HttpRequest,
    call_id: int,
    reason: EndReason,
    report: Report,
    *,
    generation: int | None = None,
) -> None:
    """generation: of the reported stream; None: the report is about the call."""
    if not record_end(
        call_id,
        reason=reason,
        now=timezone.now(),
        evidence=dict(report.evidence),
        stream_id=report.stream_id,
        generation=generation,
    ):
        return
    runtime = runtime_behind(request)
    if runtime is not None:
        runtime.end_call(call_id, reason)
    else:
        async_to_sync(live_hub.order_end)(call_id, reason)


def _noted() -> HttpResponse:
    return HttpResponse(status=204)
