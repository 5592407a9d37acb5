"""Reminders of messages that nobody has taken: once, and after the organization's time."""

import smtplib
from datetime import timedelta

import pytest
from celery import current_app
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from accounts.members import trust
from accounts.models import Membership, Organization
from agents.models import AgentVersion
from agents.tools.base import MessageDraft
from testing.scene import NOW, Scene
from usage import tasks
from usage.messages import inbox
from usage.messages.mails import send_waiting as send_mails
from usage.messages.reminders import send_waiting
from usage.messages.taking import REMIND, take
from usage.models import Call, CallAnalysis, Message, Outbox
from usage.outbox import delivery

pytestmark = pytest.mark.core
BOILER = MessageDraft("The boiler leaks.", name="Ann Lee", number="555 0142")


@pytest.fixture
def acorn(cast):
    cache.clear()  # mails are counted for an hour
    scene = Scene()
    Membership.objects.create(org=scene.org, user=cast.alice, role="owner")
    Membership.objects.create(org=scene.org, user=cast.bob, role="member")
    return scene


def at(minutes):
    return NOW + timedelta(minutes=minutes)


def took(scene, draft=BOILER, *, key="c", call=None, minutes=0):
    return take((call or scene.talks()).pk, draft, key=key, now=at(minutes))


def test_people_are_reminded_once_and_not_before_the_time_that_was_set(acorn):
    Organization.objects.update(reminder_minutes=30, time_zone="Europe/Berlin")
    message = took(acorn)
    CallAnalysis.objects.create(
        call=message.call, outcome="message", author="model", summary="A boiler leaks.", made_at=NOW
    )
    send_waiting(now=at(29), hint=message.call_id)
    assert mail.outbox == []
    send_waiting(now=at(30))
    [one] = mail.outbox
    assert one.to == ["alice@example.com"]
    assert one.subject == "Nobody has taken a message for \u201cAcorn\u201d"
    for said in ("Ann Lee", "555 0142", "The boiler leaks.", "2026-05-04 14:00 CEST",
                 "Outcome of the call: message taken", "A boiler leaks."):  # fmt: skip
        assert said in one.body
    delivery.send_due(now=at(600))
    send_waiting(now=at(600))
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("how", ["assigned", "done", "switched off"])
def test_nobody_is_reminded_of_what_somebody_has_taken(cast, acorn, how):
    message = took(acorn)
    if how == "assigned":
        inbox.assign(message, assignee=cast.bob, actor=cast.bob, seen=None)
    elif how == "done":
        inbox.finish(message, actor=cast.bob, now=NOW)
    else:
        Organization.objects.update(reminder_minutes=None)
    send_waiting(now=at(61))
    assert mail.outbox == []
    assert Outbox.objects.get(kind=REMIND).done_at == at(61)


def test_two_messages_of_a_call_are_in_one_mail_and_a_later_one_has_its_own(acorn):
    first = took(acorn)
    took(acorn, MessageDraft("And the tap."), key="d", call=first.call, minutes=5)
    delivery.send_due(now=at(61))
    send_waiting(now=at(61), hint=first.call_id)
    assert mail.outbox[0].subject.startswith("Nobody has taken 2 messages")
    took(acorn, MessageDraft("And the roof."), key="e", call=first.call, minutes=90)
    send_waiting(now=at(149), hint=first.call_id)  # a task that came late
    assert len(mail.outbox) == 1
    send_waiting(now=at(150))
    assert "And the roof." in mail.outbox[1].body
    assert "tap" not in mail.outbox[1].body


def test_a_test_and_an_organization_without_reminders_leave_no_work(acorn):
    call = acorn.talks()
    Call.objects.filter(pk=call.pk).update(channel=Call.Channel.BROWSER)
    took(acorn, call=call)
    Organization.objects.update(reminder_minutes=None)
    took(acorn)
    assert not Outbox.objects.filter(kind=REMIND).exists()


def test_the_sweeper_has_it_sent_by_its_task(acorn, monkeypatch):
    message = took(acorn)
    sent = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args: sent.append((name, *args)))
    delivery.send_due(now=timezone.now())
    assert ("usage.tasks.send_reminders", message.call_id) in sent
    tasks.send_reminders(message.call_id)
    assert Message.objects.get().reminded_at is not None
    assert Outbox.objects.get(kind=REMIND).done_at is not None


def test_the_first_mail_says_what_the_call_came_to_where_that_is_known(acorn):
    message = took(acorn)
    CallAnalysis.objects.create(
        call=message.call, outcome="message", author="model", summary="It leaks.", made_at=NOW
    )
    send_mails(now=NOW)
    assert "Outcome of the call: message taken\nIt leaks." in mail.outbox[0].body


def test_an_organization_over_its_limit_has_its_reminders_put_off(acorn, monkeypatch):
    Organization.objects.update(reminder_minutes=30)
    for _ in range(3):
        took(acorn)
    monkeypatch.setattr(trust, "MESSAGE_MAILS_AN_HOUR", 1)
    send_waiting(now=at(30))
    assert len(mail.outbox) == 1
    waiting = Outbox.objects.filter(kind=REMIND, done_at=None)
    assert [row.due_at for row in waiting] == [at(60), at(60)]
    send_waiting(now=at(60))
    assert len(mail.outbox) == 2


def test_a_message_of_somebody_who_has_left_is_nobodys(cast, acorn):
    inbox.assign(took(acorn), assignee=cast.bob, actor=cast.bob, seen=None)
    Membership.objects.filter(user=cast.bob).delete()
    send_waiting(now=at(61))
    assert [one.to for one in mail.outbox] == [["alice@example.com"]]


def test_the_time_that_was_promised_is_in_the_reminder(acorn):
    took(acorn, MessageDraft("The quote.", name="Ann Lee", day="tuesday", time="15:30"))
    send_waiting(now=at(61))
    assert "Promised for: 2026-05-05 15:30" in mail.outbox[0].body


def test_owners_are_reminded_where_no_address_of_the_settings_is_taken(acorn, monkeypatch):
    AgentVersion.objects.update(settings={"messages": {"notify": "typo@example.org"}})
    Organization.objects.update(proven_at=NOW)
    gone = smtplib.SMTPRecipientsRefused({"typo@example.org": (550, b"no such user")})
    takes = EmailBackend.send_messages

    def send(self, messages):
        if messages[0].to == ["typo@example.org"]:
            raise gone
        return takes(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send)
    took(acorn)
    send_waiting(now=at(61))
    assert [one.to for one in mail.outbox] == [["alice@example.com"]]
