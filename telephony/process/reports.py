"""Each media process tells every few seconds how it does, in a row of its own.

A thread writes it, beside the event loop: a loop that is late is the one to be told of.
"""

import os
import socket
import threading
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import QuerySet
from django.utils import timezone

from agents.engines.health import engine_health
from agents.engines.openai.server_habits import Habit, server_habits
from telephony.models import ProcessReport
from telephony.process.capacity import capacity, resident_megabytes
from telephony.process.stall_watch import stall_watch
from voicex import VERSION
from voicex.lifecycle import lifecycle

log = structlog.get_logger(__name__)

PERIOD_SECONDS: Final = 5.0
STALE_AFTER: Final = timedelta(seconds=20)  # killed, cut off from the database, or stuck
KEPT_FOR: Final = timedelta(hours=1)
STALLS_TOLD: Final = 5
HABITS_TOLD: Final = 100
_LONGEST_STOP_SECONDS: Final = 5.0
_WRITTEN_OVER: Final = [
    field.name for field in ProcessReport._meta.concrete_fields if field.name not in ("id", "name")
]


def reports(*, now: datetime) -> QuerySet[ProcessReport]:
    """The processes that were heard of in the last hour, by name."""
    return ProcessReport.objects.filter(at__gt=now - KEPT_FOR)


def habits(*, now: datetime) -> list[Habit]:
    """What providers' servers were found not to take, by this process and those heard of."""
    told = [Habit(**each) for report in reports(now=now) for each in report.habits]
    return [*server_habits.known(), *told]


def is_stale(report: ProcessReport, *, now: datetime) -> bool:
    """Whether the process has fallen silent; its calls may be lost."""
    return report.at < now - STALE_AFTER


class Reporter:
    """Writes the row of this process until it is closed. Safe on any thread."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._started_at = timezone.now()

    @property
    def name(self) -> str:
        """What this process is called on the page."""
        return f"{socket.gethostname()}:{os.getpid()}"[:120]

    def start(self) -> None:
        """Report from now on; the first time after one period."""
        self._stopping.clear()
        self._started_at = timezone.now()
        self._thread = threading.Thread(target=self._work, name="process-report", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take the row away and end the thread: who leaves in order is not missed."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopping.set()
            thread.join(_LONGEST_STOP_SECONDS)

    def write(self, *, now: datetime) -> None:
        """Write the row as things stand: one statement."""
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
            habits=[asdict(habit) for habit in server_habits.known()[:HABITS_TOLD]],
            stalls=[asdict(stall) for stall in stall_watch.stalls[:STALLS_TOLD]],
        )
        ProcessReport.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["name"], update_fields=_WRITTEN_OVER
        )

    def _work(self) -> None:
        is_written = False
        while not self._stopping.wait(PERIOD_SECONDS):
            try:
                now = timezone.now()
                if not is_written:
                    ProcessReport.objects.filter(at__lte=now - KEPT_FOR).delete()
                self.write(now=now)
                is_written = True
            except (DatabaseError, InterfaceError) as error:
                log.warning("process_not_reported", error=type(error).__name__)
            finally:
                connection.close()
        if is_written:
            try:
                ProcessReport.objects.filter(name=self.name).delete()
            except (DatabaseError, InterfaceError) as error:
                log.warning("process_not_reported", error=type(error).__name__)
            finally:
                connection.close()


reporter: Final = Reporter()
