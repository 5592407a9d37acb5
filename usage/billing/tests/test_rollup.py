"""The sums of usage are those of the ledger, in whatever order things happened."""

from collections import Counter
from datetime import date, datetime, timedelta, timezone
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from testing.scene import NOW, Scene, after, snapshot
from usage.billing import rollup
from usage.billing.settlement import finalize, settle, settle_due
from usage.billing.tests.test_settlement_in_any_order import World, killed_at, steps
from usage.models import AttemptDay, Call, LedgerEntry, UsageDay, UsageMonth
from usage.outbox import delivery
from usage.records.attempts import attempt_log

DAY = ("org", "agent", "day", "channel", "component")


@pytest.fixture(autouse=True, scope="module")
def _no_message_arrives():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "send", lambda kind, subject_id: True)
        yield


def sums_by_day():
    rows = UsageDay.objects.values_list(*DAY, "quantity", "amount_micros", "cost_micros")
    return {row[:5]: row[5:] for row in rows if any(row[5:])}


def sums_by_month():
    rows = UsageMonth.objects.values_list("org", "month", "calls", "minutes", "amount_micros")
    return {row[:2]: row[2:] for row in rows if any(row[2:])}


def sums_of_the_ledger():
    """Worked out line by line, in Python."""
    found: dict[tuple, Counter] = {}
    for entry in LedgerEntry.objects.select_related("call"):
        key = (
            entry.org_id,
            entry.call.agent_id,
            entry.call.opened_at.date(),
            entry.call.channel,
            entry.component,
        )
        found.setdefault(key, Counter()).update(
            quantity=entry.quantity, amount=entry.amount_micros, cost=entry.cost_micros
        )
    for call in Call.objects.exclude(settled_at=None):
        key = (call.org_id, call.agent_id, call.opened_at.date(), call.channel, "call")
        found.setdefault(key, Counter()).update(quantity=1)
    return {
        key: (sums["quantity"], sums["amount"], sums["cost"])
        for key, sums in found.items()
        if any(sums.values())
    }


def settled(scene, *, now=NOW, **facts):
    call = scene.talks(now=now)
    snapshot(call, 1, now=now, is_final=True, **({"stream_ms": 61_000, "stt_ms": 900} | facts))
    finalize(call.pk, reason="stop", now=now)
    settle(call.pk, now=now)
    return call


@pytest.mark.django_db
@settings(max_examples=40)
@given(
    script=st.lists(steps, max_size=12),
    with_stream=st.sampled_from([True, True, False]),
    rebuilt_after=st.none() | st.integers(0, 11),
)
def test_the_sums_are_the_ledgers_after_any_order_repetition_and_kill(
    script, with_stream, rebuilt_after
):
    with transaction.atomic():
        world = World(with_stream=with_stream)
        for number, ((action, argument), statement) in enumerate(script):
            if action == "snapshot" and not with_stream:
                continue
            with killed_at(statement):
                world.step(action, argument)
            if number == rebuilt_after:
                rollup.rebuild()
            assert sums_by_day() == sums_of_the_ledger()
        world.recover()
        assert sums_by_day() == sums_of_the_ledger()
        kept = sums_by_day(), sums_by_month()
        rollup.rebuild()
        assert (sums_by_day(), sums_by_month()) == kept
        transaction.set_rollback(True)


def test_a_call_counts_once_with_its_corrections_on_the_day_it_began(scene):
    call = settled(scene, now=NOW - timedelta(days=2))
    snapshot(call, 2, is_final=True, stream_ms=130_000, stt_ms=900)
    for _ in range(2):
        settle(call.pk, now=after(5))
    day = date(2026, 5, 2)
    key = (scene.org.pk, scene.agent.pk, day, "phone")
    assert sums_by_day() == {
        (*key, "call"): (1, 0, 0),
        (*key, "telephony"): (3, 25_500, 25_500),
        (*key, "stt"): (1, 10, 0),
    }
    assert sums_by_month() == {(scene.org.pk, date(2026, 5, 1)): (1, 3, 25_510)}


def test_calls_of_several_days_and_organizations_are_added_in_one_statement_each(scene):
    other = Scene()
    calls = []
    for place, now in ((scene, NOW), (scene, NOW - timedelta(days=30)), (other, NOW)):
        call = place.talks(now=now)
        snapshot(call, 1, now=now, is_final=True, stream_ms=1_000)
        finalize(call.pk, reason="stop", now=now)
        calls.append(call)
    settle_due(hint=calls[0].pk, now=NOW)
    assert sums_by_day() == sums_of_the_ledger()
    assert sums_by_month() == {
        (scene.org.pk, date(2026, 4, 1)): (1, 1, 8_500),
        (scene.org.pk, date(2026, 5, 1)): (1, 1, 8_500),
        (other.org.pk, date(2026, 5, 1)): (1, 1, 8_500),
    }


def test_requests_are_counted_by_outcome(scene):
    for outcome in ("answered", "answered", "declined", "refused"):
        attempt_log.record(org=scene.org, call_sid="CA1", outcome=outcome, reason="busy")
    attempt_log.record(org=None, call_sid="CA1", outcome="refused", reason="unknown_key")
    attempt_log.record(org=scene.org, call_sid="CA1", outcome="declined", reason="forward_failed")
    counted = dict(AttemptDay.objects.values_list("outcome", "count"))
    assert counted == {"answered": 2, "declined": 1, "refused": 1}
    rollup.rebuild()
    assert dict(AttemptDay.objects.values_list("outcome", "count")) == counted


def test_counts_of_requests_are_raised_to_the_rows_of_the_log_and_never_lowered(scene):
    for outcome in ("answered", "answered", "declined", "refused"):
        attempt_log.record(org=scene.org, call_sid="CA1", outcome=outcome, reason="busy")
    AttemptDay.objects.filter(outcome="answered").update(count=1)
    AttemptDay.objects.filter(outcome="declined").update(count=7)  # not every one has a row
    AttemptDay.objects.filter(outcome="refused").delete()
    rollup.rebuild()
    counted = dict(AttemptDay.objects.values_list("outcome", "count"))
    assert counted == {"answered": 2, "declined": 7, "refused": 1}


def test_the_command_repairs_sums_that_are_wrong(scene):
    settled(scene)
    UsageDay.objects.update(quantity=77)
    UsageMonth.objects.all().delete()
    call_command("rebuild_usage", stdout=StringIO())
    assert sums_by_day() == sums_of_the_ledger()
    assert sums_by_month() == {(scene.org.pk, date(2026, 5, 1)): (1, 2, 17_010)}


def test_a_moment_counts_in_the_month_of_its_day_at_greenwich():
    late_in_new_york = datetime(2026, 4, 30, 23, tzinfo=timezone(timedelta(hours=-4)))
    assert rollup.month_of(late_in_new_york, "") == date(2026, 5, 1)
