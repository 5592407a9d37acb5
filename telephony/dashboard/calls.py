"""The list of calls, the page of one call, and the part of it that follows a live call."""

from statistics import median_low
from typing import Any

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import member_required
from agents.engines.events import Stage
from telephony.dashboard.pages import MemberRequest, render_page
from telephony.dashboard.permissions import READ
from telephony.dashboard.plots import STAGE_NAMES
from telephony.dashboard.transcript import lines_of
from usage import selectors
from usage.models import Call

PAGE_SIZE = 25


@require_safe
@member_required(READ)
def calls(request: MemberRequest, org_id: str) -> HttpResponse:
    """A page of calls, newest first; `?before=<CallSid>` is where the page before it ended."""
    before = request.GET.get("before")
    found = list(
        selectors.calls_of(
            request.org,
            limit=PAGE_SIZE + 1,
            before=_call_or_404(request, before) if before else None,
        )
    )
    page = found[:PAGE_SIZE]
    context = {
        "calls": page,
        "is_later_page": bool(before),
        "next_page": page[-1].call_sid if len(found) > PAGE_SIZE else "",
    }
    return render_page(request, "calls.html", context)


@require_safe
@member_required(READ)
def call(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """What was said, how long each answer took, what it cost."""
    return render_page(request, "call.html", _context(_call_or_404(request, call_sid)))


@require_safe
@member_required(READ)
def call_live(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """The middle of the call page, for `static/live.js`."""
    return render_page(request, "_call.html", _context(_call_or_404(request, call_sid)))


def _call_or_404(request: MemberRequest, call_sid: str) -> Call:
    found = selectors.call_of(request.org, call_sid=call_sid)
    if found is None:
        raise Http404("No such call")
    return found


def _context(call: Call) -> dict[str, Any]:
    is_over = call.state == Call.State.ENDED
    lines = lines_of(call.turns.all(), is_open=not is_over)
    answers = [line for line in lines if line.bars]
    waits = [
        line.turn.latency_ms[Stage.SENT] for line in answers if Stage.SENT in line.turn.latency_ms
    ]
    ledger = list(selectors.ledger_of(call))
    return {
        "call": call,
        "is_open": call.settled_at is None,
        "lines": lines,
        "has_unheard": any(line.unheard for line in lines),
        "answers": answers,
        "scale_ms": max((line.total_ms for line in answers), default=0),
        "stages": list(STAGE_NAMES.items()),
        "median_ms": median_low(waits) if waits else None,
        "ledger": ledger,
        "total_micros": sum(entry.amount_micros for entry in ledger),
    }
