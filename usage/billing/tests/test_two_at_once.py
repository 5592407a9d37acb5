"""Two processes do the same thing at the same moment, played by threads with own connections.

SQLite's in-memory test database cannot play this (its tables lock across threads), so these
tests run when TEST_DATABASE_URL names a PostgreSQL server.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.audit.check import verify
from accounts.members.access import record
from accounts.models import User
from agents.versions.publishing import lock_agent
from testing.at_once import at_once
from testing.guard import GUARD_SECONDS
from testing.scene import NOW, Scene, after, lines, snapshot
from testing.services.servers import wait_until
from usage import tasks
from usage.billing import rollup
from usage.billing.settlement import SETTLE, finalize, record_end, settle, settle_due, sweep
from usage.models import (
    AttemptDay,
    Call,
    Erasure,
    LedgerEntry,
    Outbox,
    Quota,
    QuotaNotice,
    Turn,
    UsageFact,
    UsageMonth,
)
from usage.outbox import delivery, rows
from usage.privacy import callers, erasure
from usage.records import dead_letters, transcript_deletion
from usage.records.attempts import attempt_log
from usage.records.calls import save_usage
from usage.records.turns import save_turn
from usage.takeover import states
from voicex.errors import Declined

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="needs PostgreSQL: set TEST_DATABASE_URL=postgres://...",
    ),
]


@pytest.fixture(autouse=True)
def _no_message_arrives(monkeypatch):
    monkeypatch.setattr(delivery, "send", lambda kind, subject_id: True)


@pytest.mark.parametrize("_round", range(5))
def test_two_workers_settle_the_same_call(_round):
    call = Scene().talks()
    snapshot(call, 1, is_final=True, stream_ms=61_000, tts_characters=10)
    finalize(call.pk, reason="stop", now=NOW)
    settled = at_once(*[lambda: settle(call.pk, now=after(1))] * 4)
    assert settled == [True] * 4
    assert lines(call) == [("telephony", 2, 17_000), ("tts", 10, 10)]


@pytest.mark.parametrize("_round", range(3))
def test_workers_with_a_hint_each_settle_every_call_once(_round):
    scene = Scene()
    calls = [scene.talks() for _ in range(20)]
    for call in calls:
        snapshot(call, 1, is_final=True, stream_ms=61_000, tts_characters=10)
        finalize(call.pk, reason="stop", now=NOW)
    hints = [[call.pk for call in calls[part::4]] for part in range(4)]
    at_once(
        *[
            lambda part=part: [settle_due(hint=call_id, now=after(1)) for call_id in part]
            for part in hints
        ]
    )
    assert not Outbox.objects.filter(kind=SETTLE, done_at=None).exists()
    assert [lines(call) for call in calls] == [[("telephony", 2, 17_000), ("tts", 10, 10)]] * 20
    month = UsageMonth.objects.get()
    assert (month.calls, month.minutes, month.amount_micros) == (20, 40, 20 * 17_010)


@pytest.mark.parametrize("_round", range(3))
def test_a_share_that_two_workers_reach_together_is_noted_once(_round):
    scene = Scene()
    Quota.objects.create(org=scene.org, concurrent_calls=9, minutes_a_month=8)
    calls = [scene.talks() for _ in range(4)]
    for call in calls:
        snapshot(call, 1, is_final=True, stream_ms=61_000)
        finalize(call.pk, reason="stop", now=NOW)
    at_once(*[lambda call=call: settle(call.pk, now=after(1)) for call in calls])
    assert sorted(QuotaNotice.objects.values_list("percent", flat=True)) == [50, 80, 100]


@pytest.mark.parametrize("_round", range(3))
def test_sums_are_rebuilt_while_workers_settle(_round):
    scene = Scene()
    calls = [scene.talks() for _ in range(12)]
    for call in calls:
        snapshot(call, 1, is_final=True, stream_ms=61_000)
        finalize(call.pk, reason="stop", now=NOW)
    at_once(
        *[
            lambda part=part: [settle(call.pk, now=after(1)) for call in calls[part::3]]
            for part in range(3)
        ],
        lambda: [rollup.rebuild() for _ in range(5)],
    )
    month = UsageMonth.objects.get()
    assert (month.calls, month.minutes) == (12, 24)


def test_attempts_are_written_while_sums_are_rebuilt():
    # What writes them writes the heartbeats of live calls as well.
    scene = Scene()
    for _ in range(3):
        attempt_log.record(org=scene.org, call_sid="CA1", outcome="answered", reason="")
    with transaction.atomic():
        attempt_log.record(org=scene.org, call_sid="CA2", outcome="answered", reason="")
        at_once(without_waiting(rollup.rebuild))
    assert list(AttemptDay.objects.values_list("count")) == [(4,)]


def test_a_call_that_is_being_written_is_left_for_later_and_holds_none_up():
    scene = Scene()
    written, free = (scene.talks() for _ in range(2))
    for call in (written, free):
        snapshot(call, 1, is_final=True, stream_ms=1_000)
        finalize(call.pk, reason="stop", now=NOW)
    with transaction.atomic():
        Call.objects.select_for_update(no_key=True).get(pk=written.pk)
        at_once(lambda: settle_due(hint=written.pk, now=after(1)))
    assert (lines(written), lines(free)) == ([], [("telephony", 1, 8_500)])
    settle_due(hint=free.pk, now=after(1))
    assert lines(written) == [("telephony", 1, 8_500)]


def test_a_hint_is_not_lost_on_a_call_that_is_being_written(monkeypatch):
    call = Scene().talks()
    snapshot(call, 1, is_final=True, stream_ms=1_000)
    finalize(call.pk, reason="stop", now=NOW)
    is_held, is_passed_over = Event(), Event()
    is_due = rows.is_due

    def asked(kind, call_id, *, now):
        is_passed_over.set()
        return is_due(kind, call_id, now=now)

    monkeypatch.setattr(rows, "is_due", asked)

    def write():
        with transaction.atomic():
            Call.objects.select_for_update(no_key=True).get(pk=call.pk)
            is_held.set()
            assert is_passed_over.wait(GUARD_SECONDS)

    def work():
        assert is_held.wait(GUARD_SECONDS)
        tasks.settle_call(call.pk)

    at_once(write, work)
    assert lines(call) == [("telephony", 1, 8_500)]


@pytest.mark.parametrize("_round", range(5))
def test_two_workers_correct_the_same_call(_round):
    call = Scene().talks()
    snapshot(call, 1, is_final=True, stream_ms=1_000)
    finalize(call.pk, reason="stop", now=NOW)
    settle(call.pk, now=NOW)
    snapshot(call, 2, is_final=True, stream_ms=61_000)
    at_once(*[lambda: settle(call.pk, now=after(1))] * 3)
    assert lines(call) == [
        ("telephony", 1, 8_500),
        ("telephony:r1", -1, -8_500),
        ("telephony:v2", 2, 17_000),
    ]


@pytest.mark.parametrize("_round", range(5))
def test_the_final_snapshot_comes_while_a_worker_settles(_round):
    call = Scene().talks()
    snapshot(call, 1, is_final=True, stream_ms=1_000)
    finalize(call.pk, reason="stop", now=NOW)
    at_once(
        lambda: settle(call.pk, now=after(1)),
        lambda: snapshot(call, 2, is_final=True, stream_ms=61_000, now=after(1)),
    )
    for row in Outbox.objects.filter(kind="settle_call", done_at=None):
        settle(row.call_id, now=after(2))
    assert sum(entry.quantity for entry in LedgerEntry.objects.all()) == 2


@pytest.mark.parametrize("_round", range(3))
def test_every_signal_comes_at_once(_round):
    call = Scene().talks()
    names = ["after", "stream_callback", "status_callback"]
    at_once(
        *[
            lambda name=name: record_end(call.pk, reason=name, now=NOW, evidence={name: 1})
            for name in names
        ],
        lambda: finalize(call.pk, reason="stop", now=NOW),
        lambda: sweep(now=after(1_000)),
    )
    call.refresh_from_db()
    assert call.state == Call.State.ENDED
    assert call.end_reason in {*names, "stop", "stale"}
    assert call.carrier_report == dict.fromkeys(names, 1)
    assert Outbox.objects.filter(kind=SETTLE).count() == 1


@pytest.mark.parametrize("_round", range(3))
def test_the_last_slot_is_taken_once(_round):
    scene = Scene()
    Quota.objects.create(org=scene.org, concurrent_calls=2)

    def ring():
        try:
            return scene.rings()
        except Declined as declined:
            return declined.reason

    results = at_once(*[ring] * 5)
    assert results.count("no_slot") == 3
    assert Call.objects.count() == 2


def test_a_webhook_that_comes_twice_at_once_opens_one_call():
    scene = Scene()
    calls = at_once(*[lambda: scene.rings("CA1")] * 4)
    assert len({(call.pk, call.ticket_id) for call in calls}) == 1


def test_two_streams_bring_the_same_ticket():
    scene = Scene()
    call = scene.rings()
    streams = at_once(*[lambda: scene.redeems(call)] * 4)
    assert sum(stream is not None for stream in streams) == 1


def test_turns_and_snapshots_are_written_while_the_call_is_settled():
    call = Scene().talks()
    facts = {"stt_ms": 0, "llm_tokens_in": 0, "llm_tokens_out": 0, "tts_characters": 0}

    def write(number):
        save_turn(
            call.pk,
            number=number,
            role="agent",
            text="Yes.",
            heard_text="Yes.",
            interrupted=False,
            started_ms=0,
            ended_ms=1,
            latency_ms={},
        )
        is_final = number == 20
        save_usage(call.pk, sequence=number, stream_ms=number, is_final=is_final, now=NOW, **facts)

    at_once(
        lambda: [write(number) for number in range(1, 21)],
        lambda: finalize(call.pk, reason="stop", now=NOW),
        lambda: [settle(call.pk, now=NOW) for _ in range(20)],
        lambda: [settle_due(hint=call.pk, now=NOW) for _ in range(20)],
        lambda: [sweep(now=NOW) for _ in range(5)],
    )
    settle(call.pk, now=NOW)
    assert Turn.objects.count() == 20
    assert lines(call) == [("telephony", 1, 8_500)]


def waits_for_a_lock() -> bool:
    """Whether a connection waits for a lock that another one has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


def without_waiting(action: Callable[[], Any]) -> Callable[[], Any]:
    """`action`, which fails where it waits for a lock for more than two seconds."""

    def act() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        return action()

    return act


def apart(action: Callable[[], Any]) -> Any:
    """The result of `action`, for a thread with a connection of its own."""
    try:
        return action()
    finally:
        connection.close()


@pytest.mark.parametrize("what", ["kept", "counted", "sent again", "refused", "discarded"])
def test_a_record_and_the_end_of_the_words_of_its_call_wait_in_one_order(what, monkeypatch):
    call = Scene().talks()
    olga = User.objects.create_superuser("olga@voicex.example", "long enough 1")

    def keeps() -> None:
        turn = {"number": 1, "text": "words"}
        error = ValueError("odd")
        dead_letters.keep("save_turn", [call.pk], turn, error=error, now=NOW)

    if what == "counted":
        monkeypatch.setattr(dead_letters, "MOST", 0)
    keeps()
    letter = dead_letters.waiting().get()
    actions = {
        "kept": keeps,
        "counted": keeps,
        "sent again": lambda: dead_letters.send_again(letter, actor=olga, now=NOW),
        "refused": lambda: dead_letters._record_refusal(letter, ValueError("odd"), now=NOW),
        "discarded": lambda: dead_letters.discard(letter, actor=olga, reason="asked to"),
    }
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Call.objects.select_for_update().get(
                pk=call.pk
            )  # as `transcript_deletion.delete` begins
            decided = pool.submit(apart, actions[what])
            wait_until(waits_for_a_lock, "the other one waits", seconds=GUARD_SECONDS)
            transcript_deletion.delete(call.pk, now=NOW)
        decided.result(GUARD_SECONDS)
    left = dead_letters.waiting().first()
    assert (left is None) == (what == "discarded")
    assert left is None or (left.words, left.tries) == ("", 1 + (what in ("kept", "refused")))


def test_a_call_is_not_ended_as_lost_with_what_it_had_used_before_its_process_wrote_the_rest():
    call = Scene().talks()
    used = {"stream_ms": 30_000, "tts_characters": 60}
    states.save(call.pk, generation=0, state=b"state", used=used, now=after(30))
    snapshot(call, 1, now=after(30), generation=0, **used)
    last = {"stream_ms": 36_600, "tts_characters": 90, "is_final": True}
    with transaction.atomic():  # what waited until the database was back, in one transaction
        snapshot(call, 2, now=after(36), generation=0, **last)
        finalize(call.pk, reason="stop", now=after(36), generation=0)
        at_once(without_waiting(lambda: sweep(now=after(99))))  # it is left to the next sweep
    sweep(now=after(99))
    fact = UsageFact.objects.get(call=call)
    assert (fact.stream_ms, fact.tts_characters, fact.is_final) == (36_600, 90, True)
    call.refresh_from_db()
    assert (call.end_reason, call.ended_at) == ("stop", after(36))
    assert settle(call.pk, now=after(100))
    assert lines(call) == [("telephony", 1, 8_500), ("tts", 90, 90)]


def test_an_erasure_locks_the_calls_of_a_caller_in_the_order_of_their_rows():
    scene = Scene()
    calls = [scene.rings(f"CA{9 - number}", now=after(number)) for number in range(4)]
    for call in calls:
        finalize(call.pk, reason="stop", now=after(9))
    # No index that may find them has them in the order of their keys.
    Call.objects.filter(pk=calls[0].pk).update(from_number="12025550100")
    [caller] = callers.callers_named(scene.org, "+12025550100")

    def begins() -> Erasure:
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        return erasure.begin(scene.org, caller=caller, actor=None, now=after(10))

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Call.objects.select_for_update().get(pk=calls[1].pk)
            begun = pool.submit(apart, begins)
            wait_until(waits_for_a_lock, "the erasure waits", seconds=GUARD_SECONDS)
            free = Call.objects.select_for_update(skip_locked=True).order_by("pk")
            assert list(free) == calls[1:]
        assert begun.result(GUARD_SECONDS).calls == 4


def test_entries_that_are_written_at_once_stand_in_one_chain():
    org = Scene().org
    written = [
        lambda org=org: record(org, actor=None, action="key.issued", target="one"),
        lambda: record(None, actor=None, action="key.issued", target="of the platform"),
    ]
    at_once(*written * 4)
    verdict = verify()
    assert not verdict.faults
    assert verdict.heads[0].length == 4


def test_an_agent_that_is_being_published_is_called_and_settled_all_the_same():
    # Its texts are read under this lock, which takes seconds for long ones.
    scene = Scene()
    with transaction.atomic():
        lock_agent(scene.agent)
        (lasted,) = at_once(lambda: _called_and_settled(scene))
    assert lasted


def _called_and_settled(scene):
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    call = scene.talks()
    snapshot(call, 1, is_final=True, stream_ms=61_000)
    finalize(call.pk, reason="stop", now=NOW)
    return settle(call.pk, now=after(1))
