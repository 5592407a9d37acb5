"""Reports sent to Stripe's meter, one event each, through the fence, and tried again by the outbox.

The identifier makes an event count once, however often it arrives. Stripe's own idempotency keys
are not used: behind one of them an answer of 500 would be repeated for a day.
"""

import asyncio
import json
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

import structlog
from django.conf import settings

from usage.meters.reports import REPORT
from usage.meters.settings import Account, account
from usage.models import MeterReport, StripeCustomer
from usage.outbox import claims, rows
from voicex.errors import MeterRefused
from voicex.fence import Answer, Bounds, ask

BOUNDS: Final = Bounds(answer_bytes=64 * 1024, seconds=4.0)
AT_ONCE: Final = 8  # of one task, which may take 45 s; the sweeper sends one for each that waits
VERSION: Final = "2025-04-30.basil"
# Answers that another try may change: the key, a conflict, too many, Stripe itself.
_PASSING: Final = frozenset({401, 403, 408, 409, 425, 429})
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
    customer = StripeCustomer.objects.get(org=report.org_id)
    try:
        if not customer.customer_id:
            raise MeterRefused("the organization has no customer ID", is_final=True)
        _check(asyncio.run(_ask(to, report, customer.customer_id)), report)
    except MeterRefused as refusal:
        if not refusal.is_final:
            raise
        log.error("meter_report_refused", report=report_id, error=str(refusal))
        rows.count_failure(
            REPORT, report_id, refusal, now=now, leased_until=claims.lease_end(now), attempts=1
        )
        return
    MeterReport.objects.filter(pk=report_id).update(sent_at=now)


async def _ask(to: Account, report: MeterReport, customer_id: str) -> Answer:
    form = {
        "event_name": to.event,
        "identifier": report.identifier,
        "timestamp": str(int(report.created_at.timestamp())),
        "payload[stripe_customer_id]": customer_id,
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


def _check(answer: Answer, report: MeterReport) -> None:
    """Raises MeterRefused unless Stripe has the event, by this request or by one before."""
    if 200 <= answer.status < 300:
        return
    error = _error_of(answer)
    code, message = str(error.get("code") or ""), str(error.get("message") or "")
    is_known = report.identifier in message and "already exists" in message
    if answer.status == 400 and (code == _DUPLICATE or is_known):
        return
    is_passing = answer.status in _PASSING or answer.status >= 500 or answer.status < 400
    said = " ".join(filter(None, (str(answer.status), code, message)))
    raise MeterRefused(said[:200], is_final=not is_passing)


def _error_of(answer: Answer) -> dict[str, Any]:
    try:
        error = json.loads(answer.body).get("error")
    except (ValueError, AttributeError, RecursionError):
        return {}
    return error if isinstance(error, dict) else {}
