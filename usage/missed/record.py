"""Enqueues a notice to owners for each new cause of a day, in the transaction of the caller's
record.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from accounts.models import Organization
from usage.billing.rollup import day_of
from usage.models import Call, Outbox, WebhookAttempt
from usage.outbox import notices
from voicex.database.row_scope import platform_wide
from voicex.reasons.unanswered import FAILED_ENDS, UNANSWERED
from voicex.simulated_phone import ACCOUNT_SID as SIMULATED_ACCOUNT

SEND: Final = Outbox.Kind.SEND_MISSED

Cause = tuple[int, str, str]  # an organization's primary key, the cause and its detail


def record_attempts(attempts: Iterable[WebhookAttempt], *, now: datetime) -> None:
    """Have owners told of those of `attempts` that left a caller unanswered."""
    causes = {
        (attempt.org_id, attempt.reason, attempt.detail)
        for attempt in attempts
        if attempt.org_id is not None and attempt.reason in UNANSWERED
    }
    _record(causes, now=now)


def failed_calls() -> QuerySet[Call]:
    """Calls that failed for a caller; calls from pages and of the simulated phone are tests."""
    failed = Call.objects.filter(channel=Call.Channel.PHONE, end_reason__in=FAILED_ENDS)
    return failed.exclude(account_sid=SIMULATED_ACCOUNT)


def record_failed_call(call_id: int, *, now: datetime) -> None:
    """Have owners told of a call that has ended, if it failed."""
    failed = failed_calls().filter(pk=call_id)
    for org_id, reason in failed.values_list("org_id", "end_reason"):
        _record({(org_id, reason, "")}, now=now)


def _record(causes: set[Cause], *, now: datetime) -> None:
    """Two reads, and for what is new the notice and its row of the outbox."""
    if not causes:
        return
    # A member who hangs up may end a call that had failed: rows of the outbox are the platform's.
    with platform_wide():
        org_ids = {org_id for org_id, _cause, _detail in causes}
        zones = Organization.objects.filter(pk__in=org_ids).values_list("pk", "time_zone")
        days = {org_id: day_of(now, zone) for org_id, zone in zones}
        occasions = {(org_id, days[org_id], cause, detail) for org_id, cause, detail in causes}
        notices.record(SEND, occasions, columns=("org_id", "day", "cause", "detail"), now=now)
