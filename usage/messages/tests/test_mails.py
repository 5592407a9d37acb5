"""Mails about messages: to those whom the agent's settings name, at once, and once."""

import smtplib
from datetime import timedelta

import pytest
from celery import current_app
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.locmem import EmailBackend

from accounts.members import trust
from accounts.models import Membership, Organization, User
from agents.models import AgentVersion
from agents.tools.base import MessageDraft
from testing.scene import NOW, Scene, after
from usage import tasks
from usage.messages import mails
from usage.messages.mails import send_waiting
from usage.messages.taking import MAIL, take
from usage.models import Call, Message, Outbox
from usage.outbox import delivery
from usage.outbox import mail as outbox_mail
from usage.outbox.kinds import HANDLERS

HOUR = timedelta(hours=1)
BOILER = MessageDraft("The boiler leaks.\nCome soon.", name="Ann Lee", number="555 0142")


@pytest.fixture
def acorn(cast):
    cache.clear()  # mails are counted for an hour
    scene = Scene()
    for person, role in ((cast.alice, "owner"), (cast.adam, "admin"), (cast.bob, "member")):
        Membership.objects.create(org=scene.org, user=person, role=role)
    return scene


def notifies(scene, addresses):
    scene.agent.published = AgentVersion.objects.create(
        agent=scene.agent, number=2, greeting="Hello.", stt="scripted", llm="scripted",
        tts="scripted", settings={"messages": {"notify": addresses}},
    )  # fmt: skip
    scene.agent.save()


def sent_to():
    return [one.to for one in mail.outbox]


def test_without_addresses_the_owners_get_it_with_all_that_is_known(acorn):
    call = acorn.talks()
    take(call.pk, BOILER, key="c", now=NOW)
    send_waiting(now=NOW)
    [one] = mail.outbox
    assert one.to == ["alice@example.com"]
    assert one.subject == "Message from Ann Lee for “Acorn”"
    for said in ("Ann Lee", "555 0142", "The boiler leaks.\nCome soon.", "2026-05-04 12:00 UTC",
                 f"/o/{acorn.org.public_id}/messages/", f"/calls/{call.call_sid}/"):  # fmt: skip
        assert said in one.body
    assert "&" not in one.body


def test_an_urgent_one_says_so_first(acorn):
    take(acorn.talks().pk, MessageDraft("Fire", is_urgent=True), key="c", now=NOW)
    send_waiting(now=NOW)
    assert mail.outbox[0].subject.startswith("Urgent: message from +12025550100")


def test_the_addresses_of_the_settings_get_it_in_one_mail(acorn):
    notifies(acorn, "desk@example.com, ann@example.org")
    take(acorn.talks().pk, BOILER, key="c", now=NOW)
    send_waiting(now=NOW)
    assert sent_to() == [["desk@example.com", "ann@example.org"]]


def test_an_unproven_organization_reaches_its_members_alone(acorn):
    Organization.objects.filter(pk=acorn.org.pk).update(proven_at=None)
    notifies(acorn, "stranger@example.org, BOB@example.com")
    take(acorn.talks().pk, BOILER, key="c", now=NOW)
    notifies_only_strangers = acorn
    send_waiting(now=NOW)
    assert sent_to() == [["BOB@example.com"]]
    mail.outbox.clear()
    AgentVersion.objects.filter(number=2).update(
        settings={"messages": {"notify": "stranger@example.org"}}
    )
    take(notifies_only_strangers.talks().pk, BOILER, key="c", now=NOW)
    send_waiting(now=NOW)
    assert sent_to() == [["alice@example.com"]]


def test_a_test_call_reaches_members_alone(acorn):
    notifies(acorn, "stranger@example.org, BOB@example.com")
    call = acorn.talks()
    Call.objects.filter(pk=call.pk).update(channel=Call.Channel.TYPED)
    take(call.pk, BOILER, key="c", now=NOW)
    send_waiting(now=NOW)
    assert sent_to() == [["BOB@example.com"]]
    AgentVersion.objects.filter(number=2).update(
        settings={"messages": {"notify": "stranger@example.org"}}
    )
    take(call.pk, MessageDraft("Another."), key="d", now=after(1))
    send_waiting(hint=call.pk, now=after(1))
    assert sent_to()[1:] == [["alice@example.com"]]


def test_a_mail_to_many_outside_the_team_counts_as_several(acorn, monkeypatch):
    monkeypatch.setattr(trust, "MESSAGE_MAILS_AN_HOUR", 5)
    strangers = ", ".join(f"{letter}@example.org" for letter in "abcd")
    notifies(acorn, f"{strangers}, bob@example.com, alice@example.com")
    for _ in range(3):
        take(acorn.talks().pk, BOILER, key="c", now=NOW)
    send_waiting(now=NOW)
    assert len(mail.outbox) == 2
    send_waiting(now=NOW + HOUR)
    assert len(mail.outbox) == 3


def test_what_a_caller_calls_themselves_is_no_address_and_no_second_line(acorn):
    draft = MessageDraft("x", name="Win at www.evil.example\nBcc: all@example.com")
    take(acorn.talks().pk, draft, key="c", now=NOW)
    send_waiting(now=NOW)
    assert "www." not in mail.outbox[0].subject
    assert "@" not in mail.outbox[0].subject
    assert "\n" not in mail.outbox[0].subject


def test_each_message_is_mailed_once(acorn):
    call = acorn.talks()
    take(call.pk, BOILER, key="c1", now=NOW)
    send_waiting(now=NOW)
    take(call.pk, MessageDraft("Another."), key="c2", now=after(1))
    for _ in range(2):
        send_waiting(hint=call.pk, now=after(1))
    assert ["Another." in one.body for one in mail.outbox] == [False, True]
    assert not Message.objects.filter(mailed_at=None).exists()


def test_a_mail_server_that_is_away_is_tried_again_until_it_takes_it(acorn, monkeypatch):
    take(acorn.talks().pk, BOILER, key="c", now=NOW)

    def away(self, messages):
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", away)
        send_waiting(now=NOW)
    assert Message.objects.get().mailed_at is None
    later = NOW + delivery.FIRST_RETRY
    send_waiting(now=later)
    assert (len(mail.outbox), Message.objects.get().mailed_at) == (1, later)
    assert Outbox.objects.get(kind=MAIL).done_at == later


def test_the_mail_goes_out_as_soon_as_the_message_is_committed(
    acorn, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(delivery, "hints", {kind: delivery.hints_of(kind) for kind in HANDLERS})
    monkeypatch.setattr(current_app, "send_task", lambda name, args: tasks.send_messages(*args))
    with django_capture_on_commit_callbacks(execute=True):
        take(acorn.talks().pk, BOILER, key="c", now=NOW)
        assert mail.outbox == []
    assert sent_to() == [["alice@example.com"]]


def test_an_organization_without_owners_loses_no_message(scene):
    take(scene.talks().pk, BOILER, key="c", now=NOW)
    send_waiting(now=NOW)
    assert mail.outbox == []
    assert mails.recipients_of(Message.objects.get().call) == []
    assert Message.objects.get().state == "new"


def refuses(monkeypatch, refused):
    """The mail server raises what `refused` returns for a mail, and takes the others."""
    backend = "django.core.mail.backends.locmem.EmailBackend.send_messages"
    takes = EmailBackend.send_messages

    def send(self, messages):
        if error := refused(messages[0]):
            raise error
        return takes(self, messages)

    monkeypatch.setattr(backend, send)


def test_owners_get_what_no_address_of_the_settings_takes(acorn, monkeypatch):
    notifies(acorn, "typo@example.org")
    gone = smtplib.SMTPRecipientsRefused({"typo@example.org": (550, b"no such user")})
    refuses(monkeypatch, lambda one: gone if one.to == ["typo@example.org"] else None)
    take(acorn.talks().pk, BOILER, key="c", now=NOW)
    send_waiting(now=NOW)
    assert sent_to() == [["alice@example.com"]]
    assert Message.objects.get().mailed_at == NOW


def test_what_nobody_takes_is_not_said_to_be_mailed(acorn, monkeypatch):
    gone = smtplib.SMTPRecipientsRefused({"alice@example.com": (550, b"no such user")})
    refuses(monkeypatch, lambda _one: gone)
    take(acorn.talks().pk, BOILER, key="c", now=NOW)
    send_waiting(now=NOW)
    assert Message.objects.get().mailed_at is None
    assert Outbox.objects.get(kind=MAIL).done_at == NOW


def test_a_message_that_the_server_refuses_does_not_hold_up_the_next(acorn, monkeypatch):
    spam = smtplib.SMTPDataError(554, b"looks like spam")
    refuses(monkeypatch, lambda one: spam if "Poison" in one.body else None)
    call = acorn.talks()
    for text in ("Poison.", "The boiler leaks."):
        take(call.pk, MessageDraft(text), key=text, now=NOW)
    send_waiting(now=NOW)
    assert ["boiler" in one.body for one in mail.outbox] == [True]
    assert [each.mailed_at for each in Message.objects.order_by("pk")] == [None, NOW]
    assert Outbox.objects.get(kind=MAIL).done_at is None


def test_a_flood_of_messages_waits_in_the_inbox_and_holds_up_no_other_organization(
    acorn, monkeypatch
):
    monkeypatch.setattr(trust, "MESSAGE_MAILS_AN_HOUR", 2)
    call, other = acorn.talks(), Scene()
    for number in range(3):
        take(call.pk, MessageDraft(f"Message {number}."), key=str(number), now=NOW)
    Membership.objects.create(
        org=other.org, user=User.objects.get(email="bob@example.com"), role="owner"
    )
    take(other.talks().pk, BOILER, key="c", now=NOW)
    send_waiting(now=NOW)
    assert sent_to().count(["alice@example.com"]) == 2
    assert ["bob@example.com"] in sent_to()
    assert Message.objects.filter(mailed_at=None).count() == 1
    send_waiting(now=NOW + delivery.FIRST_RETRY)
    assert Message.objects.filter(mailed_at=None).exists()
    send_waiting(now=NOW + HOUR)
    assert not Message.objects.filter(mailed_at=None).exists()


def test_one_refusal_puts_off_all_that_the_organization_has_due(acorn, monkeypatch):
    monkeypatch.setattr(trust, "MESSAGE_MAILS_AN_HOUR", 1)
    for _ in range(4):
        take(acorn.talks().pk, BOILER, key="c", now=NOW)
    asked = []

    def may_mail(org, **counted):
        asked.append(org)
        return trust.may_mail_message(org, **counted)

    monkeypatch.setattr(mails, "may_mail_message", may_mail)
    send_waiting(now=NOW)
    assert len(asked) == 2
    waiting = Outbox.objects.filter(kind=MAIL, done_at=None)
    once = ("TooManyMails: ", None, NOW + HOUR, 1)
    put_off = waiting.values_list("last_error", "leased_until", "due_at", "attempts")
    assert list(put_off.all()) == [once] * 3

    new = acorn.talks().pk
    take(new, BOILER, key="c", now=after(60))
    send_waiting(hint=new, now=after(60))  # it alone is tried
    assert len(asked) == 3
    assert list(put_off.all()) == [once] * 4
    for hours in (1, 2):
        send_waiting(now=NOW + hours * HOUR)
    assert len(mail.outbox) == 3


def test_who_is_put_off_for_ever_is_given_up(acorn, monkeypatch):
    monkeypatch.setattr(trust, "MESSAGE_MAILS_AN_HOUR", 0)
    for _ in range(2):
        take(acorn.talks().pk, BOILER, key="c", now=NOW)
    Outbox.objects.filter(kind=MAIL).update(attempts=delivery.MAX_ATTEMPTS)
    send_waiting(now=NOW)
    assert [row.dead_at for row in Outbox.objects.filter(kind=MAIL)] == [NOW, NOW]


def test_a_mail_server_that_does_not_answer_is_asked_once_and_left_alone(acorn, monkeypatch):
    for _ in range(3):
        take(acorn.talks().pk, BOILER, key="c", now=NOW)
    tried = []

    def away(self):
        tried.append(self)
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "open", away)
        send_waiting(now=NOW)
        send_waiting(now=NOW + delivery.FIRST_RETRY)
    assert len(tried) == 1
    send_waiting(now=NOW + delivery.FIRST_RETRY)
    assert mail.outbox == []
    row = Outbox.objects.filter(kind=MAIL, last_error="").first()
    send_waiting(hint=row.call_id, now=NOW + delivery.FIRST_RETRY)
    row.refresh_from_db()
    assert row.last_error == "The mail server is away."  # should it never be tried
    cache.delete(outbox_mail.AWAY)  # some time later
    send_waiting(now=NOW + delivery.FIRST_RETRY)
    assert len(mail.outbox) == 3


def test_a_number_in_the_subject_is_no_address(acorn):
    take(acorn.talks().pk, MessageDraft("x", number="www.evil.example"), key="c", now=NOW)
    send_waiting(now=NOW)
    assert "www." not in mail.outbox[0].subject
