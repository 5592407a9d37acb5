"""Weekly reports: on Monday morning of the organization's zone, once, from sums."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.cache import cache

from accounts.models import Membership, Organization
from testing.scene import NOW
from usage import tasks
from usage.analysis.tests.talking import LATER, Talking
from usage.analysis.work import analyse_due
from usage.analytics.figures import Days
from usage.digests import mails
from usage.digests.mails import report_of, send_waiting
from usage.digests.planning import plan
from usage.models import Outbox, UnansweredQuestion, WebhookAttempt, WeeklyDigest

# The calls of the scene are of Monday, 4 May 2026, at noon.
MONDAY = datetime(2026, 5, 11, 8, 0, tzinfo=UTC)
WEEK = Days(date(2026, 5, 4), date(2026, 5, 10))


@pytest.fixture
def acorn(cast):
    cache.clear()
    scene = Talking()
    for person, role in ((cast.alice, "owner"), (cast.adam, "admin")):
        Membership.objects.create(org=scene.org, user=person, role=role)
    call = scene.ended("Hello.", "> Where can I park?", "I don't know that.")
    while analyse_due(hint=0, now=LATER):
        pass
    UnansweredQuestion.objects.all().delete()
    UnansweredQuestion.objects.create(
        call=call, agent=scene.agent, number=1, text="Where can I park?", asked_at=NOW
    )
    return scene


def test_owners_get_one_report_of_the_week_on_monday_morning(acorn):
    assert plan(now=MONDAY - timedelta(minutes=1)) == 0
    assert plan(now=MONDAY) == 1
    assert plan(now=MONDAY + timedelta(hours=1)) == 0
    send_waiting(now=MONDAY)
    send_waiting(now=MONDAY)
    [one] = mail.outbox
    assert one.to == ["alice@example.com"]
    assert one.subject == "\u201cAcorn\u201d last week: 1 call"
    for said in ("from 4 May 2026 to 10 May 2026 (UTC)", "Calls: 1 (0 the week before)",
                 "Missed callers: 0", "- 1 \u00d7 Where can I park?",
                 f"/o/{acorn.org.public_id}/analytics/"):  # fmt: skip
        assert said in one.body


def test_what_the_week_cost_is_rounded_and_not_cut(acorn, monkeypatch):
    days = [SimpleNamespace(amount_micros=12_349_900)]
    monkeypatch.setattr(mails, "usage_by_day", lambda *_args, **_more: days)
    plan(now=MONDAY)
    send_waiting(now=MONDAY)
    assert "$12.35" in mail.outbox[0].body


def test_the_morning_is_that_of_the_organization(acorn):
    Organization.objects.update(time_zone="America/Los_Angeles")
    assert plan(now=MONDAY) == 0
    assert plan(now=MONDAY + timedelta(hours=7)) == 1
    assert WeeklyDigest.objects.get().week == date(2026, 5, 4)


@pytest.mark.parametrize("change", [{"weekly_digest": False}, {"state": "suspended"}])
def test_who_has_switched_it_off_or_is_suspended_gets_none(acorn, change):
    Organization.objects.update(**change)
    assert plan(now=MONDAY) == 0


@pytest.mark.parametrize("change", [{"weekly_digest": False}, {"state": "suspended"}])
def test_nor_does_who_is_so_by_the_time_it_is_sent(acorn, change):
    plan(now=MONDAY)
    Organization.objects.update(**change)
    send_waiting(now=MONDAY)
    assert mail.outbox == []
    assert WeeklyDigest.objects.get().sent_at is not None
    assert not Outbox.objects.filter(kind="send_digest", done_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_a_report_that_cannot_be_enqueued_is_planned_again(monkeypatch):
    org = Organization.objects.create(name="Acorn")
    attempt = WebhookAttempt.objects.create(org=org, call_sid="CA9", outcome="declined")
    WebhookAttempt.objects.filter(pk=attempt.pk).update(at=MONDAY - timedelta(days=2))
    with monkeypatch.context() as away:
        away.setattr("usage.outbox.rows.enqueue", lambda *_args, **_named: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            plan(now=MONDAY)
    assert plan(now=MONDAY) == 1


def test_a_week_without_anything_has_no_report_and_one_with_a_missed_caller_has(acorn):
    a_week_on = MONDAY + timedelta(days=7)
    assert plan(now=a_week_on) == 0
    attempt = WebhookAttempt.objects.create(
        org=acorn.org, call_sid="CA9", outcome="declined", reason="no_slot"
    )
    WebhookAttempt.objects.filter(pk=attempt.pk).update(at=a_week_on - timedelta(hours=1))
    assert plan(now=a_week_on) == 0  # it was this morning
    WebhookAttempt.objects.filter(pk=attempt.pk).update(at=a_week_on - timedelta(days=2))
    assert plan(now=a_week_on) == 1
    assert report_of(acorn.org, Days(date(2026, 5, 11), date(2026, 5, 17))).missed == 1


def test_a_report_takes_as_many_queries_however_many_calls_there_were(
    acorn, django_assert_max_num_queries
):
    for _number in range(5):
        acorn.ended("Hello.", "> Hi.", "Yes?")
    while analyse_due(hint=0, now=LATER):
        pass
    with django_assert_max_num_queries(9):
        assert report_of(acorn.org, WEEK).week.calls == 6


def test_the_tasks_plan_and_send(acorn, monkeypatch):
    monkeypatch.setattr("usage.tasks.timezone.now", lambda: MONDAY)
    tasks.plan_digests()
    tasks.send_digests()
    assert WeeklyDigest.objects.get().sent_at is not None
