"""Budgets: what is spent, who is declined, and who is told."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail

from accounts.models import Membership
from agents.budget import Caps
from agents.models import AgentVersion
from testing.scene import NOW, Scene, after, snapshot
from usage.billing.settlement import finalize, settle
from usage.models import Call, CallRules, QuotaNotice
from usage.quota.budgets import agent_of
from usage.quota.call_rules import change_rules
from usage.quota.notices import latest_notice, send_waiting
from usage.quota.quotas import minutes_used
from usage.quota.spending import Spent, spent
from usage.quota.watching import RULES_SECONDS, SUMS_SECONDS, BudgetWatch
from usage.records.test_calls import open_test_call
from voicex.errors import Declined

pytestmark = pytest.mark.core

MINUTE = 8_500  # micro-dollars of telephony, in price book 1
DAY = timedelta(days=1)
NO_CAPS = Caps()


def cap(scene: Scene, **caps: int) -> None:
    CallRules.objects.create(org=scene.org, **caps)


def talk(scene: Scene, minutes: int, *, now=NOW, is_over: bool = True):
    call = scene.talks(now=now)
    snapshot(call, 1, is_final=is_over, stream_ms=minutes * 60_000, now=now)
    if is_over:
        finalize(call.pk, reason="stop", now=now)
    return call


def agent_capped(scene: Scene, **budget: str) -> None:
    scene.agent.published = AgentVersion.objects.create(
        agent=scene.agent, number=2, settings={"budget": budget}
    )
    scene.agent.save()


def is_declined(scene: Scene, *, now=NOW) -> bool:
    try:
        scene.rings(now=now)
    except Declined as decline:
        return decline.reason == "budget_spent"
    return False


def test_what_runs_counts_with_what_it_has_used_and_what_is_settled_counts_once(scene):
    talk(scene, 2, is_over=False)
    over = talk(scene, 3)
    assert spent(scene.org.pk, zone="", now=NOW) == Spent(5 * MINUTE, 5 * MINUTE)
    settle(over.pk, now=NOW)
    assert spent(scene.org.pk, zone="", now=NOW) == Spent(5 * MINUTE, 5 * MINUTE)
    # Tomorrow is another day of the same month; next month is nothing of it.
    assert spent(scene.org.pk, zone="", now=NOW + DAY) == Spent(0, 5 * MINUTE)
    assert spent(scene.org.pk, zone="", now=NOW + 30 * DAY) == Spent(0, 0)
    assert spent(scene.org.pk, zone="", agent_id=scene.agent.pk, now=NOW) == Spent(
        5 * MINUTE, 5 * MINUTE
    )
    assert spent(Scene().org.pk, zone="", now=NOW) == Spent(0, 0)


@pytest.mark.parametrize("is_over", [True, False])
def test_a_call_is_declined_once_the_day_is_spent_and_taken_the_next_day(scene, is_over):
    cap(scene, daily_micros=2 * MINUTE)
    talk(scene, 1, is_over=is_over)
    assert not is_declined(scene)
    talk(scene, 1, is_over=is_over)
    assert is_declined(scene)
    assert not is_declined(scene, now=NOW + DAY)
    assert not is_declined(Scene())


def test_a_month_is_spent_for_all_its_days(scene):
    cap(scene, monthly_micros=2 * MINUTE)
    settle(talk(scene, 2).pk, now=NOW)
    assert is_declined(scene, now=NOW + 20 * DAY)
    assert not is_declined(scene, now=NOW + 30 * DAY)


def test_days_and_months_are_those_of_the_organizations_clocks(scene):
    scene.org.time_zone = "America/Los_Angeles"
    scene.org.save()
    cap(scene, daily_micros=2 * MINUTE)
    last_minute = datetime(2026, 6, 1, 6, 59, tzinfo=UTC)  # of May
    call = talk(scene, 1, now=last_minute, is_over=False)
    settle(talk(scene, 2, now=last_minute).pk, now=last_minute)
    watch = BudgetWatch()

    def is_over(now):
        asked = {"org_id": scene.org.public_id, "agent": NO_CAPS, "now": now}
        return is_declined(scene, now=now), watch.is_spent(call.pk, **asked)

    assert is_over(last_minute) == (True, True)
    watch = BudgetWatch()
    first_minute = last_minute + timedelta(minutes=1)
    assert is_over(first_minute) == (False, True)  # the call counts on the day it began
    zone = scene.org.time_zone
    assert spent(scene.org.pk, zone=zone, now=last_minute) == Spent(3 * MINUTE, 3 * MINUTE)
    assert spent(scene.org.pk, zone=zone, now=first_minute) == Spent(0, 0)
    noted = set(QuotaNotice.objects.values_list("month", "percent"))
    assert noted == {(date(2026, 5, 31), 100)}
    assert minutes_used(scene.org, now=last_minute) == 2
    assert minutes_used(scene.org, now=first_minute) == 0


def test_a_call_from_before_the_clock_was_set_back_is_of_its_own_month(scene):
    talk(scene, 2, is_over=False, now=NOW + 30 * DAY)
    assert spent(scene.org.pk, zone="", now=NOW) == Spent(0, 0)


def test_an_agent_has_a_budget_of_its_own(scene):
    agent_capped(scene, daily="0.02")
    assert scene.agent.published.config().budget.caps == Caps(daily_micros=20_000)
    talk(scene, 2, is_over=False)
    assert not is_declined(scene)
    talk(scene, 1, is_over=False)
    assert is_declined(scene)


def test_a_budget_that_is_raised_holds_for_calls_that_are_live(scene):
    agent_capped(scene, daily="0.02")
    call = talk(scene, 3, is_over=False)

    def is_over() -> bool:
        of_version = Caps(daily_micros=20_000)
        asked = {"org_id": scene.org.public_id, "agent": of_version, "now": NOW}
        return BudgetWatch().is_spent(call.pk, **asked)

    assert is_over()
    AgentVersion.objects.filter(number=2).update(settings={"budget": {"daily": "5"}})
    assert not is_over()


def test_a_budget_that_an_agent_gets_holds_for_calls_that_are_live(scene):
    call = talk(scene, 3, is_over=False)
    clock = [0.0]
    watch = BudgetWatch(clock=lambda: clock[0])

    def is_over() -> bool:
        clock[0] += 16
        return watch.is_spent(call.pk, org_id=scene.org.public_id, agent=NO_CAPS, now=NOW)

    assert not is_over()
    agent_capped(scene, daily="0.02")
    assert is_over()


def test_a_draft_without_a_budget_is_tried_within_that_of_what_is_published(scene, cast):
    draft = AgentVersion.objects.create(agent=scene.agent, number=9, settings={})
    asked = {"agent": scene.agent, "user": cast.alice, "channel": Call.Channel.TYPED, "now": NOW}
    talk(scene, 3)
    assert open_test_call(scene.org, version=draft, **asked).version == draft
    agent_capped(scene, daily="0.02")
    with pytest.raises(Declined) as declined:
        open_test_call(scene.org, version=draft, **asked)
    assert declined.value.reason == "budget_spent"


def test_the_budget_of_a_draft_that_is_tried_is_none_of_which_people_are_told(scene):
    draft = AgentVersion.objects.create(
        agent=scene.agent, number=3, settings={"budget": {"daily": "0.01"}}
    )
    agent_capped(scene, daily="5")
    call = talk(scene, 4)
    Call.objects.filter(pk=call.pk).update(version=draft)
    settle(call.pk, now=NOW)
    assert not QuotaNotice.objects.exists()


def test_a_budget_that_is_set_below_what_is_spent_is_told_of_at_once(scene, cast):
    settle(talk(scene, 4).pk, now=NOW)
    change_rules(
        scene.org, daily_micros=2 * MINUTE, monthly_micros=None, when_busy="apology",
        busy_sentence="", busy_number="", shown_number="", actor=cast.alice, now=NOW,
    )  # fmt: skip
    assert [str(each.about) for each in QuotaNotice.objects.all()] == ["day 0 1"]


def test_a_live_call_learns_that_the_budget_is_spent(scene, django_assert_num_queries):
    clock = [0.0]
    watch = BudgetWatch(lambda: clock[0])
    call = talk(scene, 3, is_over=False)

    def asked(agent: Caps = NO_CAPS) -> bool:
        return watch.is_spent(call.pk, org_id=scene.org.public_id, agent=agent, now=after(1))

    assert not asked()
    with django_assert_num_queries(0):
        assert not asked()
    cap(scene, daily_micros=4 * MINUTE)
    clock[0] += RULES_SECONDS
    assert not asked()
    snapshot(call, 2, stream_ms=4 * 60_000)
    assert not asked()  # as it was a moment ago
    agent_capped(scene, monthly="0.02")
    assert asked(Caps(monthly_micros=20_000))
    clock[0] += SUMS_SECONDS
    assert asked()


def test_shares_are_mailed_once_and_are_none_of_the_months_minutes(scene, cast):
    Membership.objects.create(org=scene.org, user=cast.alice, role="owner")
    cap(scene, daily_micros=10 * MINUTE)
    agent_capped(scene, monthly="0.17")  # twenty minutes
    for minutes in (4, 2, 2, 1):
        settle(talk(scene, minutes).pk, now=NOW)
    noted = set(QuotaNotice.objects.values_list("about", "month", "percent"))
    today, month = NOW.date(), NOW.date().replace(day=1)
    assert {(about, begins, share) for about, begins, share in noted if about[:3] == "day"} == {
        ("day 0 8", today, 50),
        ("day 0 8", today, 80),
    }
    settle(talk(scene, 1).pk, now=NOW)
    assert (f"month {scene.agent.pk} 17", month, 50) in set(
        QuotaNotice.objects.values_list("about", "month", "percent")
    )
    send_waiting(now=after(1))
    send_waiting(now=after(2))
    subjects = sorted(each.subject for each in mail.outbox)
    assert subjects == [
        "“Acorn” has used 100% of today’s budget",
        "“Acorn” has used 50% of today’s budget",
        "“Acorn” has used 80% of today’s budget",
        "“Reception” has used 50% of this month’s budget",
    ]
    assert latest_notice(scene.org, now=NOW) is None


def test_a_budget_that_is_changed_is_told_of_anew_and_only_how_much_is_used(scene):
    cap(scene, daily_micros=2 * MINUTE)
    settle(talk(scene, 4).pk, now=NOW)
    assert list(QuotaNotice.objects.values_list("percent", flat=True)) == [100]
    CallRules.objects.update(daily_micros=10 * MINUTE)
    settle(talk(scene, 1).pk, now=NOW)
    told = QuotaNotice.objects.order_by("pk").values_list("about", "percent")
    assert list(told) == [("day 0 1", 100), ("day 0 8", 50)]
    assert {agent_of(about) for about in ("day", "day 0 8")} == {0}
    assert {agent_of(about) for about in ("month 81", "month 81 900")} == {81}
