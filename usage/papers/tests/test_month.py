"""What a month's calls cost: by the organization's clocks, and equal to the ledger."""

from datetime import date, datetime, timedelta

import pytest
from django.db.models import Sum

from testing.scene import NOW, Scene, snapshot
from usage.billing.settlement import finalize, settle
from usage.models import Call, LedgerEntry
from usage.papers import month as months
from usage.reads.sums import Period, usage_by_component


@pytest.fixture
def scene(db):
    return Scene()


def talk(scene, *, at: datetime, seconds: int = 61):
    call = scene.talks(now=at)
    used = {"stream_ms": seconds * 1000, "stt_ms": 7_000, "tts_characters": 333}
    snapshot(call, 1, now=at, is_final=True, **used)
    finalize(call.pk, reason="stop", now=at)
    settle(call.pk, now=at)
    return call


def in_month(scene, month):
    return months.calls_of(scene.org, months.span_of(scene.org, month))


def test_a_call_counts_in_the_month_that_its_organizations_clocks_show(scene):
    talk(scene, at=datetime.fromisoformat("2026-04-30T22:30:00+00:00"))
    talk(scene, at=datetime.fromisoformat("2026-05-31T21:59:59+00:00"))
    talk(scene, at=datetime.fromisoformat("2026-05-31T22:00:00+00:00"))
    assert in_month(scene, date(2026, 4, 1)).total.calls == 1
    scene.org.time_zone = "Europe/Berlin"
    assert in_month(scene, date(2026, 4, 1)).total.calls == 0
    may = in_month(scene, date(2026, 5, 1))
    assert (may.total.calls, list(may.days)) == (2, [date(2026, 5, 1), date(2026, 5, 31)])
    assert in_month(scene, date(2026, 6, 1)).total.calls == 1


def test_every_sum_is_that_of_the_ledger_to_the_micro_dollar(scene):
    for day in range(5):
        talk(scene, at=NOW + timedelta(days=day), seconds=40 + 33 * day)
    late = talk(scene, at=NOW)
    snapshot(late, 2, now=NOW, is_final=True, stream_ms=500_000, llm_tokens_in=77)
    settle(late.pk, now=NOW)
    used = in_month(scene, NOW.date())
    lines = LedgerEntry.objects.filter(org=scene.org)
    assert lines.exclude(reverses=None).exists()
    posted = lines.aggregate(Sum("amount_micros"))["amount_micros__sum"]
    assert used.total.amount_micros == posted > 0
    for parts in (used.agents, used.numbers, used.days):
        assert sum(each.amount_micros for each in parts.values()) == posted
        assert sum(each.calls for each in parts.values()) == used.total.calls == 6
        assert sum(each.minutes for each in parts.values()) == used.total.minutes
    # The sums that pages read are of the same days.
    period = Period(date(2026, 5, 1), date(2026, 5, 31))
    assert {
        each.component: (each.quantity, each.amount_micros)
        for each in usage_by_component(scene.org, period)
    } == {
        name: (each.quantity, each.amount_micros)
        for name, each in used.components.items()
        if each.quantity
    }


def test_the_calls_of_a_statement_stay_in_their_month_when_the_time_zone_changes(scene):
    """As they do on Usage, whose sums are these."""
    set_time_zone(scene, "Europe/Berlin")
    talk(scene, at=datetime.fromisoformat("2026-04-30T22:30:00+00:00"))  # in May, by its clocks
    talk(scene, at=datetime.fromisoformat("2026-05-31T22:00:00+00:00"))  # in June
    set_time_zone(scene, "")
    moved = talk(scene, at=datetime.fromisoformat("2026-05-31T23:30:00+00:00"))  # by newer ones
    used = months.calls_counted_in(scene.org, date(2026, 5, 1))
    assert (used.total.calls, list(used.days)) == (2, [date(2026, 5, 1), date(2026, 5, 31)])
    period = Period(date(2026, 5, 1), date(2026, 5, 31))
    sums = usage_by_component(scene.org, period)
    assert sum(each.amount_micros for each in sums) == used.total.amount_micros > 0
    Call.objects.filter(pk=moved.pk).update(counted_on=None)  # of a release before
    assert months.calls_counted_in(scene.org, date(2026, 5, 1)).total.calls == 2


def set_time_zone(scene, zone: str) -> None:
    scene.org.time_zone = zone
    scene.org.save(update_fields=["time_zone"])
