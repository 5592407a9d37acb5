"""Many calls that are due are settled together, and one bad call among them pays alone."""

import pytest
from django.db import IntegrityError
from django.utils import timezone

from testing.scene import NOW, Scene, Statements, after, lines, snapshot
from usage import tasks
from usage.billing import ledger
from usage.billing.settlement import SETTLE, finalize, settle_due, sweep
from usage.models import Call, LedgerEntry, Outbox
from usage.outbox import claims, delivery
from voicex.errors import PriceMissing


@pytest.fixture(autouse=True)
def _no_message_arrives(monkeypatch):
    monkeypatch.setattr(delivery, "send", lambda kind, subject_id: True)


def ended(scene, *, is_final=True, stream_ms=61_000):
    """A call that is over and has used all five components."""
    call = scene.talks()
    used = {"stt_ms": 900, "llm_tokens_in": 300, "llm_tokens_out": 40, "tts_characters": 90}
    snapshot(call, 1, is_final=is_final, stream_ms=stream_ms, **used)
    finalize(call.pk, reason="stop", now=NOW)
    return call


def unpriceable(scene):
    """A call that is over, from before every price book."""
    call = ended(scene)
    Call.objects.filter(pk=call.pk).update(opened_at=NOW.replace(year=2001))
    return call


def settled():
    return set(Call.objects.exclude(settled_at=None).values_list("pk", flat=True))


def test_one_hint_settles_all_that_is_due(scene):
    calls = [ended(scene), ended(Scene(engine="local")), scene.rings()]
    finalize(calls[2].pk, reason="no_answer", now=NOW)
    settle_due(hint=calls[0].pk, now=after(1))
    assert settled() == {call.pk for call in calls}
    assert [len(lines(call)) for call in calls] == [5, 5, 0]
    assert not Outbox.objects.filter(kind=SETTLE, done_at=None).exists()


def test_it_takes_as_many_statements_for_twenty_calls_as_for_one(scene):
    counts = []
    for number in (1, 20):
        calls = [ended(scene) for _ in range(number)]
        with Statements() as taken:
            settle_due(hint=calls[0].pk, now=after(1))
        counts.append(len(taken))
        assert settled() >= {call.pk for call in calls}
    # claim, facts, prices, lines, outbox, calls, analyses that are due later, sums by day and by
    # month; SQLite inserts in parts.
    assert counts[0] == 9
    assert counts[1] <= 10


def test_a_hint_whose_work_is_done_takes_one_statement(scene):
    call = ended(scene)
    settle_due(hint=call.pk, now=after(1))
    with Statements() as taken:
        settle_due(hint=call.pk, now=after(2))
    assert len(taken) == 1


def test_no_more_are_claimed_than_one_transaction_should_hold(scene, monkeypatch):
    monkeypatch.setattr(claims, "CLAIMED_AT_ONCE", 2)
    calls = [ended(scene) for _ in range(3)]
    settle_due(hint=calls[2].pk, now=after(1))
    assert len(settled()) == 2


def test_what_must_wait_for_its_facts_waits_and_the_others_do_not(scene):
    waiting, ready = ended(scene, is_final=False), ended(scene)
    settle_due(hint=waiting.pk, now=after(1))
    assert settled() == {ready.pk}
    row = Outbox.objects.get(kind=SETTLE, call=waiting)
    assert (row.done_at, row.due_at > after(1)) == (None, True)


def test_a_call_that_cannot_be_priced_takes_its_batch_with_it_but_not_for_long(scene):
    good, bad = ended(scene), unpriceable(scene)
    with pytest.raises(PriceMissing):
        settle_due(hint=good.pk, now=after(1))
    assert settled() == set()
    with pytest.raises(PriceMissing):
        tasks.settle_call(good.pk)
    assert settled() == {good.pk}
    row = Outbox.objects.get(kind=SETTLE, call=bad)
    assert row.last_error.startswith("PriceMissing: No price book is in force at 2001")
    assert (row.done_at, LedgerEntry.objects.filter(call=bad).exists()) == (None, False)


def test_a_call_that_the_database_refuses_spoils_no_other_settlement(scene, monkeypatch):
    calls = [ended(scene) for _ in range(3)]
    book = ledger.PriceBook.objects.get(version=1)
    foreign = ledger.Charge("stt", 1, "second", 1)
    # This line was written by hand, under the key of another call.
    ledger.posting(
        ledger.Bill(calls[0], [foreign], book), foreign, key=f"call:{calls[1].pk}:stt", now=NOW
    ).save()
    with pytest.raises(IntegrityError):
        tasks.settle_call(calls[0].pk)
    assert settled() == {calls[0].pk, calls[2].pk}
    assert "IntegrityError" in Outbox.objects.get(kind=SETTLE, call=calls[1]).last_error


def test_a_bad_call_is_not_in_the_next_batch(scene):
    bad = unpriceable(scene)
    with pytest.raises(PriceMissing):
        tasks.settle_call(bad.pk)
    good = ended(scene)
    settle_due(hint=good.pk, now=timezone.now())
    assert settled() == {good.pk}


def test_a_bad_call_is_given_up_after_its_attempts_and_its_batches_continue(scene):
    bad = unpriceable(scene)
    Outbox.objects.filter(call=bad).update(attempts=delivery.MAX_ATTEMPTS)
    sweep(now=after(10))
    good = ended(scene)
    settle_due(hint=good.pk, now=after(20))
    assert settled() == {good.pk}
    assert Outbox.objects.get(kind=SETTLE, call=bad).dead_at == after(10)
