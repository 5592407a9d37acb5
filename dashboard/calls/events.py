"""The events of one call as its core received them: a table, and a file of JSON lines."""

import json
import zlib
from typing import Final

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.permissions import READ_EVENTS
from dashboard.access_audit import record_export, record_reading
from dashboard.calls.index import call_or_404
from dashboard.pages import MemberRequest, render_page
from usage.models import Call, FlightRecord

PAGE_SIZE: Final = 200


@require_safe
@member_required(READ_EVENTS)
def call_events(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """A page of events; `?from=<number>` is the first one, counted from 1."""
    call = call_or_404(request, call_sid)
    lines = _lines(call)[1:]  # the first line is the agent's configuration
    if lines:
        record_reading(request, call)
    asked = request.GET.get("from", "")
    first = max(int(asked), 1) if asked.isdecimal() and len(asked) < 10 else 1
    home = reverse("dashboard:call_events", args=[org_id, call_sid])
    context = {
        "call": call,
        "events": [
            (number, *_read(line))
            for number, line in enumerate(lines[first - 1 : first - 1 + PAGE_SIZE], first)
        ],
        "count": len(lines),
        "newer_url": f"{home}?from={max(first - PAGE_SIZE, 1)}" if first > 1 else "",
        "older_url": f"{home}?from={first + PAGE_SIZE}"
        if first - 1 + PAGE_SIZE < len(lines)
        else "",
    }
    return render_page(request, "call_events.html", context)


@require_safe
@member_required(READ_EVENTS)
def events_file(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """All events as a file, the agent's configuration first; empty if none were kept."""
    lines = _lines(call_or_404(request, call_sid))
    record_export(request, "events", call_sid)
    response = HttpResponse("".join(f"{line}\n" for line in lines), "application/jsonl")
    response["Content-Disposition"] = 'attachment; filename="events.jsonl"'
    return response


def _lines(call: Call) -> list[str]:
    record = FlightRecord.objects.filter(org=call.org_id, call=call).first()
    # Only "\n" ends a line: `splitlines` also breaks at characters that people can say.
    return (
        zlib.decompress(record.events).decode().split("\n")[:-1] if record and record.events else []
    )


def _read(line: str) -> tuple[int, str, str]:
    """(milliseconds, event, its fields as JSON); see `telephony.calls.flight_recorder`."""
    at_ms, name, *values = json.loads(line)
    return at_ms, name, ", ".join(json.dumps(value, ensure_ascii=False) for value in values)
