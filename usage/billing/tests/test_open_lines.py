"""What has no price yet: the call is settled, the line is seen, and a later book closes it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from testing.scene import NOW, Scene, after, lines, snapshot
from usage import tasks
from usage.billing import open_lines
from usage.billing.settlement import SETTLE, finalize, settle
from usage.models import Call, CallAnalysis, LedgerEntry, Outbox, Price, PriceBook, UsageMonth
from usage.outbox import delivery

UNITS = {"stt": "second", "llm_in": "token", "llm_out": "token", "tts": "character"}


@pytest.fixture(autouse=True)
def _no_message_arrives(monkeypatch):
    monkeypatch.setattr(delivery, "send", lambda kind, subject_id: True)


@pytest.fixture
def call(db):
    """A call on an engine that no book prices, settled."""
    call = Scene(engine="unheard-of").talks()
    snapshot(call, 1, is_final=True, stream_ms=61_000, stt_ms=7_200, tts_characters=90)
    finalize(call.pk, reason="stop", now=NOW)
    assert settle(call.pk, now=after(1))
    return call


def new_book(*, days, prices):
    """The next book, in force so many days after the scene; prices: (component, engine, micros)."""
    book = PriceBook.objects.create(
        version=PriceBook.objects.count() + 1, effective_from=NOW + timedelta(days=days)
    )
    for component, engine, micros in prices:
        Price.objects.create(
            book=book, component=component, engine=engine, unit=UNITS[component], micros=micros
        )
    return book


def swept(*, days):
    """What a sweep and the settlements after it do, so many days after the scene."""
    now = NOW + timedelta(days=days)
    open_lines.settle_priced(now=now)
    for row in Outbox.objects.filter(done_at=None):
        settle(row.call_id, now=now)


def test_a_call_without_a_price_is_settled_with_open_lines(call):
    assert lines(call) == [("telephony", 2, 17_000), ("stt", 8, 0), ("tts", 90, 0)]
    assert list(LedgerEntry.objects.values_list("is_open", flat=True)) == [False, True, True]
    assert Outbox.objects.get(kind=SETTLE).done_at == after(1)
    assert Call.objects.get().settled_at == after(1)


def test_what_waits_is_named_with_its_engine(call):
    assert sorted(open_lines.waiting(), key=lambda each: each.component) == [
        open_lines.OpenLines("speech-to-text", "unheard-of", 1),
        open_lines.OpenLines("text-to-speech", "unheard-of", 1),
    ]


def test_a_later_book_closes_the_lines_that_it_prices(call):
    book = new_book(days=1, prices=[("stt", "unheard-of", 10), ("tts", "another", 5)])
    swept(days=2)
    assert lines(call)[3:] == [("stt:r1", -8, 0), ("stt:v2", 8, 80)]
    assert LedgerEntry.objects.get(key__endswith="stt:v2").price_book == book
    assert [each.component for each in open_lines.waiting()] == ["text-to-speech"]
    assert UsageMonth.objects.get().amount_micros == 17_080
    swept(days=3)
    assert len(lines(call)) == 5


def test_a_book_closes_nothing_before_it_is_in_force(call):
    new_book(days=5, prices=[("stt", "", 10)])
    swept(days=2)
    assert len(lines(call)) == 3
    swept(days=6)
    assert lines(call)[-1] == ("stt:v2", 8, 80)


def test_the_first_book_with_a_price_closes_a_line_and_no_later_one(call):
    new_book(days=1, prices=[("stt", "unheard-of", 10)])
    new_book(days=2, prices=[("stt", "unheard-of", 99)])
    swept(days=3)
    assert lines(call)[-1] == ("stt:v2", 8, 80)


def test_a_priced_line_keeps_its_price(scene):
    call = scene.talks()
    snapshot(call, 1, is_final=True, stt_ms=1_000)
    finalize(call.pk, reason="stop", now=NOW)
    settle(call.pk, now=after(1))
    new_book(days=1, prices=[("stt", "", 99)])
    swept(days=2)
    settle(call.pk, now=NOW + timedelta(days=2))
    assert lines(call) == [("stt", 1, 10)]


def test_a_book_that_was_written_while_the_line_was_posted_closes_it(call):
    PriceBook.objects.create(version=2, effective_from=after(0.5))  # posted after 1 s, without it
    Price.objects.create(
        book=PriceBook.objects.get(version=2), component="stt", unit="second", micros=10
    )
    swept(days=1)
    assert lines(call)[-1] == ("stt:v2", 8, 80)


def test_a_call_that_cannot_be_settled_again_is_given_up_as_others_are(call):
    new_book(days=1, prices=[("stt", "unheard-of", 10)])
    now = NOW + timedelta(days=2)
    open_lines.settle_priced(now=now)
    Outbox.objects.update(attempts=7, due_at=now + timedelta(hours=1))
    open_lines.settle_priced(now=now)
    assert Outbox.objects.get(kind=SETTLE).attempts == 7
    Outbox.objects.update(dead_at=now)
    open_lines.settle_priced(now=now)
    assert Outbox.objects.get(kind=SETTLE).dead_at == now


def test_the_sweeper_looks_for_prices(call):
    now = timezone.now()
    PriceBook.objects.create(version=2, effective_from=now - timedelta(seconds=1))
    Price.objects.create(
        book=PriceBook.objects.get(version=2), component="stt", unit="second", micros=10
    )
    tasks.sweep()
    assert Outbox.objects.get(kind=SETTLE, call=call).done_at is None


def test_open_lines_are_as_unchangeable_as_others(call):
    with pytest.raises(DatabaseError, match="never changed"):
        LedgerEntry.objects.filter(is_open=True).update(is_open=False)


def test_an_analysis_is_priced_by_a_later_book_of_its_model(db):
    call = Scene(engine="unheard-of").talks()
    snapshot(call, 1, is_final=True)
    finalize(call.pk, reason="stop", now=NOW)
    CallAnalysis.objects.create(
        call=call, outcome="answered", tokens_in=10, tokens_out=2, made_at=NOW
    )
    assert settle(call.pk, now=after(1))
    assert lines(call) == [("analysis_in", 10, 0), ("analysis_out", 2, 0)]
    new_book(days=1, prices=[("llm_in", "", 5), ("llm_out", "unheard-of", 7)])
    swept(days=2)
    assert lines(call)[2:] == [
        ("analysis_in:r1", -10, 0),
        ("analysis_in:v2", 10, 50),
        ("analysis_out:r1", -2, 0),
        ("analysis_out:v2", 2, 14),
    ]
