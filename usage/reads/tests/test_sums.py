"""What an organization used in a period: net, of that organization, every day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.zones import zone_named
from agents.models import Agent
from testing.scene import NOW, Scene, after, snapshot
from usage.billing.settlement import finalize, settle
from usage.models import AttemptDay
from usage.reads.sums import (
    DayOfUsage,
    Period,
    Requests,
    requests_by_day,
    usage_by_agent,
    usage_by_component,
    usage_by_day,
    usage_lines,
    usage_today,
)
from usage.records.attempts import attempt_log

TODAY = Period.of_days(1, now=NOW)


def settled(scene, *, now=NOW, **facts):
    call = scene.talks(now=now)
    snapshot(call, 1, now=now, is_final=True, **({"stream_ms": 1_000} | facts))
    finalize(call.pk, reason="stop", now=now)
    settle(call.pk, now=now)
    return call


def test_a_period_has_its_first_and_last_day():
    last_night = datetime(2026, 5, 4, 23, 59, tzinfo=UTC)
    assert Period.of_days(3, now=last_night).days() == [
        date(2026, 5, 2),
        date(2026, 5, 3),
        date(2026, 5, 4),
    ]
    assert Period.of_month(now=last_night) == Period(date(2026, 5, 1), date(2026, 5, 4))


def test_usage_by_day_has_every_day_and_counts_corrections_once(scene):
    call = settled(scene, now=NOW - timedelta(days=2))
    snapshot(call, 2, is_final=True, stream_ms=130_000)
    settle(call.pk, now=NOW)
    settled(scene)
    scene.rings()  # live: not yet used
    settled(Scene())
    settled(scene, now=NOW - timedelta(days=3))
    assert usage_by_day(scene.org, Period.of_days(3, now=NOW)) == [
        DayOfUsage(date(2026, 5, 2), calls=1, minutes=3, amount_micros=25_500),
        DayOfUsage(date(2026, 5, 3), calls=0, minutes=0, amount_micros=0),
        DayOfUsage(date(2026, 5, 4), calls=1, minutes=1, amount_micros=8_500),
    ]


@pytest.mark.parametrize(
    ("zone", "hour", "began"),
    [
        ("", 12, 0),
        ("Europe/Berlin", 12, -2),  # from 22:00 UTC of the day before
        ("Europe/Berlin", 23, 22),
        ("Asia/Kolkata", 12, -5.5),
        ("America/Los_Angeles", 12, 7),
        ("America/Los_Angeles", 3, -17),
        ("Pacific/Kiritimati", 12, 10),
        ("Pacific/Kiritimati", 9, -14),
    ],
)
def test_today_is_the_day_of_the_organizations_clocks(scene, zone, hour, began):
    scene.org.time_zone = zone
    midnight = datetime(2026, 5, 4, tzinfo=UTC)
    now, began_at = midnight + timedelta(hours=hour), midnight + timedelta(hours=began)
    for minutes in (-120, -1):
        settled(scene, now=began_at + timedelta(minutes=minutes), stream_ms=200_000)
    settled(scene, now=began_at)
    settled(scene, now=now - timedelta(minutes=1), stream_ms=61_000)
    settled(Scene(), now=began_at)
    days = usage_by_day(scene.org, Period.of_days(14, now=now))
    today = usage_today(scene.org, days, now=now)
    assert (today.calls, today.minutes, today.amount_micros) == (2, 3, 25_500)
    assert today.day == now.astimezone(zone_named(zone)).date()


@pytest.mark.parametrize("hour", [12, 3])
def test_part_of_a_day_is_read_once_a_minute(scene, hour, django_assert_num_queries):
    scene.org.time_zone = "America/Los_Angeles"
    now = datetime(2026, 5, 4, hour, tzinfo=UTC)
    days = usage_by_day(scene.org, Period.of_days(14, now=now))
    with django_assert_num_queries(2):
        for seconds in (0, 10, 20):
            usage_today(scene.org, days, now=now + timedelta(seconds=seconds))


def test_today_is_never_less_than_nothing(scene):
    scene.org.time_zone = "America/Los_Angeles"
    now = datetime(2026, 5, 4, 12, tzinfo=UTC)
    days = usage_by_day(scene.org, Period.of_days(14, now=now))
    settled(scene, now=now.replace(hour=1))  # after the days were read
    today = usage_today(scene.org, days, now=now)
    assert (today.calls, today.minutes, today.amount_micros) == (0, 0, 0)


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
