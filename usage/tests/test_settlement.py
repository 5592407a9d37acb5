"""From the signals that a call is over to its ledger lines."""

import pytest
from django.conf import settings

from usage.models import Call, LedgerEntry, Outbox, Price, PriceBook
from usage.settlement import finalize, settle
from usage.tests.scene import NOW, Scene, after, lines, snapshot
from voicex.errors import PriceMissing

USED = {
    "stream_ms": 61_000,
    "stt_ms": 7_200,
    "llm_tokens_in": 300,
    "llm_tokens_out": 40,
    "tts_characters": 90,
}
# Price book 1 on the scripted engines.
SETTLED = [
    ("telephony", 2, 17_000),
    ("stt", 8, 80),
    ("llm_in", 300, 15),
    ("llm_out", 40, 8),
    ("tts", 90, 90),
]
STALE = settings.CALL_STALE_SECONDS


@pytest.fixture
def call(scene):
    return scene.talks()


def end(call, *, now=NOW, reason="stop", **evidence):
    finalize(call.pk, reason=reason, now=now, evidence=evidence)


def test_a_call_that_ends_in_order_is_settled_from_its_final_snapshot(call):
    snapshot(call, 1, is_final=True, now=after(61), **USED)
    end(call, now=after(61))
    assert settle(call.pk, now=after(62))
    assert lines(call) == SETTLED
    call.refresh_from_db()
    assert (call.state, call.settled_at) == (Call.State.ENDED, after(62))
    assert Outbox.objects.get().done_at == after(62)


def test_settling_twice_posts_once(call):
    snapshot(call, 1, is_final=True, **USED)
    end(call)
    assert settle(call.pk, now=after(1))
    assert settle(call.pk, now=after(2))
    assert lines(call) == SETTLED
    assert Call.objects.get().settled_at == after(1)


def test_the_first_signal_says_why_the_call_ended(call):
    end(call, now=after(10), reason="stop")
    end(call, now=after(11), reason="status_callback", status="completed", duration_s=11)
    end(call, now=after(12), reason="stream_callback", stream="stream-stopped")
    call.refresh_from_db()
    assert (call.end_reason, call.ended_at) == ("stop", after(10))
    assert call.carrier == {"status": "completed", "duration_s": 11, "stream": "stream-stopped"}
    assert Outbox.objects.count() == 1


def test_a_call_that_goes_on_is_not_settled(call):
    snapshot(call, 1, **USED)
    assert settle(call.pk, now=after(1_000)) is False
    assert lines(call) == []


def test_settlement_waits_for_the_session_to_write_its_final_snapshot(call):
    snapshot(call, 1, now=after(50), stream_ms=50_000)
    end(call, now=after(61), reason="stream_callback")
    assert settle(call.pk, now=after(61)) is False
    row = Outbox.objects.get()
    assert (row.done_at, row.due_at) == (None, after(50 + STALE))
    snapshot(call, 2, is_final=True, now=after(62), **USED)
    assert Outbox.objects.get().due_at == after(62)
    assert settle(call.pk, now=after(62))
    assert lines(call) == SETTLED


def test_a_dead_process_is_settled_from_its_last_snapshot(call):
    snapshot(call, 1, now=after(61), **USED)
    end(call, now=after(70), reason="socket_closed")
    assert settle(call.pk, now=after(61 + STALE - 1)) is False
    assert settle(call.pk, now=after(61 + STALE))
    assert lines(call) == SETTLED


def test_a_call_without_a_stream_is_settled_at_once_with_nothing_to_pay(scene):
    call = scene.rings()
    end(call, now=after(5), reason="status_callback", status="no-answer")
    assert settle(call.pk, now=after(5))
    assert lines(call) == []
    assert scene.redeems(call, now=after(6)) is None


def test_facts_that_come_after_the_ledger_are_posted_as_a_correction(call):
    """A paused process wakes up and writes what it knew, long after the sweeper settled."""
    snapshot(call, 1, now=after(30), stream_ms=30_000, tts_characters=90)
    end(call, now=after(90), reason="stale")
    assert settle(call.pk, now=after(91))
    snapshot(call, 2, now=after(300), is_final=True, stream_ms=70_000, tts_characters=90)
    assert Outbox.objects.get().done_at is None
    assert settle(call.pk, now=after(300))
    assert lines(call) == [
        ("telephony", 1, 8_500),
        ("tts", 90, 90),
        ("telephony:r1", -1, -8_500),
        ("telephony:v2", 2, 17_000),
    ]


def test_a_late_snapshot_of_a_lower_sequence_changes_nothing(call):
    snapshot(call, 5, is_final=True, **USED)
    end(call)
    settle(call.pk, now=after(1))
    snapshot(call, 4, stream_ms=1)
    assert Outbox.objects.get().done_at is not None


def test_what_the_carrier_says_about_the_duration_costs_nothing(call):
    snapshot(call, 1, is_final=True, **USED)
    end(call, reason="status_callback", duration_s=99_999)
    settle(call.pk, now=after(1))
    assert lines(call) == SETTLED


def test_the_price_book_in_force_when_the_call_began_holds(call):
    dearer = PriceBook.objects.create(version=2, effective_from=after(1))
    for price in PriceBook.objects.get(version=1).prices.all():
        Price.objects.create(
            book=dearer,
            component=price.component,
            engine=price.engine,
            unit=price.unit,
            micros=price.micros * 10,
            per=price.per,
        )
    later = Scene().talks(now=after(2))
    for one in (call, later):
        snapshot(one, 1, is_final=True, stream_ms=1_000)
        end(one, now=after(10))
        settle(one.pk, now=after(10))
    assert lines(call) == [("telephony", 1, 8_500)]
    assert lines(later) == [("telephony", 1, 85_000)]
    assert LedgerEntry.objects.get(call=later).price_book == dearer


def test_a_missing_price_posts_nothing_and_leaves_the_work_open(db):
    call = Scene(engine="unheard-of").talks()
    snapshot(call, 1, is_final=True, **USED)
    end(call)
    with pytest.raises(PriceMissing, match="stt on engine 'unheard-of'"):
        settle(call.pk, now=after(1))
    assert lines(call) == []
    assert Outbox.objects.get().done_at is None
    assert Call.objects.get().settled_at is None


def test_a_call_before_every_price_book_is_an_error_in_words(scene):
    call = scene.talks(now=NOW.replace(year=2001))
    snapshot(call, 1, is_final=True, **USED)
    end(call)
    with pytest.raises(PriceMissing, match="No price book is in force at 2001"):
        settle(call.pk, now=after(1))


def test_every_local_and_scripted_component_has_a_price(db):
    for engine in ("local", "scripted"):
        call = Scene(engine=engine).talks()
        snapshot(call, 1, is_final=True, **USED)
        end(call)
        settle(call.pk, now=after(1))
        assert [amount > 0 for _, _, amount in lines(call)] == [True] * 5
