"""The nightly check of the audit log, a few seconds at a time."""

from dataclasses import asdict
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Final

import structlog

from accounts.audit.check import FAULTS_KEPT, Following, Place
from accounts.audit.models import AuditCheck

# A task has a minute, and in a small installation it shares the process with calls.
SECONDS_OF_TASK: Final = 5.0
MOST_PAUSE_SECONDS: Final = 0.5
# After this time a check must have lost its worker, and the next one begins anew.
LOST_AFTER: Final = timedelta(hours=20)

log = structlog.get_logger(__name__)


def run(check_id: int = 0, *, now: datetime, seconds: float = SECONDS_OF_TASK) -> int | None:
    """Begin or continue a check for some seconds; its primary key while it is incomplete.

    check_id: 0 begins a new check, or continues an incomplete one. The result, and the place where
    it is continued, are stored together: a part that is followed twice is counted once.
    """
    running = AuditCheck.objects.filter(place__isnull=False, at__gt=now - LOST_AFTER)
    current = running.filter(pk=check_id).first() if check_id else running.first()
    if current is None:
        if check_id:
            return None
        current = AuditCheck.objects.create(
            at=now, entries=0, chains=0, fault_count=0, place=Place().as_json()
        )
    following = Following(Place.from_json(current.place), kept={})
    ends_at = monotonic() + seconds
    has_more = True
    while has_more:
        began = monotonic()
        has_more = following.step()
        if monotonic() >= ends_at:
            break
        # Half of the time is left to the calls of this process, and to others who write.
        sleep(min(monotonic() - began, MOST_PAUSE_SECONDS))
    _store(current, following, has_more=has_more)
    return current.pk if has_more else None


def _store(check: AuditCheck, following: Following, *, has_more: bool) -> None:
    """Add what `following` found, and where it has come to."""
    verdict = following.verdict
    if verdict.fault_count:
        first = [f"{each.chain}:{each.sequence} {each.what}" for each in verdict.faults[:5]]
        log.error("audit_log_faulty", faults=verdict.fault_count, first=first)
    check.entries += verdict.entries
    check.chains += len(verdict.heads)
    check.fault_count += verdict.fault_count
    check.faults = [*check.faults, *map(asdict, verdict.faults)][:FAULTS_KEPT]
    check.place = following.place.as_json() if has_more else None
    check.save(update_fields=["entries", "chains", "fault_count", "faults", "place"])
    if not has_more:
        log.info("audit_log_checked", entries=check.entries, faults=check.fault_count)
