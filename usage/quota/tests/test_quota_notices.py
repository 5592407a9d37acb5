"""E-mails about the month's minutes: once for each share, whatever repeats or fails."""

import smtplib

import pytest
from celery import current_app
from django.core import mail
from django.utils import timezone

from accounts.models import Membership
from testing.scene import NOW, Scene, after, snapshot
from usage import tasks
from usage.billing.rollup import month_of
from usage.billing.settlement import finalize, settle, sweep
from usage.models import Outbox, Plan, Quota, QuotaNotice
from usage.outbox import delivery, rows
from usage.outbox.kinds import HANDLERS
from usage.quota.notices import SEND, latest_notice, record_shares, send_waiting

TASK = "usage.tasks.send_quota_notices"


@pytest.fixture
def hints(monkeypatch):
    """The notices whose tasks were put on the queue."""
    sent = []

    def send_task(name, args):
        if name == TASK:
            sent.extend(args)

    monkeypatch.setattr(current_app, "send_task", send_task)
    monkeypatch.setattr(delivery, "hints", {kind: delivery.hints_of(kind) for kind in HANDLERS})
    return sent


@pytest.fixture
def acorn(cast):
    """Acorn with a plan of 100 minutes; its scene rings at the agent of another organization."""
    scene = Scene()
    scene.org.name = "Acorn & Sons"
    scene.org.save()
    plan = Plan.objects.create(name="Office", concurrent_calls=5, minutes_a_month=100)
    Quota.objects.create(org=scene.org, plan=plan)
    for person, role in ((cast.alice, "owner"), (cast.adam, "admin"), (cast.bob, "member")):
        Membership.objects.create(org=scene.org, user=person, role=role)
    return scene


def talk(scene, minutes):
    call = scene.talks()
    snapshot(call, 1, is_final=True, stream_ms=minutes * 60_000)
    finalize(call.pk, reason="stop", now=NOW)
    for _ in range(2):
        settle(call.pk, now=NOW)
    return call


def shares():
    return sorted(QuotaNotice.objects.values_list("percent", flat=True))


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [([49], []), ([50], [50]), ([49, 1, 1], [50]), ([79, 5], [50, 80]), ([250], [50, 80, 100])],
)
def test_a_share_that_is_reached_is_noted_once(
    acorn, hints, django_capture_on_commit_callbacks, minutes, expected
):
    with django_capture_on_commit_callbacks(execute=True):
        for each in minutes:
            talk(acorn, each)
    assert shares() == expected
    assert bool(hints) == bool(expected)
    assert len(hints) <= len(expected)


def test_a_correction_that_goes_below_and_above_again_notes_nothing_new(acorn, hints):
    call = talk(acorn, 50)
    for sequence, minutes in enumerate((40, 55), 2):
        snapshot(call, sequence, is_final=True, stream_ms=minutes * 60_000)
        settle(call.pk, now=NOW)
    assert shares() == [50]


def test_an_organization_without_a_limit_gets_none(hints, db):
    talk(Scene(), 5_000)
    assert shares() == []


def test_owners_and_admins_are_mailed_each_by_themselves(acorn, hints):
    talk(acorn, 81)
    send_waiting(now=NOW)
    assert sorted((one.to, one.subject) for one in mail.outbox) == sorted(
        ([address], f"\u201cAcorn & Sons\u201d has used {share}% of this month’s minutes")
        for address in ("adam@example.com", "alice@example.com")
        for share in (50, 80)
    )
    assert "May 2026" in mail.outbox[0].body
    assert f"/o/{acorn.org.public_id}/usage/" in mail.outbox[0].body
    assert "&amp;" not in mail.outbox[0].body
    send_waiting(now=after(1_000))
    assert len(mail.outbox) == 4


def test_the_last_one_says_what_callers_hear_now(acorn, hints):
    talk(acorn, 100)
    send_waiting(now=NOW)
    assert "no more calls are taken" in mail.outbox[-1].body


def test_a_mail_server_that_refuses_is_tried_again_later(acorn, hints, monkeypatch):
    talk(acorn, 50)

    def refuse(self, messages):
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
        send_waiting(now=NOW)
    assert QuotaNotice.objects.get().sent_at is None
    send_waiting(now=after(1))
    assert mail.outbox == []
    later = NOW + delivery.FIRST_RETRY
    send_waiting(now=later)
    assert (len(mail.outbox), QuotaNotice.objects.get().sent_at) == (2, later)


@pytest.mark.parametrize(("code", "is_sent"), [(550, True), (450, False)])
def test_an_address_that_is_refused_for_good_keeps_the_mail_from_no_other(
    acorn, hints, monkeypatch, code, is_sent
):
    talk(acorn, 50)
    taken = []

    def send_messages(self, messages):
        for message in messages:
            if message.to == ["alice@example.com"]:
                raise smtplib.SMTPRecipientsRefused({message.to[0]: (code, b"no such user")})
            taken.extend(message.to)

    monkeypatch.setattr(
        "django.core.mail.backends.locmem.EmailBackend.send_messages", send_messages
    )
    send_waiting(now=NOW)
    assert (QuotaNotice.objects.get().sent_at is not None) == is_sent
    send_waiting(now=NOW + delivery.FIRST_RETRY)
    if is_sent:
        assert taken == ["adam@example.com"]


def test_the_sweep_finds_what_waits_and_nothing_else(acorn, hints):
    now = timezone.now()  # of the tasks
    record_shares({(acorn.org.pk, month_of(now, "")): 60}, {acorn.org.pk: 100}, now=now)
    tasks.sweep()
    assert hints == [QuotaNotice.objects.get().pk]
    tasks.send_quota_notices(*hints)
    assert len(mail.outbox) == 2
    tasks.sweep()
    assert len(hints) == 1


def test_two_tasks_about_one_notice_send_it_once(acorn, hints, monkeypatch):
    """The second comes while the first one still waits for the mail server."""
    talk(acorn, 50)
    notice = QuotaNotice.objects.get()
    sent = []

    def send_slowly(self, messages):
        sent.extend(messages)
        send_waiting(hint=notice.pk, now=after(1))

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", send_slowly)
    send_waiting(hint=notice.pk, now=NOW)
    assert len(sent) == 2


def test_a_worker_that_died_with_a_notice_has_it_for_a_time_only(acorn, hints):
    talk(acorn, 50)
    Outbox.objects.filter(kind=SEND).update(leased_until=after(120))
    send_waiting(now=after(119))
    assert mail.outbox == []
    send_waiting(now=after(120))
    assert len(mail.outbox) == 2


def test_a_notice_that_never_goes_out_is_given_up_where_an_operator_sees_it(
    acorn, hints, monkeypatch
):
    talk(acorn, 50)

    def refuse(self, messages):
        raise OSError("no route to host")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    send_waiting(now=NOW)
    row = Outbox.objects.filter(kind=SEND)
    row.update(attempts=delivery.MAX_ATTEMPTS)
    sweep(now=after(60))
    assert row.get().dead_at == after(60)
    assert row.get().last_error == "OSError: no route to host"


def test_a_notice_that_was_sent_is_not_sent_again_when_its_row_runs_again(acorn, hints):
    talk(acorn, 50)
    send_waiting(now=NOW)
    rows.rearm(SEND, QuotaNotice.objects.get().pk, now=after(1))
    send_waiting(now=after(1))
    assert len(mail.outbox) == 2
    assert Outbox.objects.get(kind=SEND).done_at == after(1)


def test_the_dashboard_shows_the_greatest_share_of_this_month(acorn, hints):
    assert latest_notice(acorn.org, now=NOW) is None
    talk(acorn, 85)
    notice = latest_notice(acorn.org, now=NOW)
    assert notice is not None
    assert notice.percent == 80
    assert latest_notice(acorn.org, now=after(40 * 86_400)) is None


def test_minutes_that_are_raised_have_shares_of_their_own(acorn, hints):
    """The page does not go on saying that all are used, and the new limit is told of as well."""
    talk(acorn, 105)
    Quota.objects.update(minutes_a_month=500)
    acorn.org.refresh_from_db()
    assert latest_notice(acorn.org, now=NOW) is None
    talk(acorn, 395)
    notice = latest_notice(acorn.org, now=NOW)
    assert (notice.about, notice.percent) == ("minutes 500", 100)
    assert shares() == [50, 50, 80, 80, 100, 100]


def test_nobody_is_told_of_a_month_that_is_over(acorn, hints):
    talk(acorn, 100)
    send_waiting(now=after(40 * 86_400))
    assert mail.outbox == []
    assert not QuotaNotice.objects.filter(sent_at=None).exists()
