"""A month of calls for pages and screenshots: whole, believable, and the same when made again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Sum

from testing.month import add_month, planned
from testing.office import Office
from usage.models import Call, LedgerEntry, Turn

NOW = datetime(2026, 5, 14, 12, 0, tzinfo=UTC)  # a Thursday
DAYS = 9


@pytest.fixture
def office(cast) -> Office:
    return Office(cast.acorn)


def test_every_call_has_ended_is_settled_and_was_charged(office):
    written = add_month(office, now=NOW, days=DAYS, calls_a_day=3)
    calls = Call.objects.filter(org=office.org)
    assert written == calls.count() > DAYS
    assert not calls.filter(settled_at=None).exists()
    assert calls.latest("opened_at").ended_at < NOW
    assert calls.earliest("opened_at").opened_at < NOW - timedelta(days=DAYS - 1)
    charged = LedgerEntry.objects.filter(org=office.org).aggregate(sum=Sum("amount_micros"))["sum"]
    assert charged > 0
    assert LedgerEntry.objects.filter(org=office.org).values("call").distinct().count() == written


def test_calls_differ_as_those_of_a_practice_do(office):
    add_month(office, now=NOW, days=DAYS, calls_a_day=12)
    calls = Call.objects.filter(org=office.org)
    assert {"stop", "agent_hung_up"} <= set(calls.values_list("end_reason", flat=True))
    assert 10 < calls.values("from_number").distinct().count() < calls.count()
    turns = Turn.objects.filter(call__org=office.org)
    assert turns.filter(interrupted=True, role="agent").exists()
    assert turns.values("text").distinct().count() > 20


def test_made_again_it_adds_only_the_days_since(office):
    first = add_month(office, now=NOW, days=DAYS, calls_a_day=3)
    assert add_month(office, now=NOW, days=DAYS, calls_a_day=3) == 0
    added = add_month(office, now=NOW + timedelta(days=1), days=DAYS, calls_a_day=3)
    assert added > 0
    assert Call.objects.filter(org=office.org).count() == first + added


def test_a_day_is_the_same_on_every_machine():
    [first, *_] = planned(NOW.date())
    assert first == next(iter(planned(NOW.date())))
    assert first.lines[0].text.startswith("Hello, this is Harbour Dental")
