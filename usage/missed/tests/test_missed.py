"""Callers who were not answered: told to owners once a day for each cause, counted, listed."""

import smtplib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from celery import current_app
from django.core import mail

from accounts.models import Membership, Organization
from testing.scene import NOW, Scene, after
from usage.billing.settlement import finalize
from usage.missed.causes import cause_in_words, remedy_of
from usage.missed.mail import send_waiting
from usage.missed.reads import causes_of_day, latest_of_cause, missed_callers
from usage.missed.record import SEND
from usage.models import MissedNotice, Outbox, WebhookAttempt
from usage.outbox import delivery
from usage.outbox.kinds import HANDLERS
from usage.records.attempts import attempt_log
from voicex.reasons.unanswered import CAUSES, FAILED_ENDS, UNANSWERED
from voicex.simulated_phone import ACCOUNT_SID

TASK = "usage.tasks.send_missed_notices"


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
    scene = Scene()
    scene.org.name = "Acorn & Sons"
    scene.org.save()
    for person, role in ((cast.alice, "owner"), (cast.adam, "admin"), (cast.bob, "member")):
        Membership.objects.create(org=scene.org, user=person, role=role)
    return scene


def declined(scene, call_sid="CA1", *, reason="engine_without_key", detail="openai"):
    attempt_log.record(
        org=scene.org, call_sid=call_sid, outcome="declined", reason=reason, detail=detail
    )


def now_of_attempts():
    return WebhookAttempt.objects.latest("pk").at


def causes(scene, *, now=None):
    found = causes_of_day(scene.org, now=now or now_of_attempts())
    return [(each.cause, each.detail, each.callers) for each in found]


@pytest.mark.parametrize("cause", sorted({*UNANSWERED, *FAILED_ENDS}))
def test_every_cause_has_words_and_a_remedy(cause):
    assert cause in CAUSES
    said = cause_in_words(cause, "openai")
    assert said
    assert "%(" not in said
    assert not said.endswith(".")
    assert remedy_of(cause).endswith(".")


def test_nothing_else_is_a_cause():
    assert set(CAUSES) == {each.value for each in (*UNANSWERED, *FAILED_ENDS)}
    assert cause_in_words("moon_phase", "") == "moon phase"
    assert remedy_of("moon_phase") == ""


def test_owners_are_told_at_once_with_cause_and_remedy(
    acorn, cast, hints, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        declined(acorn)
    notice = MissedNotice.objects.get()
    assert hints == [notice.pk]
    assert Outbox.objects.get(kind=SEND).missed == notice

    send_waiting(hint=notice.pk, now=now_of_attempts())
    [message] = mail.outbox
    assert message.to == [cast.alice.email]
    assert "callers are not answered, OpenAI has no key" in message.subject
    assert "Acorn & Sons" in message.body
    assert "Add a key under Credentials" in message.body
    assert f"/o/{acorn.org.public_id}/calls/missed/" in message.body
    assert Outbox.objects.get(kind=SEND).done_at


def test_a_cause_is_told_once_a_day_and_each_cause_by_itself(acorn, hints):
    for number in range(5):
        declined(acorn, f"CA{number}")
    assert MissedNotice.objects.count() == 1
    declined(acorn, "CA9", reason="no_active_agent", detail="")
    declined(acorn, "CA9", detail="google")
    assert MissedNotice.objects.count() == 3
    MissedNotice.objects.update(day="2026-01-01")
    declined(acorn, "CA10")
    assert MissedNotice.objects.count() == 4


def test_the_day_of_a_cause_is_that_of_the_organization(acorn, hints):
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):  # never the same day
        Organization.objects.update(time_zone=zone)
        declined(acorn)
        notice = MissedNotice.objects.latest("pk")
        assert notice.day == now_of_attempts().astimezone(ZoneInfo(zone)).date()
    assert MissedNotice.objects.count() == 2


def test_a_notice_that_was_sent_is_not_sent_twice(acorn, hints):
    declined(acorn)
    notice = MissedNotice.objects.get()
    for _ in range(2):
        send_waiting(hint=notice.pk, now=now_of_attempts())
        Outbox.objects.filter(kind=SEND).update(done_at=None)
    assert len(mail.outbox) == 1


def test_a_mail_server_that_fails_is_tried_again(acorn, hints, monkeypatch):
    declined(acorn)

    def refuse(*_given):
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
        send_waiting(now=now_of_attempts())
    row = Outbox.objects.get(kind=SEND)
    assert row.done_at is None
    assert MissedNotice.objects.get().sent_at is None
    send_waiting(now=row.due_at)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [("answered", ""), ("answered", "account_changed"), ("refused", "bad_callback")],
)
def test_what_leaves_no_caller_unanswered_is_no_cause(acorn, outcome, reason):
    attempt_log.record(org=acorn.org, call_sid="CA1", outcome=outcome, reason=reason)
    assert not MissedNotice.objects.exists()
    assert causes(acorn) == []
    assert missed_callers(acorn.org, limit=5) == []


def test_strangers_without_a_key_tell_no_one(db):
    attempt_log.record(org=None, call_sid="CA1", outcome="refused", reason="key_revoked")
    assert not MissedNotice.objects.exists()


def test_callers_of_today_are_counted_by_cause(acorn):
    for number in (1, 2, 3, 3):  # the last one was asked for twice
        declined(acorn, f"CA{number}")
    declined(acorn, "CA5", reason="no_slot", detail="")
    assert causes(acorn) == [("engine_without_key", "openai", 3), ("no_slot", "", 1)]
    WebhookAttempt.objects.update(at=after(-86_400 * 400))
    assert causes_of_day(acorn.org, now=NOW) == []


def test_today_is_the_day_of_the_organizations_clocks(acorn):
    declined(acorn)
    midnight = datetime(2026, 5, 4, tzinfo=UTC)
    WebhookAttempt.objects.update(at=midnight - timedelta(hours=1))
    assert causes(acorn, now=midnight + timedelta(hours=1)) == []
    acorn.org.time_zone = "Europe/Berlin"
    assert len(causes(acorn, now=midnight + timedelta(hours=1))) == 1


def test_a_caller_who_was_answered_in_the_end_is_not_counted(acorn):
    call = acorn.rings()
    declined(acorn, call.call_sid, reason="draining", detail="")
    assert causes(acorn) == []


@pytest.mark.parametrize("reason", sorted(FAILED_ENDS))
def test_a_call_that_failed_is_told_counted_and_listed(acorn, reason):
    call = acorn.rings()
    finalize(call.pk, reason=reason, now=after(20))
    assert [(each.cause, each.day) for each in MissedNotice.objects.all()] == [(reason, NOW.date())]
    assert causes(acorn, now=after(30)) == [(reason, "", 1)]
    [missed] = missed_callers(acorn.org, limit=5)
    assert (missed.call, missed.cause, missed.at) == (call, reason, NOW)


def test_a_call_that_ended_well_and_a_test_are_not_told(acorn):
    finalize(acorn.rings().pk, reason="stop", now=after(20))
    test = acorn.rings()
    type(test).objects.filter(pk=test.pk).update(channel="browser")
    finalize(test.pk, reason="engine_failed", now=after(20))
    simulated = acorn.rings()
    type(test).objects.filter(pk=simulated.pk).update(account_sid=ACCOUNT_SID)
    finalize(simulated.pk, reason="engine_failed", now=after(20))
    assert missed_callers(acorn.org, limit=5) == []
    assert not MissedNotice.objects.exists()
    assert causes(acorn, now=after(30)) == []


def test_the_list_is_paged_by_moment_newest_first(acorn):
    for number in range(3):
        declined(acorn, f"CA{number}")
    WebhookAttempt.objects.filter(call_sid="CA0").update(at=after(10))
    WebhookAttempt.objects.filter(call_sid="CA1").update(at=after(30))
    WebhookAttempt.objects.filter(call_sid="CA2").update(at=after(20))
    call = acorn.rings(now=after(25))
    finalize(call.pk, reason="engine_failed", now=after(26))
    found = missed_callers(acorn.org, limit=3)
    assert [each.call_sid for each in found] == ["CA1", call.call_sid, "CA2"]
    found = missed_callers(acorn.org, before=found[-1].at, limit=3)
    assert [each.call_sid for each in found] == ["CA0"]


def test_a_caller_whose_request_was_repeated_is_listed_once(acorn, hints):
    # Refused with 403, of which Twilio asks the number's fallback URL: with the same CallSid.
    for call_sid in ("CA1", "CA1", "CA2", "CA2", "", ""):
        declined(acorn, call_sid, reason="agent_inactive", detail="")
    first = WebhookAttempt.objects.filter(call_sid="CA1").earliest("pk")
    found = missed_callers(acorn.org, limit=9)
    assert [each.call_sid for each in found] == ["", "", "CA2", "CA1"]
    assert found[-1].at == first.at
    said = latest_of_cause(acorn.org, cause="agent_inactive", detail="", limit=9)
    assert said == found
    assert missed_callers(acorn.org, before=first.at, limit=9) == []
    assert missed_callers(acorn.org, before=found[2].at, limit=9) == [found[-1]]


def test_the_list_is_the_same_however_few_requests_are_read_at_once(acorn, hints, monkeypatch):
    monkeypatch.setattr("usage.missed.reads.SEEN_AT_ONCE", 2)
    for number, call_sid in enumerate(("CA1", "CA2", "CA2", "CA2", "CA3")):
        declined(acorn, call_sid)
        WebhookAttempt.objects.filter(pk=WebhookAttempt.objects.latest("pk").pk).update(
            at=after(number)
        )
    found = missed_callers(acorn.org, limit=9)
    assert [each.call_sid for each in found] == ["CA3", "CA2", "CA1"]
    assert missed_callers(acorn.org, limit=2) == found[:2]
    assert missed_callers(acorn.org, before=found[1].at, limit=9) == found[2:]


def test_a_caller_who_was_answered_in_the_end_is_not_listed(acorn, hints):
    call = acorn.rings()
    declined(acorn, call.call_sid, reason="draining", detail="")
    assert missed_callers(acorn.org, limit=5) == []
    assert latest_of_cause(acorn.org, cause="draining", detail="", limit=5) == []


def test_a_caller_of_two_causes_is_named_under_both(acorn, hints):
    declined(acorn, "CA1", reason="no_slot", detail="")
    declined(acorn, "CA1", reason="agent_inactive", detail="")
    for cause in ("no_slot", "agent_inactive"):
        [found] = latest_of_cause(acorn.org, cause=cause, detail="", limit=5)
        assert found.cause == cause
    [found] = missed_callers(acorn.org, limit=5)
    assert found.cause == "no_slot"


def test_another_organization_sees_none_of_it(acorn, cast):
    declined(acorn)
    assert missed_callers(cast.birch, limit=5) == []
    assert causes_of_day(cast.birch, now=now_of_attempts()) == []
