"""The events of one call as its core received them: a table, and a file of JSON lines."""

import json
from collections.abc import Iterator
from typing import Final

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.permissions import READ_EVENTS
from dashboard.access_audit import record_export, record_reading
from dashboard.calls.index import call_or_404
from dashboard.pages import MemberRequest, render_page
from telephony.calls.flight_recorder import unpacked
from usage.models import Call, FlightRecord

PAGE_SIZE: Final = 200
LONGEST: Final = 5_000  # characters of an event's fields on the page; the file has all of them


@require_safe
@member_required(READ_EVENTS)
def call_events(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """A page of events; `?from=<number>` is the first one, counted from 1."""
    call = call_or_404(request, call_sid)
    asked = request.GET.get("from", "")
    first = max(int(asked), 1) if asked.isdecimal() and len(asked) < 10 else 1
    count, shown = 0, []
    lines = _lines(call)
    next(lines, b"")  # the agent's configuration
    for count, line in enumerate(lines, 1):
        if first <= count < first + PAGE_SIZE:
            shown.append((count, *_read(line)))
    if count:
        record_reading(request, call)
    home = reverse("dashboard:call_events", args=[org_id, call_sid])
    context = {
        "call": call,
        "events": shown,
        "count": count,
        "newer_url": f"{home}?from={max(first - PAGE_SIZE, 1)}" if first > 1 else "",
        "older_url": f"{home}?from={first + PAGE_SIZE}" if first - 1 + PAGE_SIZE < count else "",
    }
    return render_page(request, "call_events.html", context)


@require_safe
@member_required(READ_EVENTS)
def events_file(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """All events as a file, the agent's configuration first; empty if none were kept."""
    packed = _packed(call_or_404(request, call_sid))
    record_export(request, "events", call_sid)
    response = HttpResponse(b"".join(unpacked(packed)), "application/jsonl")
    response["Content-Disposition"] = 'attachment; filename="events.jsonl"'
    return response


def _packed(call: Call) -> bytes:
    record = FlightRecord.objects.filter(org=call.org_id, call=call).first()
    return bytes(record.events) if record else b""


def _lines(call: Call) -> Iterator[bytes]:
    # Only "\n" ends a line: `splitlines` also breaks at characters that people can say.
    begun: list[bytes] = []
    for part in unpacked(_packed(call)):
        first, *others = part.split(b"\n")
        begun.append(first)
        for line in others:
            yield b"".join(begun)
            begun = [line]


def _read(line: bytes) -> tuple[int, str, str]:
    """(milliseconds, event, its fields as JSON); see `telephony.calls.flight_recorder`."""
    at_ms, name, *values = json.loads(line)
    text = ", ".join(json.dumps(value, ensure_ascii=False) for value in values)
    return at_ms, name, text[:LONGEST] + "…" if len(text) > LONGEST else text
