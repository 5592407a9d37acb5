"""What simulated accounts share: an organization, a clock that goes on, and the end of a run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final
from unittest import mock

from django.db import connection

from testing.scene import NOW, Scene
from testing.simulation.actors import Actor, pause, run_of_its_own
from testing.simulation.choices import Choices
from usage.billing import proof
from usage.billing.settlement import SETTLE, settle_due, sweep
from usage.models import Call, LedgerEntry, Outbox, UsageDay, UsageMonth
from usage.outbox import delivery
from usage.quota import notices
from usage.quota.quotas import call_and_slots
from usage.records.calls import save_usage

MOST_STATEMENTS: Final = 24  # of an actor, after which it may die
NOTHING_USED: Final = {
    "stt_ms": 0,
    "llm_tokens_in": 0,
    "llm_tokens_out": 0,
    "tts_characters": 0,
}
_SUMMED: Final = (LedgerEntry, UsageDay, UsageMonth)
_SUMS: Final = " UNION ALL ".join(
    "SELECT COALESCE(SUM(amount_micros), 0), COALESCE(SUM(cost_micros), 0) "
    f"FROM {each._meta.db_table} WHERE org_id = %s"
    for each in _SUMMED
)

_LEFT: Final = (
    f"SELECT (SELECT COUNT(*) FROM {Call._meta.db_table} WHERE org_id = %s AND settled_at IS NULL),"
    f" (SELECT COUNT(*) FROM {Outbox._meta.db_table} WHERE done_at IS NULL"
    f" AND kind IN ('{SETTLE}', '{notices.SEND}'))"
)


class Setting:
    """One run: an organization, its actors, and the time."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.now = NOW
        self.scene = Scene()
        self.actors: list[Actor] = []
        self.hints: list[tuple[str, int]] = []  # that were sent: kind and subject

    def tick(self) -> datetime:
        """The time, a moment later."""
        self.now += timedelta(milliseconds=10)
        return self.now

    def actor(self, name: str, work: Callable[[], object]) -> Actor:
        """A process that does `work`, and may die behind any of its statements."""
        dies_at = self.choices.pick(1 + MOST_STATEMENTS, odds=0.4)
        self.actors.append(Actor(name, work, dies_at=dies_at))
        return self.actors[-1]

    def time_passes(self) -> None:
        """Work of an actor: seconds pass, some times, and the sweeper comes by."""
        for _ in range(4):
            pause()
            self.now += timedelta(seconds=(1, 20, 30, 46, 130)[self.choices.pick(5)])
            if self.choices.pick(2):
                sweep(now=self.tick())

    def use(self, call: Call, sequence: int, stream_ms: int, **facts: Any) -> str:
        """A snapshot of what a call used; why it must not continue."""
        used = {"is_final": False} | NOTHING_USED | facts
        return save_usage(call.pk, sequence=sequence, stream_ms=stream_ms, now=self.tick(), **used)

    def check_sums(self) -> None:
        """The sums that pages read are those of the lines, at any moment."""
        with connection.cursor() as cursor:
            cursor.execute(_SUMS, [self.scene.org.pk] * len(_SUMMED))
            sums = cursor.fetchall()
        assert sums[0] == sums[1] == sums[2], f"sums of lines, days and month: {sums}"

    def slots(self) -> int:
        """How many calls have a slot now; asked often, so by a statement that is made once."""
        return call_and_slots(self.scene.org, call_id="", now=self.now)[1]

    def _is_settled(self) -> bool:
        """Whether nothing is left to be done, now or later."""
        with connection.cursor() as cursor:
            cursor.execute(_LEFT, [self.scene.org.pk])
            return not any(cursor.fetchone())

    def send(self, kind: str, subject_id: int) -> bool:
        """A hint to the workers."""
        self.hints.append((kind, subject_id))
        return True

    def recover(self, work: Callable[[int], object] = lambda hint: None) -> None:
        """Only the sweeper and the workers run on; then all is settled, and right.

        work: what a worker does for a hint of another kind than settlement.
        """
        self.hints.clear()  # those until now are lost
        for seconds in (130, 300, 1_000, 4_000):
            self.now += timedelta(seconds=seconds)
            sweep(now=self.now)
            hints, self.hints = self.hints, []
            for kind, subject_id in hints:
                if kind == SETTLE:
                    settle_due(hint=subject_id, now=self.now)
                else:
                    work(subject_id)
            if self._is_settled():
                break
        calls = Call.objects.filter(org=self.scene.org)
        assert not calls.filter(ended_at=None).exists(), "a call that nobody ended"
        assert not calls.filter(settled_at=None).exists(), "a call that nobody settled"
        open_rows = Outbox.objects.filter(kind=SETTLE, done_at=None)
        assert not open_rows.exists(), "work that is not done"
        self.check_sums()
        found = proof.prove(now=self.now)
        assert found.faults == [], found.faults


@contextmanager
def setting(choices: Choices) -> Iterator[Setting]:
    """A run of its own. What is hinted at a commit is lost: the sweeper has to find it."""
    with run_of_its_own():
        here = Setting(choices)
        with mock.patch.object(delivery, "send", here.send):
            yield here
