"""Price books: the next one begins with the last, and none leaves a call without a price."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.audit.platform_log import history_of
from agents.engines import registry
from agents.engines.spec import EngineSpec, ListPrice
from testing.scene import NOW, snapshot
from usage.billing import price_books
from usage.billing.price_books import (
    PriceRow,
    current_book,
    draft_prices,
    prices_of,
    proposed_prices,
    publish_book,
    without_price,
)
from usage.billing.settlement import finalize, settle
from usage.models import LedgerEntry, PriceBook


def published(prices, *, hours=1):
    moment = timezone.now() + timedelta(hours=hours)
    return publish_book(prices, effective_from=moment, note="More", actor=None)


def test_a_draft_can_be_published_as_it_is(db):
    before = draft_prices()
    book = published(before)
    assert (book.version, book.note) == (2, "More")
    assert draft_prices() == before
    assert {row.engine for row in before if row.component == "stt"} >= {"", "local", "openai"}


def test_a_draft_proposes_the_highest_price_for_engines_without_one(db):
    proposed = next(row for row in draft_prices() if (row.component, row.engine) == ("tts", ""))
    assert (proposed.micros, proposed.per) == (30_000_000, 1_000_000)


@pytest.fixture
def new_engine(monkeypatch):
    """An engine that no price book knows yet, with its list prices."""
    card = EngineSpec(stt="a.stt", tts="a.tts", prices=(ListPrice("tts", 15, 2, cost_micros=9),))
    monkeypatch.setitem(registry.ENGINES, "sirius", card)


def test_a_draft_proposes_the_list_prices_of_engines_without_one(db, new_engine):
    [proposed] = proposed_prices()
    assert proposed == PriceRow("tts", "sirius", "character", 15, 9, 2)
    assert proposed in draft_prices()
    assert published(draft_prices()).prices.get(engine="sirius").micros == 15
    assert proposed_prices() == []


def test_parts_of_engines_without_a_price_of_their_own_are_named(db, new_engine):
    assert without_price(prices_of(PriceBook.objects.get())) == [
        ("stt", "sirius"),
        ("tts", "sirius"),
    ]
    assert without_price(draft_prices()) == [("stt", "sirius")]


def test_every_list_price_is_in_the_first_book(db):
    assert proposed_prices() == []
    assert without_price(prices_of(PriceBook.objects.get())) == []
    ours = {(row.component, row.engine): row for row in prices_of(PriceBook.objects.get())}
    for name, card in registry.ENGINES.items():
        for price in card.prices:
            row = ours[price.component, name]
            assert (row.micros, row.per) == (price.micros, price.per)


def test_a_book_comes_into_force_at_its_moment(db):
    first = PriceBook.objects.get()
    book = published(draft_prices(), hours=2)
    assert current_book(timezone.now()) == first
    assert current_book(timezone.now() + timedelta(hours=3)) == book


def test_who_published_a_book_is_in_the_platforms_log(cast):
    moment = timezone.now() + timedelta(hours=1)
    book = publish_book(draft_prices(), effective_from=moment, note="More", actor=cast.olga)
    [entry] = history_of(book)
    assert (entry.user, entry.change_message) == (cast.olga, "More")


def test_a_book_of_the_past_is_refused(db):
    with pytest.raises(ValidationError, match="in the future"):
        published(draft_prices(), hours=-1)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: rows[1:], "every engine to: Telephony"),
        (lambda rows: [*rows, rows[0]], "Telephony on every engine has two prices"),
        (lambda rows: [replace(rows[0], unit="second"), *rows[1:]], "priced per minute"),
        (lambda rows: [replace(rows[0], per=0), *rows[1:]], "zero or more"),
        (lambda rows: [replace(rows[0], cost_micros=-1), *rows[1:]], "zero or more"),
        (lambda rows: [replace(rows[0], component="tax"), *rows[1:]], "Unknown component tax"),
    ],
)
def test_a_book_that_would_go_wrong_is_refused_in_words(db, change, says):
    with pytest.raises(ValidationError, match=says):
        published(change(draft_prices()))
    assert PriceBook.objects.count() == 1


@pytest.mark.parametrize("is_at_once", [False, True])
def test_a_book_that_another_one_has_overtaken_is_refused(db, monkeypatch, is_at_once):
    rows = draft_prices()
    published(rows)
    if is_at_once:  # neither has seen the other's
        monkeypatch.setattr(price_books, "latest_version", lambda: 1)
    moment = timezone.now() + timedelta(hours=1)
    with pytest.raises(ValidationError) as refused:
        publish_book(rows, effective_from=moment, note="", actor=None, based_on=1)
    assert refused.value.code == price_books.OVERTAKEN


def test_a_line_keeps_what_it_cost_the_platform_and_a_reversal_takes_it_back(scene):
    call = scene.talks()
    snapshot(call, 1, is_final=True, stream_ms=1_000, stt_ms=1_000)
    finalize(call.pk, reason="stop", now=NOW)
    settle(call.pk, now=NOW)
    snapshot(call, 2, is_final=True, stream_ms=61_000, stt_ms=1_000)
    settle(call.pk, now=NOW)
    lines = LedgerEntry.objects.order_by("pk").values_list("component", "cost_micros")
    assert list(lines) == [
        ("telephony", 8_500),
        ("stt", 0),  # the platform's own engine
        ("telephony", -8_500),
        ("telephony", 17_000),
    ]
