"""What an organization used in a period: net, of that organization, every day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from accounts.zones import zone_named
from agents.models import Agent
from testing.scene import NOW, Scene, after, snapshot
from usage.billing import proof, rollup
from usage.billing.settlement import finalize, settle
from usage.models import AttemptDay, LedgerEntry, UsageDay, UsageMonth
from usage.reads import platform
from usage.reads.sums import (
    DayOfUsage,
    Period,
    Requests,
    requests_by_day,
    usage_by_agent,
    usage_by_component,
    usage_by_day,
    usage_lines,
)
from usage.records.attempts import attempt_log

TODAY = Period.of_days(1, now=NOW, zone="")


def settled(scene, *, now=NOW, **facts):
    call = scene.talks(now=now)
    snapshot(call, 1, now=now, is_final=True, **({"stream_ms": 1_000} | facts))
    finalize(call.pk, reason="stop", now=now)
    settle(call.pk, now=now)
    return call


def test_a_period_has_its_first_and_last_day():
    last_night = datetime(2026, 5, 4, 23, 59, tzinfo=UTC)
    assert Period.of_days(3, now=last_night, zone="").days() == [
        date(2026, 5, 2),
        date(2026, 5, 3),
        date(2026, 5, 4),
    ]
    assert Period.of_month(now=last_night, zone="") == Period(date(2026, 5, 1), date(2026, 5, 4))


def test_usage_by_day_has_every_day_and_counts_corrections_once(scene):
    call = settled(scene, now=NOW - timedelta(days=2))
    snapshot(call, 2, is_final=True, stream_ms=130_000)
    settle(call.pk, now=NOW)
    settled(scene)
    scene.rings()  # live: not yet used
    settled(Scene())
    settled(scene, now=NOW - timedelta(days=3))
    assert usage_by_day(scene.org, Period.of_days(3, now=NOW, zone="")) == [
        DayOfUsage(date(2026, 5, 2), calls=1, minutes=3, amount_micros=25_500),
        DayOfUsage(date(2026, 5, 3), calls=0, minutes=0, amount_micros=0),
        DayOfUsage(date(2026, 5, 4), calls=1, minutes=1, amount_micros=8_500),
    ]


@pytest.mark.parametrize(
    ("zone", "began", "ends"),
    [  # moments of UTC
        ("", (4, 0, 0), (5, 0, 0)),
        ("Europe/Berlin", (3, 22, 0), (4, 22, 0)),
        ("Asia/Kolkata", (3, 18, 30), (4, 18, 30)),
        ("Asia/Kathmandu", (3, 18, 15), (4, 18, 15)),
        ("America/Los_Angeles", (4, 7, 0), (5, 7, 0)),
        ("Pacific/Kiritimati", (3, 10, 0), (4, 10, 0)),
        ("Pacific/Pago_Pago", (4, 11, 0), (5, 11, 0)),
    ],
)
def test_a_day_is_one_of_the_organizations_clocks(scene, zone, began, ends):
    in_zone(scene, zone)
    first, after_last = (datetime(2026, 5, *each, tzinfo=UTC) for each in (began, ends))
    assert told_of_one_day(scene, first, after_last) == (2, 3, 25_500)


@pytest.mark.parametrize(
    ("first", "hours"),
    [
        (datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
        (datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
    ],
)
def test_a_day_on_which_clocks_change_is_shorter_or_longer(scene, first, hours):
    in_zone(scene, "Europe/Berlin")
    after_last = first + timedelta(hours=hours)
    assert told_of_one_day(scene, first, after_last) == (2, 3, 25_500)


def in_zone(scene: Scene, zone: str) -> None:
    scene.org.time_zone = zone
    scene.org.save()


def told_of_one_day(scene: Scene, first: datetime, after_last: datetime) -> tuple[int, int, int]:
    """What is told of a day from its first to its last minute; calls of other days lie close by."""
    settled(scene, now=first - timedelta(minutes=1), stream_ms=200_000)
    settled(scene, now=first)
    settled(scene, now=after_last - timedelta(minutes=1), stream_ms=61_000)
    settled(scene, now=after_last, stream_ms=300_000)
    settled(Scene(), now=first)
    zone = scene.org.time_zone
    period = Period.of_days(3, now=after_last, zone=zone)
    assert period.last == after_last.astimezone(zone_named(zone)).date()
    before, day, after_it = usage_by_day(scene.org, period)
    assert (before.minutes, after_it.minutes) == (4, 5)
    assert day.day == first.astimezone(zone_named(zone)).date()
    return day.calls, day.minutes, day.amount_micros


def test_a_call_stays_on_its_day_when_the_time_zone_changes_and_so_do_its_corrections(scene):
    in_zone(scene, "Pacific/Kiritimati")
    call = settled(scene, now=datetime(2026, 4, 30, 12, tzinfo=UTC))  # 1 May there
    in_zone(scene, "America/Los_Angeles")
    snapshot(call, 2, is_final=True, stream_ms=130_000)
    settle(call.pk, now=after(1))
    settled(scene, now=datetime(2026, 5, 1, 1, tzinfo=UTC))  # 30 April there
    days = usage_by_day(scene.org, Period(date(2026, 4, 29), date(2026, 5, 2)))
    assert [(each.calls, each.minutes) for each in days] == [(0, 0), (1, 1), (1, 3), (0, 0)]
    months = UsageMonth.objects.filter(org=scene.org).order_by("month")
    assert list(months.values_list("month", "calls", "minutes")) == [
        (date(2026, 4, 1), 1, 1),
        (date(2026, 5, 1), 1, 3),
    ]
    posted = LedgerEntry.objects.filter(org=scene.org).aggregate(Sum("amount_micros"))
    assert sum(each.amount_micros for each in days) == posted["amount_micros__sum"]
    assert proof.prove(now=NOW).faults == []
    kept = list(UsageDay.objects.values_list("day", "component", "quantity").order_by("day", "pk"))
    rollup.rebuild()
    again = UsageDay.objects.values_list("day", "component", "quantity").exclude(quantity=0)
    assert sorted(again) == sorted(row for row in kept if row[2])


def test_usage_by_component_nets_corrections(scene):
    call = settled(scene, tts_characters=10, llm_tokens_in=20)
    snapshot(call, 2, is_final=True, stream_ms=61_000, tts_characters=10)
    settle(call.pk, now=after(5))
    settled(Scene(), stt_ms=1_000)
    found = usage_by_component(scene.org, TODAY)
    assert [(one.component, one.quantity, one.unit, one.amount_micros) for one in found] == [
        ("telephony", 2, "minute", 17_000),
        ("tts", 10, "character", 10),
    ]


def test_usage_by_agent_begins_with_the_one_that_talked_most(scene):
    settled(scene)
    first = scene.agent
    scene.agent = Agent.objects.create(org=scene.org, name="Night", published=first.published)
    settled(scene, stream_ms=61_000)
    settled(Scene())
    assert [
        (each.agent, each.calls, each.minutes, each.amount_micros)
        for each in usage_by_agent(scene.org, TODAY)
    ] == [(scene.agent, 1, 2, 17_000), (first, 1, 1, 8_500)]


def test_requests_are_those_of_the_organization(scene):
    for outcome in ("answered", "declined", "declined"):
        attempt_log.record(org=scene.org, call_sid="CA1", outcome=outcome)
    attempt_log.record(org=Scene().org, call_sid="CA1", outcome="refused")
    day = AttemptDay.objects.first().day
    assert requests_by_day(scene.org, Period(day, day)) == {day: Requests(1, 2, 0)}


def test_requests_count_on_the_organizations_days(scene, monkeypatch):
    in_zone(scene, "Asia/Kolkata")
    for hour, minute in ((18, 29), (18, 30)):
        now = datetime(2026, 5, 4, hour, minute, tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        attempt_log.record(org=scene.org, call_sid="CA1", outcome="declined")
    both = Period(date(2026, 5, 4), date(2026, 5, 5))
    counted = {day: Requests(0, 1, 0) for day in both.days()}
    assert requests_by_day(scene.org, both) == counted
    in_zone(scene, "")
    rollup.rebuild()
    assert requests_by_day(scene.org, both) == counted


def test_the_lines_of_an_export_add_up_and_never_say_what_it_cost_the_platform(scene):
    settled(scene, tts_characters=10)
    settled(Scene())
    lines = list(usage_lines(scene.org, TODAY))
    assert [(line.agent, line.component, line.quantity, line.unit) for line in lines] == [
        ("Reception", "call", 1, "call"),
        ("Reception", "telephony", 1, "minute"),
        ("Reception", "tts", 10, "character"),
    ]
    assert sum(line.amount_micros for line in lines) == 8_510
    assert not any("cost" in name for name in lines[0].__slots__)


def test_operators_see_the_month_and_the_days_of_each_organization(scene):
    other = Scene()
    in_zone(scene, "Pacific/Kiritimati")
    in_zone(other, "America/Los_Angeles")
    now = datetime(2026, 5, 1, 2, tzinfo=UTC)  # 1 May at 16:00, and 30 April at 19:00
    for place in (scene, other):
        settled(place, now=datetime(2026, 4, 30, 9, tzinfo=UTC))  # 30 April, in either
        settled(place, now=now, stream_ms=61_000)
    months = platform.this_month([scene.org, other.org], now=now)
    assert [months[place.org.pk].minutes for place in (scene, other)] == [2, 3]
    for place, expected in ((scene, [1, 2]), (other, [0, 3])):
        days = platform.margin_by_day(place.org, days=2, now=now)
        assert [each.figures.minutes for each in days] == expected
