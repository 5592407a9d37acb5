"""Records the webhook events of calls, messages and minutes.

Failures are logged, and never affect the call.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Organization
from usage.billing.rollup import Month
from usage.hooks import payloads
from usage.hooks.record import Event, listening_in, listening_to, record
from usage.models import Call, CallAnalysis, HookEndpoint, Message, QuotaNotice, WebhookAttempt
from usage.records.database import AWAY
from voicex.reasons.unanswered import FAILED_ENDS, UNANSWERED

log = structlog.get_logger(__name__)


def started(call_id: int, endpoints: Sequence[HookEndpoint], *, now: datetime) -> None:
    """Record that a call has started, once. endpoints: those that subscribe to it."""
    with _beside_the_call():
        call = _calls().get(pk=call_id)
        data = payloads.started(call)
        key = call.call_sid
        record(endpoints, Event.CALL_STARTED, data, now=now, call_id=call_id, key=key)


def ended(call_id: int, *, now: datetime) -> None:
    """A call ended, and may have failed for its caller."""
    endpoints = listening_to(call_id)
    if not endpoints:
        return
    with _beside_the_call():
        call = _calls().get(pk=call_id)
        if call.end_reason in FAILED_ENDS and not call.is_test:
            record(endpoints, Event.CALL_MISSED, payloads.missed(call), now=now, call_id=call_id)
        record(endpoints, Event.CALL_ENDED, payloads.ended(call), now=now, call_id=call_id)


def analysed(analysis: CallAnalysis, *, now: datetime) -> None:
    """Record the analysis of a call, once."""
    if endpoints := listening_to(analysis.call_id):
        with _beside_the_call():
            call = _calls().get(pk=analysis.call_id)
            data = payloads.analysed(analysis, call)
            key = call.call_sid
            record(endpoints, Event.CALL_ANALYSED, data, now=now, call_id=call.pk, key=key)


def declined(attempts: Iterable[WebhookAttempt], *, now: datetime) -> None:
    """Requests at the voice webhook were recorded; some left a caller unanswered."""
    missed = [each for each in attempts if each.org_id and each.reason in UNANSWERED]
    for org_id in sorted({each.org_id for each in missed if each.org_id is not None}):
        if endpoints := listening_in([org_id]):
            # A request that is repeated means the same caller.
            of_org = {each.call_sid: each for each in missed if each.org_id == org_id}
            for attempt in of_org.values():
                with _beside_the_call():
                    data = payloads.declined(attempt, org_id=_public_id(org_id))
                    record(endpoints, Event.CALL_MISSED, data, now=now, key=attempt.call_sid)


def message_taken(message: Message, *, now: datetime) -> None:
    """A caller has left a message."""
    if endpoints := listening_to(message.call_id):
        with _beside_the_call():
            call = _calls().get(pk=message.call_id)
            data = payloads.message_taken(message, call)
            record(endpoints, Event.MESSAGE_TAKEN, data, now=now, call_id=call.pk)


def share_used(
    notice: QuotaNotice, minutes: Mapping[Month, int], *, limit: int, now: datetime
) -> None:
    """An organization has used a share of its month's minutes. minutes: of months."""
    if endpoints := listening_in([notice.org_id]):
        with _beside_the_call():
            used = minutes[notice.org_id, notice.month]
            org_id = _public_id(notice.org_id)
            data = payloads.threshold(notice, org_id=org_id, used=used, limit=limit)
            record(endpoints, Event.USAGE_THRESHOLD, data, now=now)


@contextmanager
def _beside_the_call() -> Iterator[None]:
    """Run the block in a savepoint; swallows errors other than those of an unreachable database."""
    try:
        with transaction.atomic():
            yield
    except AWAY:
        raise
    except Exception as error:  # boundary: a call neither fails nor stays open for it
        log.error("webhook_not_recorded", error=type(error).__name__)


def _calls() -> QuerySet[Call]:
    """With what payloads need, and not with the texts of their agents."""
    found = Call.objects.select_related("org", "agent", "version")
    return found.defer("version__prompt", "version__facts", "version__prepared")


def _public_id(org_id: int) -> str:
    return Organization.objects.values_list("public_id", flat=True).get(pk=org_id)
