"""The page of one call, and the part of it that follows a live call."""

from datetime import timedelta
from statistics import median_low
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.permissions import ANNOTATE_CALLS, DELETE_RECORDINGS, READ, READ_EVENTS
from agents.engines.events import response_ms
from dashboard.access_audit import record_reading
from dashboard.calls.failures import failures_of
from dashboard.calls.index import call_or_404
from dashboard.calls.slowness import slowest_stage
from dashboard.calls.timeline import timeline_of
from dashboard.calls.transcript import lines_of, turn_page
from dashboard.live.order_forms import OrderForm, context_for
from dashboard.navigation import url_or_nothing
from dashboard.pages import MemberRequest, render_page
from dashboard.plots import STAGE_NAMES, slowest
from usage.analysis.words import analysis_of, summary_of, value_in_words, values_of
from usage.annotations.reads import notes_of_call, tags_of_call
from usage.annotations.tags import tags_of
from usage.billing.settlement import NO_WORD_AFTER
from usage.messages import inbox
from usage.models import Call, CallAnalysis, Recording, Turn
from usage.reads import calls
from usage.reads.messages import messages_of_call
from usage.records.evidence import NOT_HUNG_UP, attestation_in
from usage.takeover.gaps import gaps_in
from voicex.reasons.carrier import CarrierReason

# A page of a call that ended so lately is fetched again until the summary is there.
ANALYSED_WITHIN: Final = timedelta(seconds=90)


@require_safe
@member_required(READ)
def call(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """The transcript, how long each answer took and why, and the cost."""
    return render_call(request, call_or_404(request, call_sid))


def render_call(
    request: MemberRequest,
    call: Call,
    *,
    note_text: str = "",
    note_problem: str = "",
    refused: OrderForm | None = None,
) -> HttpResponse:
    """Render the page of `call`; with status 422, the text and the reason if a note was refused,
    or a supervisor's form.
    """
    context = _context(request, call) | context_for(request, call, refused)
    context |= {"note_text": note_text, "note_problem": note_problem}
    status = 422 if note_problem or refused else 200
    return render_page(request, "call.html", context, status=status)


@require_safe
@member_required(READ)
def call_live(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """The head and the middle of the call page, for `static/live.js`."""
    found = call_or_404(request, call_sid)
    # A page that follows a call keeps showing its latest turns when it ends: a page of an ended
    # call names the first of its own.
    return render_page(request, "_call_live.html", _context(request, found, is_newest=True))


def _context(request: MemberRequest, call: Call, *, is_newest: bool = False) -> dict[str, Any]:
    """The template's context. is_newest: show the last turns, whatever the query asks for."""
    is_over = call.state == Call.State.ENDED
    gaps = gaps_in(call.carrier_report, generation=call.generation)
    asked = request.GET.get("from", "")
    page = turn_page(call.turns.all(), asked, is_newest=is_newest or not is_over)
    lines = lines_of(page.turns, is_open=not is_over, gaps=gaps, before=page.before)
    if lines and call.words_deleted_at is None:
        record_reading(request, call)
    answers = [line for line in lines if line.bars]
    waits = _waits(call) if page.is_part else [line.response_ms for line in answers]
    known_waits = [each for each in waits if each is not None]
    ledger = list(calls.ledger_of(call))
    recording = Recording.objects.filter(org=call.org_id, call=call).first()
    # Its last piece is stored after the call, and sometimes after the settlement.
    is_recording = recording is not None and recording.state == Recording.State.RUNNING
    place = (request.org.public_id, call.call_sid)
    # Also of one that has failed: what was stored before can be heard, and deleted.
    has_sound = recording is not None and recording.size_bytes > 0 and not is_recording
    messages = messages_of_call(call)
    analysis = analysis_of(call)
    is_awaited = is_over and analysis is None and _is_analysed_soon(call)
    return {
        "call": call,
        "may_last": _may_last(call),
        "attestation": _attested(call),
        "transfers": list(calls.transfers_of(call)),
        "call_messages": messages,
        "analysis": analysis,
        "summary": summary_of(analysis) if analysis else "",
        "field_values": _values(analysis) if analysis else [],
        "is_awaited": is_awaited,
        "call_tags": tags_of_call(call),
        "call_notes": notes_of_call(call),
        "all_tags": tags_of(request.org) if request.membership.is_at_least(ANNOTATE_CALLS) else [],
        "members": list(inbox.assignable(request.org)) if messages else [],
        "is_open": call.settled_at is None,
        "is_followed": call.settled_at is None or is_recording or is_awaited,
        "lines": lines,
        "turn_page": page,
        "followed_from": page.asked or (page.turns[0].number if is_over and page.is_part else 0),
        "has_unheard": any(line.unheard for line in lines),
        "answers": [(line, slowest_stage(line.turn.latency_ms)) for line in answers],
        "scale_ms": slowest(line.turn.latency_ms for line in answers),
        "stages": list(STAGE_NAMES.items()),
        "median_ms": median_low(known_waits) if known_waits else None,
        "unread_tokens": usage.llm_tokens_unread if (usage := getattr(call, "usage", None)) else 0,
        "ledger": ledger,
        "total_micros": sum(entry.amount_micros for entry in ledger),
        "timeline": timeline_of(call, lines, recording=recording if has_sound else None)
        if is_over
        else None,
        "failures": failures_of(call) if is_over else [],
        "recording": recording,
        "audio_url": url_or_nothing("dashboard:recording", *place) if has_sound else "",
        "delete_recording_url": url_or_nothing("dashboard:delete_recording", *place)
        if has_sound and request.membership.is_at_least(DELETE_RECORDINGS)
        else "",
        "may_read_events": request.membership.is_at_least(READ_EVENTS),
    }


def _waits(call: Call) -> list[int | None]:
    """The response times of a whole call of which one page is shown."""
    answers = call.turns.filter(role=Turn.Role.AGENT).values_list("latency_ms", flat=True)
    return [response_ms(latency_ms) for latency_ms in answers]


def _is_analysed_soon(call: Call) -> bool:
    """Whether the call ended so recently that its summary is still to come."""
    return call.ended_at is not None and timezone.now() - call.ended_at < ANALYSED_WITHIN


def _values(analysis: CallAnalysis) -> list[tuple[str, str]]:
    return [(name, value_in_words(value)) for name, value in values_of(analysis).items()]


def _may_last(call: Call) -> str:
    """What is said of a call that was ended here and perhaps not at its carrier, "" of others."""
    noted = call.carrier_report.get(NOT_HUNG_UP)
    if not noted or timezone.now() - call.opened_at > NO_WORD_AFTER:
        return ""
    label = next((each.label for each in CarrierReason if each == noted), "")
    told = _(
        "The caller may still be connected to a person: Twilio didn’t end the call. End it in "
        "Twilio’s Console."
    )
    return f"{told} {_(label)}" if label else told


def _attested(call: Call) -> str:
    attestation = attestation_in(call.carrier_report)
    return _(attestation.label) if attestation else ""
