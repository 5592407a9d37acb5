"""Each media process reports its state every few seconds, in a row of its own, and reads there
whether an operator has ordered it to drain (`telephony.process.draining`).

It is written beside the event loop, by the thread that writes records: a loop that is late, or a
database that does not take what this process writes, is what it reports.
"""

import os
import socket
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

import structlog
from django.conf import settings
from django.db.models import CharField, Q, QuerySet
from django.utils import timezone

from agents.engines.health import engine_health
from agents.engines.openai.server_habits import Habit, server_habits
from telephony.models import ProcessReport
from telephony.process.capacity import capacity, resident_megabytes
from telephony.process.record_writer import RecordWriter
from telephony.process.stall_watch import StallWatch
from voicex import VERSION
from voicex.database.prepared import PreparedRead
from voicex.web.lifecycle import lifecycle

log = structlog.get_logger(__name__)

PERIOD_SECONDS: Final = 5.0
# The first report: those that are replaced by this process leave it their calls once they know it.
FIRST_SECONDS: Final = 0.5
# How often a process looks for an order to drain; one that drains reports as often.
LOOK_SECONDS: Final = 1.0
STALE_AFTER: Final = timedelta(seconds=20)  # killed, cut off from the database, or stuck
KEPT_FOR: Final = timedelta(hours=1)
MAX_REPORTED_STALLS: Final = 5
MAX_REPORTED_HABITS: Final = 100
_WRITTEN_OVER: Final = [
    field.name
    for field in ProcessReport._meta.concrete_fields
    if field.name not in ("id", "name", "drain_asked_at")
]
_ORDER: Final[PreparedRead[tuple[int]]] = PreparedRead(
    lambda name: ProcessReport.objects.filter(name=name, drain_asked_at__isnull=False).values_list(
        "pk"
    ),
    name=CharField(),
)


def reports(*, now: datetime) -> QuerySet[ProcessReport]:
    """The processes that reported in the last hour, by name."""
    return ProcessReport.objects.filter(at__gt=now - KEPT_FOR)


def habits(*, now: datetime) -> list[Habit]:
    """What providers' servers were found not to take, by this process and those that report."""
    told = [Habit(**each) for report in reports(now=now) for each in report.habits]
    return [*server_habits.known(), *told]


def is_stale(report: ProcessReport, *, now: datetime) -> bool:
    """Whether the process has fallen silent; its calls may be lost."""
    return report.at < now - STALE_AFTER


class Reporter:
    """Has the row of this process written until it is closed. For the event loop's thread."""

    def __init__(
        self, stall_watch: StallWatch, *, on_order: Callable[[], None] = lambda: None
    ) -> None:
        """on_order: called once, on the thread that writes, when this process is to drain."""
        self._stall_watch = stall_watch
        self._on_order = on_order
        self._is_ordered = False
        self._due_at = 0.0  # by time.monotonic
        self._writer: RecordWriter | None = None
        self._started_at = timezone.now()
        self._is_written = False

    @property
    def name(self) -> str:
        """What this process is called on the page."""
        return f"{socket.gethostname()}:{os.getpid()}"[:120]

    def start(self, writer: RecordWriter) -> None:
        """Report from now on, through `writer`; the first time after FIRST_SECONDS."""
        self._started_at = timezone.now()
        self._is_written = self._is_ordered = False
        self._due_at = 0.0
        self._writer = writer
        self._report_later(writer, FIRST_SECONDS)

    def close(self) -> None:
        """Stop reporting, and have the row deleted: a process that ends in order is not lost."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.submit_later(0, self._take_away, on_refused=_log_refused)

    def has_others(self) -> bool:
        """Whether another process takes calls, as far as it reports. On a database thread."""
        now = timezone.now()
        others = reports(now=now).filter(
            at__gt=now - STALE_AFTER, is_draining=False, drain_asked_at=None
        )
        return others.exclude(name=self.name).exists()

    def write(self, *, now: datetime) -> None:
        """Write the row with the present state: one statement."""
        row = ProcessReport(
            name=self.name,
            at=now,
            started_at=self._started_at,
            version=VERSION,
            calls=capacity.count,
            most_calls=settings.MAX_CALLS_PER_PROCESS,
            lag_ms=round(capacity.loop_watch.lag_seconds * 1000),
            memory_mb=round(resident_megabytes()),
            is_draining=lifecycle.is_draining,
            engines=[asdict(summary) for summary in engine_health.summaries()],
            habits=[asdict(habit) for habit in server_habits.known()[:MAX_REPORTED_HABITS]],
            stalls=[asdict(stall) for stall in self._stall_watch.stalls[:MAX_REPORTED_STALLS]],
        )
        ProcessReport.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["name"], update_fields=_WRITTEN_OVER
        )

    # --- on the thread that writes ------------------------------------------------------------

    def _report(self) -> None:
        """Write the row if it is due, and look for an order; again after LOOK_SECONDS.

        Raises when the database is away.
        """
        writer = self._writer
        if writer is None:
            return
        now = timezone.now()
        if not self._is_written:
            # Also the row of a process of this name that was killed, with an order that it had: in
            # a container that is started again host and process id are the same.
            old = Q(at__lte=now - KEPT_FOR) | Q(name=self.name)
            ProcessReport.objects.filter(old).delete()
        if lifecycle.is_draining or monotonic() >= self._due_at:
            self.write(now=now)
            self._is_written = True
            self._due_at = monotonic() + PERIOD_SECONDS
        self._look_for_order()
        self._report_later(writer, LOOK_SECONDS)

    def _look_for_order(self) -> None:
        # Once: a second signal would stop the process without waiting for its calls.
        if not self._is_ordered and _ORDER.one(name=self.name) is not None:
            self._is_ordered = True
            self._on_order()

    def _report_later(self, writer: RecordWriter, seconds: float) -> None:
        writer.submit_later(seconds, self._report, on_refused=self._on_refused)

    def _on_refused(self, error: Exception) -> None:
        _log_refused(error)
        writer = self._writer  # `close` may take it away at any moment
        if writer is not None:
            self._report_later(writer, PERIOD_SECONDS)

    def _take_away(self) -> None:
        if self._is_written:
            ProcessReport.objects.filter(name=self.name).delete()


def _log_refused(error: Exception) -> None:
    log.warning("process_not_reported", error=type(error).__name__)
