"""The attempt log: what became of each request at the voice webhook.

While a process takes calls, rows are written by its writer, several in one statement: a webhook
that is answered need not wait for a note about it. A process that is killed loses those of its
last quarter of a second; one that stops loses none, nor one whose database is away for a while.
"""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Protocol

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from usage.billing import rollup
from usage.hooks import of_calls
from usage.missed import record as missed
from usage.models import AttemptDay, WebhookAttempt
from usage.records.database import AWAY
from voicex.database.prepared import insert

log = structlog.get_logger(__name__)

GATHER_SECONDS: Final = 0.25
# Of one organization, outcome (declined or refused) and day (UTC). A flood writes no more rows; it
# is counted for the usage page, and the log's page says that there were more.
LISTED_A_DAY: Final = 1_000
_KIND: Final = ("org_id", "outcome")
MAX_WAITING: Final = 10_000  # rows; above that the newest is refused, and logged


class Writer(Protocol):
    """The thread of a process that writes; `telephony.process.record_writer` has it."""

    def submit_later(
        self,
        seconds: float,
        work: Callable[[], Any],
        *,
        on_refused: Callable[[Exception], None],
    ) -> bool:
        """Do `work` there so much later, again and again while the database is away.

        on_refused: takes what it was refused for. False: the writer is closed, and does nothing.
        """
        ...


class AttemptLog:
    """Writes rows in the order in which they were noted. Safe on any thread."""

    def __init__(self) -> None:
        self._writer: Writer | None = None
        self._lock = threading.Lock()
        self._waiting: list[WebhookAttempt] = []
        self._is_submitted = False  # the writer is to write what waits

    def start(self, writer: Writer) -> None:
        """Leave the writing to `writer` from now on; until then `note` writes on its own thread."""
        self._writer = writer

    def close(self) -> None:
        """Write what is noted from now on at once; what waits is written before `writer` closes."""
        self._writer = None

    def record(
        self,
        *,
        org: Organization | None,
        call_sid: str,
        outcome: str,
        reason: str = "",
        detail: str = "",
    ) -> None:
        """Keep a row for the client's eyes.

        outcome: `answered`, `declined` or `refused`; reason: a static name such as `no_slot`.
        detail: names of engines, with commas between. `org` is None when the key was not known.
        """
        attempt = WebhookAttempt(
            org=org,
            call_sid=call_sid[:64],
            outcome=outcome,
            reason=reason[:40],
            detail=detail[:80],
        )
        writer = self._writer
        if writer is None:
            _write([attempt])
            return
        with self._lock:
            is_full = len(self._waiting) >= MAX_WAITING
            if not is_full:
                self._waiting.append(attempt)
            is_first, self._is_submitted = not self._is_submitted, True
        if is_full:
            log.error("attempt_refused", outcome=outcome, reason=reason)
        if is_first and not self._submit_to(writer):  # the process has ended by now
            self._write_waiting()

    @property
    def is_deferred(self) -> bool:
        """Whether rows are written by a writer, and not at once."""
        return self._writer is not None

    @property
    def waiting(self) -> int:
        """How many rows are not written yet."""
        return len(self._waiting)

    def is_waiting(self, *, org_id: str, call_sid: str) -> bool:
        """Whether a row about this call is still to be written."""
        with self._lock:
            return any(
                attempt.call_sid == call_sid and attempt.org and attempt.org.public_id == org_id
                for attempt in self._waiting
            )

    def _submit_to(self, writer: Writer) -> bool:
        return writer.submit_later(GATHER_SECONDS, self._write_waiting, on_refused=self._lose)

    # --- on the thread that writes ------------------------------------------------------------

    def _write_waiting(self) -> None:
        """Write all that waits. Raises when the database is away; what is not written waits on.

        What comes during that waits for the next write: in a flood other jobs of the writer have
        their turn between two writes.
        """
        while attempts := self._next():
            try:
                _write(attempts)
            except AWAY:
                raise
            except Exception as error:  # boundary: one bad row must not stop all others
                log.warning(
                    "attempts_written_alone", rows=len(attempts), error=type(error).__name__
                )
                self._write_alone(attempts)
            else:
                self._forget(attempts)
            writer = self._writer
            if self._waiting and writer is not None and self._submit_to(writer):
                return

    def _next(self) -> list[WebhookAttempt]:
        with self._lock:
            self._is_submitted = bool(self._waiting)
            return list(self._waiting)

    def _write_alone(self, attempts: list[WebhookAttempt]) -> None:
        """One by one: the organization of one may be gone by now. Raises as `_write_waiting`."""
        for attempt in attempts:
            try:
                _write([attempt])
            except AWAY:
                raise
            except Exception as error:  # boundary: as above
                log.error(
                    "attempt_lost",
                    outcome=attempt.outcome,
                    reason=attempt.reason,
                    error=type(error).__name__,
                )
            self._forget([attempt])

    def _forget(self, attempts: list[WebhookAttempt]) -> None:
        """These are written: as many as they are, the oldest."""
        with self._lock:
            del self._waiting[: len(attempts)]

    def _lose(self, error: Exception) -> None:
        """The database answers, and does not take them: the next ones are not to wait behind."""
        with self._lock:
            lost, self._waiting = len(self._waiting), []
            self._is_submitted = False
        log.error("attempts_lost", waiting=lost, error=type(error).__name__)


def _write(attempts: list[WebhookAttempt]) -> None:
    with transaction.atomic():
        listed, counted = _by_room(attempts)
        insert(listed)
        rollup.add_attempts([*listed, *counted])
        now = timezone.now()
        missed.record_attempts(attempts, now=now)
        of_calls.declined(listed, now=now)


def _by_room(attempts: list[WebhookAttempt]) -> tuple[list[WebhookAttempt], list[WebhookAttempt]]:
    """Those that get a row, and those that are only counted: their day has LISTED_A_DAY of a kind.

    Calls that are answered always get one; they are as many as the organization's slots allow.
    """
    bounded = {each.org_id for each in attempts if _is_bounded(each)}
    if not bounded:
        return attempts, []
    now = timezone.now()
    found = AttemptDay.objects.filter(org__in=bounded, day=rollup.day_of(now))
    counts = Counter(
        {(org, outcome): count for org, outcome, count in found.values_list(*_KIND, "count")}
    )
    listed, counted = [], []
    for attempt in attempts:
        kind = (attempt.org_id, attempt.outcome)
        counts[kind] += 1
        if _is_bounded(attempt) and counts[kind] > LISTED_A_DAY:
            attempt.at = now
            counted.append(attempt)
        else:
            listed.append(attempt)
    return listed, counted


def _is_bounded(attempt: WebhookAttempt) -> bool:
    return attempt.outcome != "answered" and attempt.org_id is not None


attempt_log: Final = AttemptLog()


def was_attempted(*, org_id: str, call_sid: str) -> bool:
    """Whether the organization (public id) has had this call at its webhook."""
    return (
        attempt_log.is_waiting(org_id=org_id, call_sid=call_sid)
        or WebhookAttempt.objects.filter(org__public_id=org_id, call_sid=call_sid).exists()
    )


def unlisted_today(org: Organization, *, now: datetime) -> int:
    """How many requests of today (UTC) were declined or refused and have no row."""
    days = AttemptDay.objects.filter(org=org, day=rollup.day_of(now), count__gt=LISTED_A_DAY)
    counts = days.exclude(outcome="answered").values_list("count", flat=True)
    return sum(count - LISTED_A_DAY for count in counts)
