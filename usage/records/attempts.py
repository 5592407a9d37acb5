"""The attempt log: the outcome of each request at the voice webhook.

In a serving process rows are written by its writer thread, several in one statement, so that
webhooks do not wait for them. A killed process loses the rows of its last quarter of a second; no
rows are lost by a normal stop or while the database is unreachable.
"""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import structlog
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Organization
from usage.billing import rollup
from usage.hooks import of_calls
from usage.missed import record as missed
from usage.models import AttemptDay, WaitingCaller, WebhookAttempt
from usage.records.database import AWAY
from voicex.database.prepared import insert
from voicex.reasons.attempts import AttemptReason, Outcome

log = structlog.get_logger(__name__)

GATHER_SECONDS: Final = 0.25
# The limit of rows for an organization, outcome (declined or refused) and day. Further
# attempts are counted for the usage page, and the log's page says that there were more.
LISTED_A_DAY: Final = 1_000
_KIND: Final = ("org_id", "outcome", "day")
KEPT: Final = timedelta(days=92)  # the longest that pages look back for callers not answered
DELETED_AT_ONCE: Final = 5_000
REPORTED_WITHIN: Final = timedelta(days=2)  # carriers report a call's status within hours
MAX_WAITING: Final = 10_000  # queued rows; beyond it the new row is dropped, and logged


class Writer(Protocol):
    """The writer thread of a process, as in `telephony.process.record_writer`."""

    def submit_later(
        self,
        seconds: float,
        work: Callable[[], Any],
        *,
        on_refused: Callable[[Exception], None],
    ) -> bool:
        """Run `work` on the thread after a delay, and again while the database is unreachable.

        on_refused: called with the error if the database refuses it. False: the writer is closed.
        """
        ...


class AttemptLog:
    """Writes attempts in order. Safe on any thread."""

    def __init__(self) -> None:
        self._writer: Writer | None = None
        self._lock = threading.Lock()
        self._waiting: list[WebhookAttempt] = []
        self._is_submitted = False  # whether a write is scheduled

    def start(self, writer: Writer) -> None:
        """Use `writer` from now on; before, `record` writes on its caller's thread."""
        self._writer = writer

    def close(self) -> None:
        """Write directly again from now on; queued rows are written before `writer` closes."""
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
        """Record an attempt.

        outcome: `answered`, `declined` or `refused`; reason: a static name such as `no_slot`.
        detail: names of engines, with commas between. `org` is None when the key was not known.
        """
        attempt = WebhookAttempt(
            org=org,
            counted_on=rollup.day_of(timezone.now(), org.time_zone) if org else None,
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
        if is_first and not self._submit_to(writer):  # the process is ending
            self._write_waiting()

    @property
    def is_deferred(self) -> bool:
        """Whether rows are written by a writer thread."""
        return self._writer is not None

    @property
    def waiting(self) -> int:
        """The number of queued rows."""
        return len(self._waiting)

    def is_waiting(self, *, org_id: str, call_sid: str, reason: str = "") -> bool:
        """Whether a row about this call is queued. reason: only of this one."""
        with self._lock:
            return any(
                attempt.call_sid == call_sid
                and reason in ("", attempt.reason)
                and attempt.org
                and attempt.org.public_id == org_id
                for attempt in self._waiting
            )

    def _submit_to(self, writer: Writer) -> bool:
        return writer.submit_later(GATHER_SECONDS, self._write_waiting, on_refused=self._lose)

    # --- on the thread that writes ------------------------------------------------------------

    def _write_waiting(self) -> None:
        """Write all queued rows. Raises when the database is unreachable; unwritten rows stay
        queued.

        Rows queued meanwhile are left for the next write, so that other jobs of the writer are not
        blocked by a flood.
        """
        while attempts := self._next():
            try:
                _write(attempts)
            except AWAY:
                raise
            except Exception as error:  # boundary: one bad row must not block others
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
        """Write rows one by one, as the organization of one may be deleted. Raises as
        `_write_waiting`.
        """
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
        """Remove the written rows, which are the oldest."""
        with self._lock:
            del self._waiting[: len(attempts)]

    def _lose(self, error: Exception) -> None:
        """Drop rows that the database refuses, so that they do not block others."""
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
    """Split attempts into those that get a row, and those beyond LISTED_A_DAY that are only
    counted.

    Answered calls always get a row; their number is limited by the organization's slots, and that
    of callers who join its line by the minute.
    """
    bounded = {each.org_id for each in attempts if _is_bounded(each)}
    if not bounded:
        return attempts, []
    now = timezone.now()
    days = {each.counted_on for each in attempts if each.counted_on is not None}
    found = AttemptDay.objects.filter(org__in=bounded, day__in=days)
    counts = Counter({tuple(kind): count for *kind, count in found.values_list(*_KIND, "count")})
    listed, counted = [], []
    for attempt in attempts:
        kind = (attempt.org_id, attempt.outcome, attempt.counted_on)
        counts[kind] += rollup.is_counted(attempt)
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
    """Whether a call that has no row arrived lately at the webhook of the organization (public
    id), and was not answered.

    By indexes of few rows: anyone who knows the address of a status callback may ask.
    """
    if attempt_log.is_waiting(org_id=org_id, call_sid=call_sid):
        return True
    waiting = WaitingCaller.objects.filter(org__public_id=org_id, carrier_call_id=call_sid)
    lately = WebhookAttempt.objects.filter(
        org__public_id=org_id, call_sid=call_sid, at__gt=timezone.now() - REPORTED_WITHIN
    )
    return waiting.exists() or lately.exclude(outcome=Outcome.ANSWERED).exists()


def record_forward_failed(org: Organization, *, call_sid: str) -> None:
    """Record that a caller was not taken at the other number of `org`, once: the row of that call
    before is the one that counts, and a carrier may ask again.
    """
    reason = AttemptReason.FORWARD_FAILED
    lately = WebhookAttempt.objects.filter(org=org, at__gt=timezone.now() - REPORTED_WITHIN)
    rows = lately.exclude(outcome=Outcome.ANSWERED).filter(call_sid=call_sid, reason=reason)
    is_waiting = attempt_log.is_waiting(org_id=org.public_id, call_sid=call_sid, reason=reason)
    if not (is_waiting or rows.exists()):
        attempt_log.record(org=org, call_sid=call_sid, outcome=Outcome.DECLINED, reason=reason)


def forget(*, now: datetime) -> bool:
    """Delete the oldest rows; whether there may be more. What `AttemptDay` counted stays."""
    oldest = WebhookAttempt.objects.order_by("pk").values_list("pk", "at")[:DELETED_AT_ONCE]
    ids = [pk for pk, at in oldest if at < now - KEPT]
    WebhookAttempt.objects.filter(pk__in=ids)._raw_delete(connection.alias)
    return len(ids) == DELETED_AT_ONCE


def unlisted_today(org: Organization, *, now: datetime) -> int:
    """The number of declined and refused requests of the day of `org` without a row."""
    today = rollup.day_of(now, org.time_zone)
    days = AttemptDay.objects.filter(org=org, day=today, count__gt=LISTED_A_DAY)
    counts = days.exclude(outcome="answered").values_list("count", flat=True)
    return sum(count - LISTED_A_DAY for count in counts)
