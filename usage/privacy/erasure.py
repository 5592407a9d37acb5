"""Erases all data of one caller: the number first, then words and recordings call by call.

`begin` removes the number from the oldest calls in one short transaction, and records which is the
newest. `resume` works in batches: it takes the caller's number from that newest call, removes it
from the others, from that call last, and then deletes words and recordings. It is idempotent, and
continues where it was cut off. Records that are still queued for the database or the storage do not
restore anything (`usage.records.transcript_deletion`, `usage.records.recordings`). Calls, usage and
ledger are kept.
"""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qs

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Max, Q, QuerySet

from accounts.members.access import record
from accounts.models import Organization, User
from usage.hooks import forgetting
from usage.models import Call, CallTag, Erasure, Recording, SavedView
from usage.privacy import callers
from usage.privacy.caller_mentions import is_looked_for, mentions
from usage.privacy.callers import Caller
from usage.records import recordings, transcript_deletion
from usage.records.caller_numbers import ERASED
from usage.records.evidence import without_texts
from voicex.errors import CallerOnTheLine
from voicex.processes.task_queue import put_on_queue

log = structlog.get_logger(__name__)

CALLS_AT_ONCE: Final = 200  # of which one transaction removes the number
BATCHES_AT_ONCE: Final = 10  # of one task
RETRY_AFTER: Final = timedelta(minutes=2)  # longer than a worker's task may take
# A worker of the former release knows no batches, and says "done" after the first.
_IS_OPEN: Final = Q(done_at=None) | Q(newest_call__gt=0)


def begin(org: Organization, *, caller: Caller, actor: User | None, now: datetime) -> Erasure:
    """Remove the caller's number from their first calls; `resume` does the rest, in a worker.

    Raises CallerOnTheLine, without any change, while a call of theirs is live or still being
    stored. Calls that begin afterwards are not affected.
    """
    # Before the transaction, which holds SQLite's only turn to write. The newest first: whatever
    # begins from here on is a later call, and what has ended stays so.
    newest = callers.calls_of(org, caller).aggregate(newest=Max("pk"))["newest"] or 0
    if callers.open_calls_of(org, caller).exists():
        raise CallerOnTheLine
    held = callers.held_of(org, caller)
    with transaction.atomic():
        erasure = Erasure.objects.create(
            org=org,
            caller_digest=callers.digest_of(org, caller),
            asked_by=actor,
            asked_at=now,
            due_at=now,
            calls=held.calls,
            turns=held.turns,
            recordings=held.recordings,
            newest_call=newest,
        )
        if caller.member_id:  # their account, which leads to the calls, may be deleted meanwhile
            theirs = _not_taken(erasure, caller)
            list(theirs.order_by("pk").select_for_update(no_key=True).values_list("pk"))
            theirs.update(erasure=erasure)
        _take_calls_of(erasure, caller)
        _forget_saved_views(org, caller)
        record(org, actor=actor, action="caller.erased", target=_in_words(org, caller, erasure))
        transaction.on_commit(lambda: hint(erasure.pk))
    return erasure


def resume(erasure_id: int, *, now: datetime, limit: int, after: int = 0) -> int | None:
    """Delete words and recordings of the next `limit` calls; returns `after` for the next batch.

    None: nothing is left, or the rest is retried later because a storage failed.
    """
    open_erasure = Erasure.objects.filter(_IS_OPEN, pk=erasure_id)
    if not open_erasure.update(due_at=now + RETRY_AFTER, done_at=None):
        return None
    if _take_more_calls(erasure_id) or _delete_words(erasure_id, now=now, limit=limit) == limit:
        return after
    found = list(_sounds(erasure_id).filter(pk__gt=after).order_by("pk")[:limit])
    for recording in found:
        try:
            recordings.erase(recording, now=now)
        except recordings.HalfDeleted:
            return recording.pk - 1
        except SoftTimeLimitExceeded:  # the next task begins behind it; the sweeper repeats it
            log.error("recording_not_deleted", call_id=recording.call_id, error="out of time")
            return recording.pk
        except Exception as error:  # boundary: storages raise what their makers like
            log.error(
                "recording_not_deleted", call_id=recording.call_id, error=type(error).__name__
            )
    if len(found) == limit:
        return found[-1].pk
    _record_if_done(erasure_id, now=now)
    return None


def resume_at_once(erasure_id: int, *, now: datetime, limit: int) -> None:
    """Delete the words of `limit` calls: the part of `resume` that is fast enough for a request.

    Recordings are left to a worker, because a storage may take seconds for each.
    """
    if _delete_words(erasure_id, now=now, limit=limit) < limit:
        _record_if_done(erasure_id, now=now)


def finish(erasure_id: int, *, now: datetime, limit: int) -> bool:
    """Delete everything that can be deleted now; returns whether nothing is left."""
    after: int | None = 0
    while after is not None:
        after = resume(erasure_id, now=now, limit=limit, after=after)
    return Erasure.objects.filter(pk=erasure_id, done_at__isnull=False).exists()


def calls_left(erasure: Erasure) -> int:
    """In how many of its calls there are still words or sound."""
    calls = Call.objects.filter(erasure=erasure)
    sounding = _sounds(erasure.pk).exclude(call__words_deleted_at=None)
    left = calls.filter(words_deleted_at=None).count() + sounding.count()
    caller = callers.caller_of_call(erasure.org, erasure.newest_call)
    if caller is None:
        return left
    return left + _not_taken(erasure, caller).exclude(erasure=erasure).count()


def hint_waiting(*, now: datetime) -> None:
    """Resume erasures whose worker was lost or whose storage failed; for the sweeper."""
    waiting = Erasure.objects.filter(_IS_OPEN, due_at__lte=now)
    for erasure_id in waiting.values_list("pk", flat=True)[:10]:
        hint(erasure_id)


def hint(erasure_id: int) -> None:
    """Send a hint to a worker; the sweeper repeats a lost one."""
    put_on_queue(
        "usage.tasks.go_on_erasing",
        args=[erasure_id],
        log_as="erasure_not_hinted",
        about={"erasure_id": erasure_id},
    )


def _take_more_calls(erasure_id: int) -> bool:
    """Remove the number from some more calls of the erasure; whether there may be others left."""
    for _ in range(BATCHES_AT_ONCE):
        erasure = Erasure.objects.select_related("org").get(pk=erasure_id)
        if not erasure.newest_call:
            return False
        caller = callers.caller_of_call(erasure.org, erasure.newest_call)
        if caller is None:  # a second erasure has the others, or a member's account was deleted
            _take_marked_calls(erasure)
            continue
        with transaction.atomic():
            _take_calls_of(erasure, caller)
    return True


def _take_marked_calls(erasure: Erasure) -> None:
    """Take the newest CALLS_AT_ONCE calls that are the erasure's already, up to its newest one.

    Newest first. The last of them names nobody, so it can say where to continue, and is taken
    once more: the number below it may be a call of another caller.
    """
    marked = Call.objects.filter(erasure=erasure, pk__lte=erasure.newest_call).order_by("-pk")
    ids = list(marked.values_list("pk", flat=True)[:CALLS_AT_ONCE])
    with transaction.atomic():
        _forget_beside_words(erasure, ids)
        newest = ids[-1] if len(ids) == CALLS_AT_ONCE else 0
        Erasure.objects.filter(pk=erasure.pk).update(newest_call=newest)


def _take_calls_of(erasure: Erasure, caller: Caller) -> None:
    """Remove the number from the oldest CALLS_AT_ONCE calls that still have it, in a transaction.

    Oldest first, so the call that names the caller is the last. May be run again.
    """
    oldest = _not_taken(erasure, caller).order_by("pk")[:CALLS_AT_ONCE]
    ids = list(oldest.values_list("pk", flat=True))
    erased = {"started_by": None} if caller.member_id else {"from_number": ERASED}
    _forget_beside_words(erasure, ids).update(erasure=erasure, **erased)
    if len(ids) < CALLS_AT_ONCE:
        Erasure.objects.filter(pk=erasure.pk).update(newest_call=0)


def _forget_beside_words(erasure: Erasure, ids: list[int]) -> QuerySet[Call]:
    """Delete the carriers' words, the tags and what waits for webhooks; the calls, held."""
    transcript_deletion.overwrite_what_is_freed()
    held = Call.objects.filter(pk__in=ids)
    # Many rows in one order: two that hold them do not wait for each other in a circle.
    list(held.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    _forget_carriers_words(held)
    # By whom they were sorted may say who they are.
    CallTag.objects.filter(org=erasure.org_id, call__in=ids).delete()
    forgetting.forget_calls(held)
    return held


def _not_taken(erasure: Erasure, caller: Caller) -> QuerySet[Call]:
    """The calls of the erasure that still have the caller's number."""
    found = callers.calls_of(erasure.org, caller).filter(pk__lte=erasure.newest_call)
    return found.filter(ended_at__isnull=False)


def _delete_words(erasure_id: int, *, now: datetime, limit: int) -> int:
    """Delete the words of the next `limit` calls; of how many there were any."""
    left = Call.objects.filter(erasure=erasure_id, words_deleted_at=None).order_by("pk")
    speaking = list(left.values_list("pk", flat=True)[:limit])
    for call_id in speaking:
        transcript_deletion.delete(call_id, now=now)
    return len(speaking)


def _record_if_done(erasure_id: int, *, now: datetime) -> None:
    """No words are left of the calls that were taken; if nothing else is left, it is done."""
    transcript_deletion.forget_traces()
    if not _sounds(erasure_id).exists() and Erasure.objects.filter(
        pk=erasure_id, done_at=None, newest_call=0
    ).update(done_at=now):
        log.info("caller_erased", erasure_id=erasure_id)


def _sounds(erasure_id: int) -> QuerySet[Recording]:
    return Recording.objects.filter(call__erasure=erasure_id, deleted_at=None)


def _forget_carriers_words(held: QuerySet[Call]) -> None:
    """Delete what carriers wrote of these calls, whose rows the transaction holds."""
    reports = held.exclude(carrier_report={}).values_list("pk", "carrier_report")
    for call_id, report in reports.iterator():
        kept = without_texts(report)
        if kept != report:
            Call.objects.filter(pk=call_id).update(carrier_report=kept)


def _forget_saved_views(org: Organization, caller: Caller) -> None:
    """Delete the members' views of this caller's calls, which hold the number."""
    for view in SavedView.objects.filter(org=org).iterator():
        if _is_about(view, caller):
            view.delete()


def _is_about(view: SavedView, caller: Caller) -> bool:
    """Whether the view filters by the caller, or mentions them in its name or another field."""
    asked = parse_qs(view.query)
    callers_asked = asked.pop("caller", [])
    texts = [view.name, *(text for values in asked.values() for text in values)]
    return any(is_looked_for(text, caller.name) for text in callers_asked) or any(
        mentions(text, caller.name) for text in texts
    )


def _in_words(org: Organization, caller: Caller, erasure: Erasure) -> str:
    """For the audit log: who it was, as a digest, and how much."""
    return (
        f"{callers.in_audit(org, caller)}: {erasure.calls} calls, {erasure.turns} turns, "
        f"{erasure.recordings} recordings"
    )
