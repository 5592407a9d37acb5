"""An operator orders a media process to drain.

The order is a fact in the process's row. The process reads it within a second
(`telephony.process.reports`) and does what it does after SIGTERM (`voicex.server`), so an order
reaches every process that the database does, on whatever machine. A process that is started again
has a new row, without the order.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum, auto

from django.db import transaction

from accounts.members.access import record
from accounts.models import User
from telephony.models import ProcessReport
from telephony.process.reports import is_stale, reports


class Outcome(Enum):
    """What became of an order.

    ORDERED: the process will drain. LEAVES: it drains already, or was ordered to. IS_LAST: no other
    process takes calls, and that was not said to be known. GONE: it has ended.
    """

    ORDERED = auto()
    LEAVES = auto()
    IS_LAST = auto()
    GONE = auto()


def taking_calls(found: Iterable[ProcessReport], *, now: datetime) -> list[ProcessReport]:
    """Those of the processes that take new calls, as far as they report."""
    return [each for each in found if not (each.is_leaving or is_stale(each, now=now))]


def is_last(report: ProcessReport, *, now: datetime) -> bool:
    """Whether no other process takes calls, so that those of this one have nowhere to go."""
    return not _others(report, reports(now=now), now=now)


@transaction.atomic
def order_drain(report_id: int, *, actor: User | None, may_be_last: bool, now: datetime) -> Outcome:
    """Order the process with that row to drain, with an entry in the platform's audit log.

    actor: None for a command. may_be_last: the actor knows what happens to its calls when no other
    process takes any.
    """
    # All rows are locked, so that of two orders at once one sees the other's.
    found = list(reports(now=now).select_for_update().order_by("pk"))
    report = next((each for each in found if each.pk == report_id), None)
    if report is None:
        return Outcome.GONE
    if report.is_leaving:
        return Outcome.LEAVES
    if not (may_be_last or _others(report, found, now=now)):
        return Outcome.IS_LAST
    ProcessReport.objects.filter(pk=report.pk).update(drain_asked_at=now)
    record(None, actor=actor, action="process.drained", target=report.name)
    return Outcome.ORDERED


@transaction.atomic
def withdraw(report_id: int, *, actor: User | None) -> bool:
    """Withdraw an order that the process has not followed, so that it will not do so later.

    False: it drains or has ended.
    """
    waiting = ProcessReport.objects.filter(
        pk=report_id, is_draining=False, drain_asked_at__isnull=False
    )
    report = waiting.select_for_update().first()
    if report is None:
        return False
    waiting.update(drain_asked_at=None)
    record(None, actor=actor, action="process.kept", target=report.name)
    return True


def _others(
    report: ProcessReport, found: Iterable[ProcessReport], *, now: datetime
) -> list[ProcessReport]:
    return [each for each in taking_calls(found, now=now) if each.pk != report.pk]
