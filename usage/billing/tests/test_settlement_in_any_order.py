"""The ledger is the same for every order of signals, every repetition and every kill.

A kill is an exception in place of the n-th SQL statement of a step: the transaction is gone,
as when the process dies there. Afterwards only the sweeper and the tasks it sends run.
"""

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from testing.scene import NOW, Scene, snapshot
from usage.billing.settlement import SETTLE, finalize, record_end, settle, settle_due, sweep
from usage.models import Call, LedgerEntry, Outbox
from usage.outbox import delivery
from usage.quota.quotas import slots_in_use

SNAPSHOTS = (
    {"stream_ms": 15_000, "tts_characters": 20},
    {"stream_ms": 59_000, "tts_characters": 40, "llm_tokens_out": 30},
    {"stream_ms": 61_000, "stt_ms": 900, "tts_characters": 40, "llm_tokens_out": 30},
    {"stream_ms": 125_000, "stt_ms": 4_100, "tts_characters": 90, "llm_tokens_out": 75},
)
# The process that carries the call leaves it, for one of two reasons.
LEAVES = ("stop", "socket_closed")
REPORTS = {
    "stream_callback": {"stream": "stream-stopped"},
    "status_callback": {"status": "completed", "duration_s": 125},
}
SIGNALS = (*LEAVES, *REPORTS)


@pytest.fixture(autouse=True, scope="module")
def _no_message_arrives():
    """The steps stand for the tasks; what the outbox sends besides is lost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "send", lambda kind, subject_id: True)
        yield


class Killed(BaseException):
    """The process died."""


@contextmanager
def killed_at(statement):
    """Die in place of the n-th statement of the block, from 0; None: live. Yields who died.

    Savepoints stand for transactions here and are not counted: a process that dies at its
    COMMIT has not committed, but a savepoint that is not released would stay in force.
    """
    left = statement
    deaths = []

    def execute(run, sql, params, many, context):
        nonlocal left
        if left is not None and not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            left -= 1
            if left < 0:
                left = None
                raise Killed
        return run(sql, params, many, context)

    try:
        with connection.execute_wrapper(execute):
            yield deaths
    except Killed as death:
        deaths.append(death)


signals = st.tuples(st.just("signal"), st.sampled_from(sorted(SIGNALS)))
snapshots = st.tuples(st.just("snapshot"), st.integers(0, len(SNAPSHOTS) - 1))
work = st.tuples(st.sampled_from(["settle", "hint", "sweep"]), st.none())
waits = st.tuples(st.just("wait"), st.sampled_from([1, 20, 46, 130]))
steps = st.tuples(
    signals | snapshots | work | waits, st.none() | st.integers(min_value=0, max_value=12)
)


class World:
    """One call, the clock, and the snapshots that reached the database."""

    def __init__(self, *, with_stream):
        self.now = NOW
        scene = Scene()
        self.org = scene.org
        self.call = scene.talks() if with_stream else scene.rings()
        self.kept = -1

    def step(self, action, argument):
        """Do one thing; what raises Killed has not happened."""
        pk = self.call.pk
        if action == "signal":
            if argument in REPORTS:
                record_end(pk, reason=argument, now=self.now, evidence=REPORTS[argument])
            else:
                finalize(pk, reason=argument, now=self.now)
        elif action == "snapshot":
            is_last = argument == len(SNAPSHOTS) - 1
            facts = SNAPSHOTS[argument]
            snapshot(self.call, argument + 1, now=self.now, is_final=is_last, **facts)
            self.kept = max(self.kept, argument)
        elif action == "settle":
            settle(pk, now=self.now)
        elif action == "hint":
            settle_due(hint=pk, now=self.now)
        elif action == "sweep":
            sweep(now=self.now)
        else:
            self.now += timedelta(seconds=argument)

    def recover(self):
        """What the sweeper and its tasks do when no other process does anything more."""
        for _ in range(4):
            self.now += timedelta(seconds=130)
            sweep(now=self.now)
            for row in Outbox.objects.filter(kind=SETTLE, done_at=None):
                settle(row.call_id, now=self.now)

    def owed(self):
        """Quantities by component that the kept facts say, worked out by hand."""
        if self.kept < 0:
            return Counter()
        facts = SNAPSHOTS[self.kept]
        return +Counter(
            telephony=[1, 1, 2, 3][self.kept],
            stt=[0, 0, 1, 5][self.kept],
            llm_out=facts.get("llm_tokens_out", 0),
            tts=facts["tts_characters"],
        )

    def check(self):
        entries = LedgerEntry.objects.filter(call=self.call)
        net, standing = Counter(), Counter()
        for entry in entries:
            net[entry.component] += entry.quantity
            standing[entry.component] += 1 if entry.reverses_id is None else -1
        assert +net == self.owed()
        assert +standing == Counter(dict.fromkeys(self.owed(), 1))
        call = Call.objects.get(pk=self.call.pk)
        assert call.state == Call.State.ENDED
        assert call.settled_at is not None
        assert slots_in_use(self.org, now=self.now) == 0
        assert list(Outbox.objects.filter(kind=SETTLE, call=call).values_list("last_error")) == [
            ("",)
        ]


@pytest.mark.django_db
@settings(max_examples=80)
@given(script=st.lists(steps, max_size=14), with_stream=st.sampled_from([True, True, True, False]))
def test_any_order_repetition_and_kill_ends_in_the_same_ledger(script, with_stream):
    with transaction.atomic():
        world = World(with_stream=with_stream)
        for (action, argument), statement in script:
            if action == "snapshot" and not with_stream:
                continue  # without a stream there is no session to write one
            with killed_at(statement):
                world.step(action, argument)
        world.recover()
        world.check()
        transaction.set_rollback(True)


LAST = len(SNAPSHOTS) - 1
STORIES = {
    "ends in order": [("snapshot", 0), ("snapshot", LAST), ("signal", "stop"), ("settle", None)],
    "ends before its final snapshot": [
        ("snapshot", 1),
        ("signal", "status_callback"),
        ("settle", None),
        ("snapshot", LAST),
        ("sweep", None),
        ("settle", None),
    ],
    "wakes up after it was settled": [
        ("snapshot", 2),
        ("wait", 46),
        ("sweep", None),
        ("settle", None),
        ("snapshot", LAST),
        ("settle", None),
    ],
    "is settled by a hint, and corrected by another": [
        ("snapshot", 1),
        ("signal", "stop"),
        ("wait", 46),
        ("hint", None),
        ("snapshot", LAST),
        ("hint", None),
    ],
}


def tell(story, *, death_in, at):
    """Tell a story with a kill in one step; whether that step had a statement to die at."""
    with transaction.atomic():
        world = World(with_stream=True)
        for number, step in enumerate(story):
            with killed_at(at if number == death_in else None) as deaths:
                world.step(*step)
            if number == death_in:
                died = bool(deaths)
        world.recover()
        world.check()
        transaction.set_rollback(True)
    return died


@pytest.mark.django_db
@pytest.mark.parametrize("story", STORIES)
def test_a_kill_at_any_statement_of_any_step_costs_nothing(story):
    for death_in, (action, _) in enumerate(STORIES[story]):
        at = 0
        while tell(STORIES[story], death_in=death_in, at=at):
            at += 1
        assert at > 0 or action == "wait"


@pytest.mark.django_db
@settings(max_examples=25)
@given(
    order=st.permutations([*SIGNALS, "final", "settle", "hint", "sweep"]), repeats=st.integers(1, 3)
)
def test_every_order_of_the_signals_posts_the_very_same_lines(order, repeats):
    with transaction.atomic():
        world = World(with_stream=True)
        for name in list(order) * repeats:
            if name == "final":
                world.step("snapshot", len(SNAPSHOTS) - 1)
            elif name in SIGNALS:
                world.step("signal", name)
            else:
                world.step(name, None)
        world.recover()
        world.check()
        keys = LedgerEntry.objects.filter(call=world.call).values_list("key", flat=True)
        prefix = f"call:{world.call.pk}:"
        assert [key.removeprefix(prefix) for key in keys] == ["telephony", "stt", "llm_out", "tts"]
        assert Call.objects.get().carrier_report == {
            "stream": "stream-stopped",
            "status": "completed",
            "duration_s": 125,
        }
        transaction.set_rollback(True)
