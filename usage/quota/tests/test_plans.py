"""The month's minutes: of the quota, else of the plan; used up, no new call is taken."""

import pytest

from accounts.models import AuditEntry
from testing.scene import NOW, Scene, Statements, after, snapshot
from usage.billing.settlement import finalize, settle
from usage.models import Plan, Quota, QuotaNotice
from usage.quota.plans import allowance_of, assign_plan, save_plan, set_quota
from usage.quota.quotas import minutes_of
from voicex.errors import Declined


@pytest.fixture
def office(db):
    return Plan.objects.create(name="Office", concurrent_calls=5, minutes_a_month=10)


def talk(scene, minutes, *, now=NOW):
    call = scene.talks(now=now)
    snapshot(call, 1, now=now, is_final=True, stream_ms=minutes * 60_000)
    finalize(call.pk, reason="stop", now=now)
    settle(call.pk, now=now)


def test_without_plan_and_quota_there_is_no_limit(scene):
    allowance = allowance_of(scene.org, now=NOW)
    assert (allowance.plan, allowance.minutes, allowance.percent) == (None, None, None)
    assert allowance.calls_at_once > 0


def test_a_quota_goes_before_the_plan_and_the_plan_before_the_defaults(scene, office):
    assign_plan(scene.org, plan=office, actor=None, now=NOW)
    scene.org.refresh_from_db()
    allowance = allowance_of(scene.org, now=NOW)
    assert (allowance.plan, allowance.calls_at_once, allowance.minutes) == (office, 5, 10)
    set_quota(scene.org, concurrent_calls=None, minutes_a_month=30, actor=None, now=NOW)
    scene.org.refresh_from_db()
    allowance = allowance_of(scene.org, now=NOW)
    assert (allowance.plan, allowance.calls_at_once, allowance.minutes) == (office, 5, 30)


def test_a_change_leaves_a_trace(cast, office):
    assign_plan(cast.acorn, plan=office, actor=cast.olga, now=NOW)
    set_quota(cast.acorn, concurrent_calls=3, minutes_a_month=None, actor=cast.olga, now=NOW)
    traces = AuditEntry.objects.order_by("pk").values_list("action", "target", "actor")
    assert list(traces)[-2:] == [
        ("quota.changed", "Office", cast.olga.pk),
        ("quota.changed", "Office, 3 calls at once", cast.olga.pk),
    ]


def test_when_the_minutes_are_used_up_new_calls_are_declined_and_live_ones_continue(scene, office):
    assign_plan(scene.org, plan=office, actor=None, now=NOW)
    live = scene.talks()
    talk(scene, 9)
    assert scene.rings()
    talk(scene, 1)
    with pytest.raises(Declined) as declined:
        scene.rings()
    assert declined.value.reason == "minutes_used_up"
    live.refresh_from_db()
    assert live.state == "live"


def test_a_new_month_brings_new_minutes(scene, office):
    assign_plan(scene.org, plan=office, actor=None, now=NOW)
    talk(scene, 10)
    assert scene.rings(now=after(28 * 86_400))


def test_another_organizations_minutes_do_not_count(scene, office):
    assign_plan(scene.org, plan=office, actor=None, now=NOW)
    talk(Scene(), 50)
    assert scene.rings()


def test_the_minutes_cost_the_webhook_one_read_and_none_without_a_limit(scene, office):
    counts = []
    for _ in range(2):
        with Statements() as taken:
            scene.rings()
        counts.append(len(taken))
        assign_plan(scene.org, plan=office, actor=None, now=NOW)
    assert counts[1] == counts[0] + 1


def test_a_lowered_quota_gives_notice_of_what_is_used_already(scene):
    talk(scene, 9)
    set_quota(scene.org, concurrent_calls=None, minutes_a_month=10, actor=None, now=NOW)
    assert sorted(QuotaNotice.objects.values_list("percent", flat=True)) == [50, 80]


def test_a_lowered_plan_reads_no_more_for_many_organizations(
    scene, office, cast, django_assert_max_num_queries
):
    for org in [scene.org, *(Scene().org for _ in range(5))]:
        assign_plan(org, plan=office, actor=None, now=NOW)
    office.minutes_a_month = 9
    with django_assert_max_num_queries(10):
        save_plan(office, actor=cast.alice, terms=None, now=NOW)


def test_a_lowered_plan_gives_notice_to_those_who_have_its_minutes(scene, office, cast):
    assign_plan(scene.org, plan=office, actor=None, now=NOW)
    own = Scene().org
    Quota.objects.create(org=own, plan=office, minutes_a_month=1_000)
    talk(scene, 9)
    QuotaNotice.objects.all().delete()
    office.minutes_a_month = 9
    save_plan(office, actor=cast.alice, terms=None, now=NOW)
    assert set(QuotaNotice.objects.values_list("org", flat=True)) == {scene.org.pk}
    assert sorted(QuotaNotice.objects.values_list("percent", flat=True)) == [50, 80, 100]


def test_a_plan_without_minutes_takes_no_calls_and_is_used_up(scene):
    nothing = Plan.objects.create(name="Paused", concurrent_calls=1, minutes_a_month=0)
    Quota.objects.create(org=scene.org, plan=nothing)
    assert minutes_of(scene.org) == 0
    assert allowance_of(scene.org, now=NOW).percent == 100
    with pytest.raises(Declined):
        scene.rings()
