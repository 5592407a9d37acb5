"""The attempt log: what became of each request at the voice webhook.

While a process takes calls, rows are written by a thread, several in one statement: a webhook
that is answered need not wait for a note about it. A process that is killed loses those of its
last quarter of a second; one that stops loses none, nor one whose database is away for a while.
"""

import threading
from collections import Counter
from contextlib import suppress
from datetime import datetime
from typing import Final

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import Organization
from usage.billing import rollup
from usage.models import AttemptDay, WebhookAttempt

log = structlog.get_logger(__name__)

GATHER_SECONDS: Final = 0.25
RETRY_SECONDS: Final = 1.0
# Of one organization, outcome (declined or refused) and day (UTC). A flood writes no more rows; it
# is counted for the usage page, and the log's page says that there were more.
LISTED_A_DAY: Final = 1_000
_KIND: Final = ("org_id", "outcome")
MAX_WAITING: Final = 10_000  # rows; above that the newest is refused, and logged


class AttemptLog:
    """Writes rows in the order in which they were noted. Safe on any thread."""

    def __init__(self) -> None:
        self._waiting: list[WebhookAttempt] = []
        self._lock = threading.Lock()
        self._is_needed = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Leave the writing to a thread from now on; before, `note` writes itself."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._work, name="attempt-log", daemon=True)
        self._thread.start()

    def close(self, timeout: float = 5.0) -> None:
        """Write what waits and end the thread; gives up after `timeout` seconds."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping.set()
        self._is_needed.set()
        thread.join(timeout)
        if self._waiting:
            log.error("attempts_lost", waiting=len(self._waiting))

    def note(
        self, *, org: Organization | None, call_sid: str, outcome: str, reason: str = ""
    ) -> None:
        """Keep a row for the client's eyes.

        outcome: `answered`, `declined` or `refused`; reason: a static name such as `no_slot`.
        `org` is None when the key was not known.
        """
        attempt = WebhookAttempt(
            org=org, call_sid=call_sid[:64], outcome=outcome, reason=reason[:40]
        )
        if self._thread is None:
            _write([attempt])
            return
        with self._lock:
            is_full = len(self._waiting) >= MAX_WAITING
            if not is_full:
                self._waiting.append(attempt)
        if is_full:
            log.error("attempt_refused", outcome=outcome, reason=reason)
        self._is_needed.set()

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

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._is_needed.wait()
            self._stopping.wait(GATHER_SECONDS)
            self._is_needed.clear()
            while not self._is_written() and not self._stopping.wait(RETRY_SECONDS):
                pass
        with suppress(DatabaseError):
            connection.close()

    def _is_written(self) -> bool:
        """Write all that waits; False when the database is away and all of it still waits."""
        with self._lock:
            written = list(self._waiting)
        if not written:
            return True
        try:
            _write(written)
        except (OperationalError, InterfaceError) as error:
            log.warning("database_away", error=type(error).__name__, waiting=len(written))
            return False
        except Exception as error:  # a door: one bad row must not stop all others
            log.warning("attempts_written_alone", rows=len(written), error=type(error).__name__)
            return self._are_written_alone(written)
        finally:
            connection.close()
        with self._lock:
            del self._waiting[: len(written)]
        return True

    def _are_written_alone(self, written: list[WebhookAttempt]) -> bool:
        """One by one: the organization of one may be gone by now. False as in `_is_written`."""
        for attempt in written:
            try:
                _write([attempt])
            except (OperationalError, InterfaceError) as error:
                log.warning("database_away", error=type(error).__name__, waiting=self.waiting)
                return False
            except Exception as error:  # a door: as above
                log.error(
                    "attempt_lost",
                    outcome=attempt.outcome,
                    reason=attempt.reason,
                    error=type(error).__name__,
                )
            with self._lock:
                self._waiting.remove(attempt)
        return True


def _write(attempts: list[WebhookAttempt]) -> None:
    with transaction.atomic():
        listed, counted = _by_room(attempts)
        WebhookAttempt.objects.bulk_create(listed)
        rollup.add_attempts([*listed, *counted])


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
