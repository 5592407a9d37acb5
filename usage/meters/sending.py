"""Reports sent to Stripe's meter, one event each, through the fence, and tried again by the outbox.

The identifier makes an event count once, however often it arrives within a day: so long Stripe is
sure to know it. So nothing is sent by itself once its first try without an answer is nearly that
old; an operator looks whether it arrived. Stripe's own idempotency keys are not used: behind one
of them an answer of 500 would be repeated for a day.
"""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import structlog
from django.conf import settings

from usage.meters.reports import REPORT
from usage.meters.settings import Account, account
from usage.models import MeterReport
from usage.outbox import claims, rows
from voicex.errors import MeterRefused
from voicex.fence import Bounds, Response, ask

BOUNDS: Final = Bounds(answer_bytes=64 * 1024, seconds=4.0)
AT_ONCE: Final = 8  # of one task, which may take 45 s; the sweeper sends one for each that waits
VERSION: Final = "2025-04-30.basil"
# Answers that another try may change: the key, a conflict, too many, Stripe itself.
_PASSING: Final = frozenset({401, 403, 408, 409, 425, 429})
# Answers of 4xx that do not say that the event was not counted.
_UNCLEAR: Final = frozenset({408, 409, 425})
# Stripe keeps identifiers for 24 h at least, and takes events of the last 35 days.
SURE: Final = timedelta(hours=23)
OLDEST: Final = timedelta(days=34)
_DUPLICATE: Final = "duplicate_meter_event"

log = structlog.get_logger(__name__)


def send_due(*, hint: int, now: datetime) -> None:
    """Send the reports that are due, and `hint`: a report's primary key, 0 for none."""
    found = account()
    if found is not None:
        claims.process_due(
            REPORT,
            lambda report_id: _send(found, report_id, now=now),
            hint=hint,
            now=now,
            at_most=AT_ONCE,
        )


def _send(to: Account, report_id: int, *, now: datetime) -> None:
    """Raises EndpointRefused and MeterRefused for what is to be tried again.

    What Stripe will never take is given up at once; an operator reads why.
    """
    report = MeterReport.objects.get(pk=report_id)
    if report.sent_at is not None:
        return  # an operator let it run again
    try:
        _try(to, report, now=now)
    except MeterRefused as refusal:
        if not refusal.is_final:
            raise
        log.error("meter_report_refused", report=report_id, error=str(refusal))
        rows.count_failure(
            REPORT, report_id, refusal, now=now, leased_until=claims.lease_end(now), attempts=1
        )
        return
    MeterReport.objects.filter(pk=report_id).update(sent_at=now, unanswered_since=None)


def let_run_again(report_id: int) -> None:
    """An operator has looked, and has it sent again if it was given up: as if never tried."""
    given_up = MeterReport.objects.filter(
        pk=report_id, outbox__kind=REPORT, outbox__done_at=None, outbox__dead_at__isnull=False
    )
    given_up.update(unanswered_since=None)


def _try(to: Account, report: MeterReport, *, now: datetime) -> None:
    """Send it once. That it may have been counted is stored before: a worker may be killed."""
    since = report.unanswered_since
    if since is not None and now - since > SURE:
        raise MeterRefused("no answer for 23 hours: it may have been counted", is_final=True)
    reports = MeterReport.objects.filter(pk=report.pk)
    if since is None:
        reports.update(unanswered_since=now)
    try:
        _check(asyncio.run(_ask(to, report, now=now)), report)
    except MeterRefused as refusal:
        if since is None and refusal.is_clear:
            reports.update(unanswered_since=None)
        raise


async def _ask(to: Account, report: MeterReport, *, now: datetime) -> Response:
    moment = now if now - report.created_at > OLDEST else report.created_at
    form = {
        "event_name": to.event,
        "identifier": report.identifier,
        "timestamp": str(int(moment.timestamp())),
        "payload[stripe_customer_id]": report.customer_id,
        "payload[value]": str(report.value_micros),
    }
    headers = {
        "Authorization": f"Bearer {to.key}".encode(),
        "Content-Type": b"application/x-www-form-urlencoded",
        "Stripe-Version": VERSION.encode(),
    }
    return await ask(
        "POST",
        f"{to.url}/v1/billing/meter_events",
        headers=headers,
        body=urlencode(form).encode(),
        bounds=BOUNDS,
        allow_private=settings.ALLOW_PRIVATE_ENDPOINTS,
    )


def _check(answer: Response, report: MeterReport) -> None:
    """Raises MeterRefused unless Stripe has the event, by this request or by one before."""
    if 200 <= answer.status < 300:
        return
    error = _error_of(answer)
    code, message = str(error.get("code") or ""), str(error.get("message") or "")
    is_known = report.identifier in message and "already exists" in message
    if answer.status == 400 and (code == _DUPLICATE or is_known):
        return
    is_passing = answer.status in _PASSING or answer.status >= 500 or answer.status < 400
    is_clear = 400 <= answer.status < 500 and answer.status not in _UNCLEAR
    said = " ".join(filter(None, (str(answer.status), code, message)))
    raise MeterRefused(said[:200], is_final=not is_passing, is_clear=is_clear)


def _error_of(answer: Response) -> dict[str, Any]:
    try:
        error = json.loads(answer.body).get("error")
    except (ValueError, AttributeError, RecursionError):
        return {}
    return error if isinstance(error, dict) else {}
