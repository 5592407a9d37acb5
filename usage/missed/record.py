"""A notice to owners for each new cause of a day, in the transaction that records the caller."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from usage.billing.rollup import day_of
from usage.models import Call, MissedNotice, Outbox, WebhookAttempt
from usage.outbox import rows
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
    """One read, and for what is new the notice and its row of the outbox."""
    if not causes:
        return
    # A member who hangs up may end a call that had failed: rows of the outbox are the platform's.
    with platform_wide():
        _write(causes, now=now)


def _write(causes: set[Cause], *, now: datetime) -> None:
    day = day_of(now)
    known = MissedNotice.objects.filter(org__in={org_id for org_id, _c, _d in causes}, day=day)
    for org_id, cause, detail in sorted(causes - set(known.values_list("org", "cause", "detail"))):
        # Another process may meet the cause at the same moment.
        notice, is_new = MissedNotice.objects.get_or_create(
            org_id=org_id, day=day, cause=cause, detail=detail
        )
        if is_new:
            rows.enqueue(SEND, notice.pk, now=now)
