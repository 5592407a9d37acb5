"""Deletes the words of calls when an organization's retention period is over."""

from datetime import datetime, timedelta

import structlog
from django.db.models import Min

from accounts.members.access import record
from accounts.models import Organization
from usage.models import Call
from usage.records import transcript_deletion

log = structlog.get_logger(__name__)


def delete_expired(*, now: datetime, limit: int) -> bool:
    """Delete the words of the next `limit` calls whose retention period is over.

    False: there are no more. The state is in the rows, so an interrupted batch can be repeated.
    Live calls keep their words until they end. A failure for one organization is logged, and
    retried the next hour.
    """
    left = limit
    keeping = Organization.objects.filter(transcript_days__isnull=False).order_by("pk")
    for org in keeping.iterator():
        try:
            left -= _delete_of(org, now=now, limit=left)
        except Exception as error:  # boundary: the words of the others are due all the same
            log.error("transcripts_not_deleted", org_id=org.public_id, error=type(error).__name__)
        if left <= 0:
            break
    transcript_deletion.forget_traces()
    return left <= 0


def _delete_of(org: Organization, *, now: datetime, limit: int) -> int:
    """Delete those of one organization; of how many calls, `limit` at most."""
    assert org.transcript_days is not None  # noqa: S101 - the caller has asked for those
    expired = now - timedelta(days=org.transcript_days)
    calls = Call.objects.filter(org=org, opened_at__lt=expired).order_by("opened_at", "pk")
    if org.transcripts_kept_from is not None:
        calls = calls.filter(opened_at__gte=org.transcripts_kept_from)
    # Before it is read what is due: a call that ends between the two would be in neither.
    first_open = _first_open(org)
    due = calls.filter(words_deleted_at=None, ended_at__isnull=False)[:limit]
    found = list(due.values_list("pk", "opened_at"))
    for call_id, _opened_at in found:
        transcript_deletion.delete(call_id, now=now)
    if found:
        what = f"{len(found)} calls older than {org.transcript_days} days"
        record(org, actor=None, action="call.transcripts_deleted", target=what)
        log.info("transcripts_deleted", org_id=org.public_id, calls=len(found))
    has_more = len(found) == limit
    done_before = found[-1][1] if has_more else expired
    # All calls before this have no words, but those that were still open: later rounds begin here.
    kept_from = min(done_before, first_open) if first_open else done_before
    Organization.objects.filter(pk=org.pk).update(transcripts_kept_from=kept_from)
    return len(found)


def _first_open(org: Organization) -> datetime | None:
    """When the oldest call of `org` that has not ended was opened; None without one."""
    open_calls = Call.objects.filter(org=org, ended_at=None)
    first: datetime | None = open_calls.aggregate(first=Min("opened_at"))["first"]
    return first
