"""Calls from before days were kept get theirs, and their sums move there, exactly and in steps."""

from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import call_command

from testing.scene import NOW, Scene, Statements, after, snapshot
from usage.billing import counted_days, proof, rollup
from usage.billing.settlement import finalize, settle
from usage.models import Call, UsageDay, UsageFact

pytestmark = pytest.mark.core

LATE = datetime(2026, 4, 30, 23, 30, tzinfo=UTC)  # the first of May in Berlin
NOON = datetime(2026, 4, 30, 12, tzinfo=UTC)


def talked(scene: Scene, now: datetime) -> Call:
    call = scene.talks(now=now)
    snapshot(call, 1, now=now, is_final=True, stream_ms=61_000, stt_ms=900)
    finalize(call.pk, reason="stop", now=now)
    settle(call.pk, now=now)
    return call


@pytest.fixture
def former(scene):
    """An organization that has chosen its zone since, and one that has none."""
    other = Scene()
    calls = [talked(scene, LATE), talked(scene, NOON), talked(scene, LATE), talked(other, LATE)]
    Call.objects.update(counted_on=None)
    scene.org.time_zone = "Europe/Berlin"
    scene.org.save()
    assert minutes_by_day() == {(scene.org.pk, LATE.date()): 6, (other.org.pk, LATE.date()): 2}
    return scene, other, calls


def minutes_by_day():
    rows = UsageDay.objects.filter(component="telephony").exclude(quantity=0)
    return {(org, day): minutes for org, day, minutes in rows.values_list("org", "day", "quantity")}


def is_right() -> bool:
    return proof.prove(now=NOW).faults == []


def test_every_step_moves_the_sums_of_its_calls(former, monkeypatch):
    scene, other, calls = former
    monkeypatch.setattr(counted_days, "AT_ONCE", 1)
    # A correction of a call that has no day yet goes where its lines are.
    snapshot(calls[0], 2, is_final=True, stream_ms=125_000, stt_ms=900)
    settle(calls[0].pk, now=after(1))
    steps = []
    add_sums = rollup.add_sums

    def after_each(days):
        months = add_sums(days)
        steps.append(is_right())
        return months

    monkeypatch.setattr(rollup, "add_sums", after_each)
    assert counted_days.give_days() == 3
    assert steps == [True, True, True]
    monkeypatch.undo()
    assert minutes_by_day() == {
        (scene.org.pk, date(2026, 4, 30)): 2,
        (scene.org.pk, date(2026, 5, 1)): 5,
        (other.org.pk, date(2026, 4, 30)): 2,
    }
    kept = minutes_by_day()
    assert counted_days.give_days() == 0
    # And from now on where they have gone.
    snapshot(calls[0], 3, is_final=True, stream_ms=61_000, stt_ms=900)
    settle(calls[0].pk, now=after(2))
    assert minutes_by_day() == kept | {(scene.org.pk, date(2026, 5, 1)): 4}
    rollup.rebuild()
    assert is_right()


def test_a_call_counts_on_its_day_and_one_without_on_that_in_utc(former):
    _scene, _other, calls = former
    april, may = LATE.date(), date(2026, 5, 1)

    def on(day: date) -> set[int]:
        found = Call.objects.filter(counted_days.counted_between(day, day))
        return set(found.values_list("pk", flat=True))

    assert (on(april), on(may)) == ({call.pk for call in calls}, set())
    counted_days.give_days()
    late = {calls[0].pk, calls[2].pk}
    assert (on(april), on(may)) == ({calls[1].pk, calls[3].pk}, late)
    facts = UsageFact.objects.filter(counted_days.counted_between(may, may, "call__"))
    assert set(facts.values_list("call", flat=True)) == late


def test_as_many_statements_for_all_calls_of_a_step_as_for_one(former):
    with Statements() as taken:
        counted_days.give_days()
    # the ids twice (none is left), lock, sums of calls and lines twice, days, two upserts
    assert len(taken) == 10


def test_the_command_does_it_and_says_so(former):
    told = StringIO()
    call_command("rebuild_usage", stdout=told)
    assert "3 calls now count on their organization's days." in told.getvalue()
    assert is_right()
