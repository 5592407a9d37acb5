"""Drains media processes one after the other, and says how it goes (`manage.py drain`).

How old a report is would depend on this machine's clock, so what is waited for are changes: a row
that says that its process drains, and one that is gone.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from telephony.models import ProcessReport
from telephony.process.draining.orders import Outcome, order_drain, taking_calls, withdraw
from telephony.process.reports import reports

POLL_SECONDS: Final = 0.5
# A process looks for its order once a second, behind what it is writing.
OBEY_SECONDS: Final = 15.0
# What a process may take beyond DRAIN_SECONDS: last requests, records and recordings.
END_SECONDS: Final = 30.0
# For the start of the next process, which loads its models.
REPLACED_SECONDS: Final = 120.0
LAST = (
    "{name} is the only process that takes calls; nothing was done. Until another one runs, new "
    "callers would be asked to call again, and near the end of DRAIN_SECONDS ({seconds}) agents "
    "would say goodbye to those who are still on the line. Start another process first, or use "
    "--force"
)


class Drains:
    """Gives the orders, and waits for what they lead to. say: takes each line of what happens."""

    def __init__(self, say: Callable[[str], None], *, may_be_last: bool) -> None:
        self._say = say
        self._may_be_last = may_be_last

    def run(self, processes: Sequence[ProcessReport], *, waits: bool) -> None:
        """Drain `processes` in this order, the next one when as many take calls as before.

        waits: also for the end of the last one. Raises CommandError.
        """
        most = len(_taking())
        for number, report in enumerate(processes, 1):
            is_final = number == len(processes)
            self._order(report, is_told_all=is_final and not waits)
            if waits or not is_final:
                self._wait_for_end(report)
            if not is_final and report.is_leaving:
                # Its successor comes now, has come before, or never: one that drained already.
                _comes(partial(_take_more_than, most), REPLACED_SECONDS)
                most = max(most, len(_taking()))
            elif not is_final:
                self._wait_for_next(most, left=processes[number:])

    def _order(self, report: ProcessReport, *, is_told_all: bool) -> None:
        """Have the process drain. Raises CommandError if it does not.

        is_told_all: its end is not waited for.
        """
        name = report.name
        outcome = order_drain(
            report.pk, actor=None, may_be_last=self._may_be_last, now=timezone.now()
        )
        if outcome is Outcome.GONE and not report.is_leaving:
            raise CommandError(f"{name} has ended meanwhile")
        if outcome is Outcome.IS_LAST:
            raise CommandError(LAST.format(name=name, seconds=settings.DRAIN_SECONDS))
        if not _comes(partial(_is_obeyed, report), OBEY_SECONDS) and withdraw(
            report.pk, actor=None
        ):
            raise CommandError(
                f"{name} has not begun to drain within {OBEY_SECONDS:g} s: it stands still, cannot "
                "reach the database, or runs a release that knows no orders. The order was "
                "withdrawn. Stop it with SIGTERM"
            )
        row = _row_of(report)
        if row is not None:
            already = " already" if outcome is Outcome.LEAVES else ""
            self._say(f"{name} is draining{already}: no new calls, {row.calls} in progress")
        elif is_told_all:
            self._say(f"{name} has ended")

    def _wait_for_end(self, report: ProcessReport) -> None:
        row = _row_of(report)
        told = row.calls if row else 0

        def has_ended() -> bool:
            nonlocal told
            row = _row_of(report)
            if row is not None and row.calls != told:
                told = row.calls
                self._say(f"{report.name}: {told} in progress")
            return row is None

        seconds = settings.DRAIN_SECONDS + END_SECONDS
        if not _comes(has_ended, seconds):
            raise CommandError(
                f"{report.name} has not ended within {seconds:g} s: it was killed or stands still, "
                "or its DRAIN_SECONDS are longer than those of this command"
            )
        self._say(f"{report.name} has ended")

    def _wait_for_next(self, most: int, *, left: Sequence[ProcessReport]) -> None:
        """Return when as many processes take calls as at the beginning."""
        if not _comes(lambda: len(_taking()) >= most, REPLACED_SECONDS):
            names = ", ".join(each.name for each in left)
            raise CommandError(
                f"No process has taken the place of the one that ended within "
                f"{REPLACED_SECONDS:g} s. Not drained: {names}"
            )


def _take_more_than(count: int) -> bool:
    return len(_taking()) > count


def _taking() -> list[ProcessReport]:
    now = timezone.now()
    return taking_calls(reports(now=now), now=now)


def _row_of(report: ProcessReport) -> ProcessReport | None:
    """The present row of that start of the process; None once it has ended."""
    return ProcessReport.objects.filter(name=report.name, started_at=report.started_at).first()


def _is_obeyed(report: ProcessReport) -> bool:
    row = _row_of(report)
    return row is None or row.is_draining


def _comes(has_come: Callable[[], bool], seconds: float) -> bool:
    """Whether it comes within `seconds`."""
    deadline = time.monotonic() + seconds
    while not has_come():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
