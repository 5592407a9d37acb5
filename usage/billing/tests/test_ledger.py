"""The ledger only grows."""

import pytest
from django.db import IntegrityError, connection, transaction

from testing.scene import NOW, Statements, lines
from usage.billing.ledger import Bill, bring_in_line, posting, reversal
from usage.billing.rating import Charge
from usage.models import LedgerEntry, Price, PriceBook

pytestmark = pytest.mark.core

STT = Charge("stt", 8, "second", 80)
TTS = Charge("tts", 100, "character", 100)


@pytest.fixture
def call(scene):
    return scene.rings()


@pytest.fixture
def book(db):
    return PriceBook.objects.get(version=1)


@pytest.fixture
def entry(call, book):
    line = posting(Bill(call, [STT], book), STT, key="call:0:stt", now=NOW)
    line.save()
    return line


def test_a_posted_line_is_that_of_its_charge(entry, call, book):
    stored = LedgerEntry.objects.get()
    assert stored == entry
    assert (stored.org, stored.call, stored.price_book) == (call.org, call, book)
    assert (stored.quantity, stored.unit, stored.amount_micros) == (8, "second", 80)
    assert stored.posted_at == NOW


def test_a_reversal_is_the_same_line_negative_and_names_it(entry):
    undo = reversal(entry, key="call:0:stt:r1", now=NOW)
    assert (undo.quantity, undo.amount_micros, undo.reverses) == (-8, -80, entry)
    assert (undo.component, undo.unit, undo.price_book) == ("stt", "second", entry.price_book)


def test_a_line_is_posted_once(entry, call, book):
    with pytest.raises(IntegrityError), transaction.atomic():
        posting(Bill(call, [STT], book), STT, key=entry.key, now=NOW).save()


def test_a_line_is_reversed_once(entry):
    reversal(entry, key="call:0:stt:r1", now=NOW).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        reversal(entry, key="call:0:stt:r2", now=NOW).save()


def test_the_model_refuses_change_and_deletion(entry):
    entry.amount_micros = 1
    with pytest.raises(TypeError, match="never changed"):
        entry.save()
    with pytest.raises(TypeError, match="never deleted"):
        entry.delete()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE usage_ledgerentry SET amount_micros = 1",
        "DELETE FROM usage_ledgerentry",
    ],
)
def test_the_database_refuses_change_and_deletion(entry, statement):
    with (
        pytest.raises(IntegrityError, match="never changed or deleted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert LedgerEntry.objects.get().amount_micros == 80


def test_a_bulk_update_that_passes_by_the_model_is_refused_too(entry):
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.update(amount_micros=1)


def test_prices_are_written_once_too(book):
    price = book.prices.first()
    for row in (book, price):
        with pytest.raises(TypeError):
            row.save()
    assert isinstance(price, Price)


def test_lines_that_say_the_same_are_left_alone(call, book):
    for _ in range(3):
        bring_in_line([Bill(call, [STT, TTS], book)], now=NOW)
    assert lines(call) == [("stt", 8, 80), ("tts", 100, 100)]


def test_a_changed_charge_is_reversed_and_posted_again_each_time(call, book):
    more = Charge("stt", 9, "second", 90)
    for charges in ([STT, TTS], [more, TTS], [STT, TTS]):
        bring_in_line([Bill(call, charges, book)], now=NOW)
    assert lines(call) == [
        ("stt", 8, 80),
        ("tts", 100, 100),
        ("stt:r1", -8, -80),
        ("stt:v2", 9, 90),
        ("stt:r2", -9, -90),
        ("stt:v3", 8, 80),
    ]


def test_a_charge_that_falls_away_and_comes_back_keeps_its_history(call, book):
    for charges in ([STT], [], [STT]):
        bring_in_line([Bill(call, charges, book)], now=NOW)
    assert lines(call) == [("stt", 8, 80), ("stt:r1", -8, -80), ("stt:v2", 8, 80)]


def test_many_calls_are_brought_in_line_with_one_read_and_one_insert(scene, book):
    calls = [scene.rings() for _ in range(3)]
    bring_in_line([Bill(calls[0], [STT], book)], now=NOW)
    bills = [Bill(call, [TTS], book) for call in calls]
    with Statements() as written:
        bring_in_line(bills, now=NOW)
    assert len(written) == 2
    assert [lines(call) for call in calls] == [
        [("stt", 8, 80), ("tts", 100, 100), ("stt:r1", -8, -80)],
        [("tts", 100, 100)],
        [("tts", 100, 100)],
    ]
