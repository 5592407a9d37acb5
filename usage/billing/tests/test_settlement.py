"""From the signals that a call is over to its ledger lines."""

from datetime import timedelta

import pytest
from django.conf import settings

from testing.scene import NOW, Scene, after, lines, snapshot
from usage.billing.settlement import NO_WORD_AFTER, SETTLE, finalize, record_end, settle, sweep
from usage.models import Call, LedgerEntry, Outbox, Price, PriceBook, Transfer
from usage.quota.quotas import slots_in_use
from usage.takeover import states
from voicex.errors import PriceMissing

pytestmark = pytest.mark.core

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


def end(call, *, now=NOW, reason="stop"):
    """The process that carries the call leaves it."""
    finalize(call.pk, reason=reason, now=now)


def told(call, *, now, reason, **evidence):
    """The carrier says that the call is over; whether a process has to be notified."""
    return record_end(call.pk, reason=reason, now=now, evidence=evidence)


def test_a_call_that_ends_in_order_is_settled_from_its_final_snapshot(call):
    snapshot(call, 1, is_final=True, now=after(61), **USED)
    end(call, now=after(61))
    assert settle(call.pk, now=after(62))
    assert lines(call) == SETTLED
    call.refresh_from_db()
    assert (call.state, call.settled_at) == (Call.State.ENDED, after(62))
    assert Outbox.objects.get(kind=SETTLE).done_at == after(62)


def test_settling_twice_posts_once(call):
    snapshot(call, 1, is_final=True, **USED)
    end(call)
    assert settle(call.pk, now=after(1))
    assert settle(call.pk, now=after(2))
    assert lines(call) == SETTLED
    assert Call.objects.get().settled_at == after(1)


def test_the_process_that_leaves_a_call_says_when_and_why_it_ended(call):
    assert told(call, now=after(9), reason="stream_callback", stream="stream-stopped")
    end(call, now=after(10), reason="stop")
    end(call, now=after(11), reason="internal_error")
    assert not told(call, now=after(12), reason="status", status="completed", duration_s=11)
    call.refresh_from_db()
    assert (call.end_reason, call.ended_at) == ("stop", after(10))
    assert call.carrier_report == {
        "status": "completed",
        "duration_s": 11,
        "stream": "stream-stopped",
    }
    assert Outbox.objects.filter(kind=SETTLE).count() == 1


def test_word_of_a_call_that_is_carried_ends_nothing_and_is_an_order_to_its_process(call):
    assert told(call, now=after(5), reason="stream_stopped", stream="stream-stopped")
    assert told(call, now=after(6), reason="carrier_completed", status="completed")
    call.refresh_from_db()
    assert (call.state, call.ended_at) == (Call.State.LIVE, None)
    assert slots_in_use(call.org, now=after(6)) == 1
    assert settle(call.pk, now=after(6)) is False
    assert not Outbox.objects.exists()
    # The order may be lost; the heartbeat meets it. The first report counts.
    assert snapshot(call, 1, now=after(10)) == "stream_stopped"


def test_a_heartbeat_of_a_live_call_orders_nothing(call):
    assert snapshot(call, 1, now=after(10)) == ""


def test_a_process_that_wakes_up_after_the_sweeper_has_to_leave(call):
    sweep(now=after(STALE + 1))
    assert snapshot(call, 1, now=after(STALE + 2)) == "stale"
    assert slots_in_use(call.org, now=after(STALE + 2)) == 0


def test_a_call_whose_process_died_ends_as_reported_and_lasted_until_its_last_sign(call):
    snapshot(call, 1, now=after(20))
    assert told(call, now=after(25), reason="stream_lost", after_status="in-progress")
    assert slots_in_use(call.org, now=after(20 + STALE)) == 1
    assert slots_in_use(call.org, now=after(21 + STALE)) == 0
    sweep(now=after(21 + STALE))
    call.refresh_from_db()
    assert (call.state, call.end_reason) == (Call.State.ENDED, "stream_lost")
    assert call.ended_at == after(20)


def test_a_report_of_a_call_that_no_process_carries_any_more_ends_it(call):
    assert not told(call, now=after(STALE + 1), reason="carrier_completed", status="completed")
    call.refresh_from_db()
    assert (call.state, call.end_reason) == (Call.State.ENDED, "carrier_completed")
    assert Outbox.objects.filter(kind=SETTLE).count() == 1


def test_a_live_call_is_not_settled(call):
    snapshot(call, 1, **USED)
    assert settle(call.pk, now=after(1_000)) is False
    assert lines(call) == []


def test_settlement_waits_for_the_session_to_write_its_final_snapshot(call):
    snapshot(call, 1, now=after(50), stream_ms=50_000)
    end(call, now=after(61))
    assert settle(call.pk, now=after(61)) is False
    row = Outbox.objects.get(kind=SETTLE)
    assert (row.done_at, row.due_at) == (None, after(50 + STALE))
    snapshot(call, 2, is_final=True, now=after(62), **USED)
    assert Outbox.objects.get(kind=SETTLE).due_at == after(62)
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
    assert not told(call, now=after(5), reason="carrier_no_answer", status="no-answer")
    assert settle(call.pk, now=after(5))
    assert lines(call) == []
    assert scene.redeems(call, now=after(6)) is None


def test_facts_that_come_after_the_ledger_are_posted_as_a_correction(call):
    """A paused process wakes up and writes what it knew, long after the sweeper settled."""
    snapshot(call, 1, now=after(30), stream_ms=30_000, tts_characters=90)
    end(call, now=after(90), reason="stale")
    assert settle(call.pk, now=after(91))
    snapshot(call, 2, now=after(300), is_final=True, stream_ms=70_000, tts_characters=90)
    assert Outbox.objects.get(kind=SETTLE).done_at is None
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
    assert Outbox.objects.get(kind=SETTLE).done_at is not None


def test_what_the_carrier_says_about_the_duration_costs_nothing(call):
    snapshot(call, 1, is_final=True, **USED)
    told(call, now=NOW, reason="carrier_completed", duration_s=99_999)
    end(call)
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


def test_of_a_call_without_words_a_report_is_kept_without_texts(call):
    end(call)
    Call.objects.update(words_deleted_at=NOW)
    told(call, now=after(9), reason="carrier_completed", duration=9, note="I am Ada Lovelace.")
    call.refresh_from_db()
    assert call.carrier_report == {"duration": 9}


@pytest.fixture
def put_through(call):
    """A call whose caller is being put through, by a stream that is over."""
    Call.objects.update(state=Call.State.TRANSFERRING, stream_sid="MZ1", heartbeat_at=NOW)
    Transfer.objects.create(
        call=call, number=1, target="Ada", address="+493012", briefing="Hello.", began_at=NOW
    )
    return call


def test_a_call_that_ends_while_it_is_put_through_gives_the_transfer_up(put_through):
    assert not record_end(put_through.pk, reason="stream_stopped", now=NOW, stream_id="MZ1")
    put_through.refresh_from_db()
    assert put_through.ended_at is None  # that stream has done its part
    told(put_through, now=after(9), reason="carrier_completed")
    put_through.refresh_from_db()
    assert put_through.state == Call.State.ENDED
    transfer = Transfer.objects.get()
    assert (transfer.result, transfer.briefing) == ("unknown", "")
    assert transfer.ended_at == after(9)


def test_a_transfer_of_which_no_word_comes_is_given_up_with_its_call(put_through):
    later = NOW + NO_WORD_AFTER + timedelta(seconds=1)
    sweep(now=later)
    put_through.refresh_from_db()
    assert put_through.end_reason == "transfer_failed"
    assert Transfer.objects.get().result == "unknown"


def test_a_call_that_is_lost_after_the_clock_was_set_back_ended_when_it_was_written_last(call):
    snapshot(call, 1, now=after(3_600), stream_ms=60_000)
    used = {"stream_ms": 61_000}  # and then the clock is set back by an hour
    assert states.save(call.pk, generation=0, state=b"state", used=used, now=after(1))
    snapshot(call, 2, now=after(9), stream_ms=61_000)  # a heartbeat is never set back
    sweep(now=after(3_601 + STALE))
    call.refresh_from_db()
    assert (call.ended_at, call.heartbeat_at) == (after(1), after(3_600))


def test_a_call_does_not_end_later_than_now_and_is_settled_when_its_heartbeat_lies_ahead(call):
    snapshot(call, 1, stream_ms=61_000)
    Call.objects.update(heartbeat_at=after(3_600), state=Call.State.RETURNING)
    told(call, now=after(9), reason="carrier_completed")  # no process carries it
    call.refresh_from_db()
    assert call.ended_at == after(9)
    assert not settle(call.pk, now=after(8 + STALE))
    assert settle(call.pk, now=after(9 + STALE))


def test_a_stream_of_before_a_transfer_is_no_end_of_the_call_that_came_back(put_through):
    Call.objects.update(state=Call.State.LIVE, stream_sid="MZ2", heartbeat_at=NOW)
    assert not record_end(put_through.pk, reason="stream_stopped", now=NOW, stream_id="MZ1")
    put_through.refresh_from_db()
    assert (put_through.state, put_through.end_reason) == (Call.State.LIVE, "")
