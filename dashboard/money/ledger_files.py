"""The ledger of a period as a file: CSV or JSON lines, written while it is sent."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

from asgiref.sync import sync_to_async
from django import forms
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.models import Organization
from accounts.permissions import READ
from dashboard.access_audit import record_export
from dashboard.bounded_fields import DayField, row_number
from dashboard.calls.usage import chosen_period
from dashboard.csv_files import csv_file
from dashboard.pages import MemberRequest
from usage.reads.ledger_lines import COLUMNS, Value, ledger_lines
from usage.reads.sums import Period
from voicex.spreadsheets import csv_head, csv_line

JSON_LINES: Final = "application/jsonl; charset=utf-8"

Line = Callable[[Mapping[str, Value]], str]


class DaysForm(forms.Form):
    """The days of a file, both included."""

    first = DayField()
    last = DayField()


@require_safe
@member_required(READ)
def ledger_csv(request: MemberRequest, org_id: str) -> HttpResponseBase:
    """The lines of the period that the address names, behind `?after=`."""
    period, after = _wanted(request)
    head = "" if after else csv_head(COLUMNS)
    parts = _parts(request.org, period, after, head=head, line=_csv_line)
    return csv_file(f"{_name(period)}.csv", parts)


@require_safe
@member_required(READ)
def ledger_jsonl(request: MemberRequest, org_id: str) -> HttpResponseBase:
    """The same, an object a line."""
    period, after = _wanted(request)
    parts = _parts(request.org, period, after, head="", line=_json_line)
    headers = {"Content-Disposition": f'attachment; filename="{_name(period)}.jsonl"'}
    return StreamingHttpResponse(parts, content_type=JSON_LINES, headers=headers)


def _wanted(request: MemberRequest) -> tuple[Period, int]:
    """The days `?first=` to `?last=`, else `?period=`; and the number of `?after=`."""
    form = DaysForm(request.GET)
    if form.is_valid():
        period = Period(form.cleaned_data["first"], form.cleaned_data["last"])
    else:
        _period_name, period = chosen_period(request, now=timezone.now())
    after = row_number(request.GET.get("after", "")) or 0
    record_export(request, "ledger", f"{period.first} to {period.last}")
    return period, after


def _name(period: Period) -> str:
    return f"ledger-{period.first:%Y-%m-%d}-{period.last:%Y-%m-%d}"


async def _parts(
    org: Organization, period: Period, after: int, *, head: str, line: Line
) -> AsyncIterator[str]:
    yield head
    following: int | None = after
    while following is not None:
        page = await sync_to_async(ledger_lines)(org, period, after=following)
        following = page.after
        yield "".join(line(row) for row in page.rows)


def _csv_line(row: Mapping[str, Value]) -> str:
    return csv_line([_field(row[column]) for column in COLUMNS])


def _field(value: Value) -> str | int:
    if value is None:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _json_line(row: Mapping[str, Value]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"
