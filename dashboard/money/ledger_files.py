"""The ledger of a period as a file: CSV or JSON lines, streamed."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

from asgiref.sync import sync_to_async
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.models import Organization
from accounts.permissions import READ
from dashboard.access_audit import record_export
from dashboard.analytics.periods import PeriodForm
from dashboard.bounded_fields import row_number
from dashboard.calls.usage import chosen_period
from dashboard.csv_files import csv_file, refused
from dashboard.pages import MemberRequest
from usage.billing.rollup import day_of
from usage.reads.ledger_lines import COLUMNS, Value, ledger_lines, span_of
from usage.reads.sums import Period
from voicex.spreadsheets import csv_head, csv_line

JSON_LINES: Final = "application/jsonl; charset=utf-8"

Line = Callable[[Mapping[str, Value]], str]


@require_safe
@member_required(READ)
def ledger_csv(request: MemberRequest, org_id: str) -> HttpResponseBase:
    """The lines of the requested period, after `?after=`, as CSV."""
    wanted = _wanted(request)
    if isinstance(wanted, HttpResponse):
        return wanted
    period, after = wanted
    head = "" if after else csv_head(COLUMNS)
    parts = _parts(request.org, period, after, head=head, line=_csv_line)
    return csv_file(f"{_name(period)}.csv", parts)


@require_safe
@member_required(READ)
def ledger_jsonl(request: MemberRequest, org_id: str) -> HttpResponseBase:
    """The same as JSON, one object per line."""
    wanted = _wanted(request)
    if isinstance(wanted, HttpResponse):
        return wanted
    period, after = wanted
    parts = _parts(request.org, period, after, head="", line=_json_line)
    return csv_file(f"{_name(period)}.jsonl", parts, content_type=JSON_LINES)


def _wanted(request: MemberRequest) -> tuple[Period, int] | HttpResponse:
    """The days `?first=` to `?last=`, else `?period=`; and the number of `?after=`. A response with
    the error if the days are not a period, or one that is too long.
    """
    now = timezone.now()
    _period_name, period = chosen_period(request, now=now)
    if "first" in request.GET or "last" in request.GET:
        form = PeriodForm(request.GET, initial={}, today=day_of(now, request.org.time_zone))
        if not form.is_valid():
            return refused(form)
        period = Period(form.cleaned_data["first"], form.cleaned_data["last"])
    after = row_number(request.GET.get("after", "")) or 0
    record_export(request, "ledger", f"{period.first} to {period.last}")
    return period, after


def _name(period: Period) -> str:
    return f"ledger-{period.first:%Y-%m-%d}-{period.last:%Y-%m-%d}"


async def _parts(
    org: Organization, period: Period, after: int, *, head: str, line: Line
) -> AsyncIterator[str]:
    yield head
    now = timezone.now()
    span = await sync_to_async(span_of)(org, period)
    following: int | None = after
    while following is not None:
        page = await sync_to_async(ledger_lines)(org, period, span, now=now, after=following)
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
