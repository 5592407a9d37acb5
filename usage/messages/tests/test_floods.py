"""More mails than an hour has: put off, merged when too many wait, and nobody else's matter."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.locmem import EmailBackend

from accounts.members import trust
from accounts.models import Membership
from agents.models import AgentVersion
from agents.tools.base import MessageDraft
from testing.scene import NOW, Scene, after
from usage.messages import floods, mails, reminders
from usage.messages.taking import MAIL, REMIND, take
from usage.models import Call, Message, Outbox

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Two mails an hour; of more than four calls that wait, all but two are merged."""
    cache.clear()
    monkeypatch.setattr(trust, "MESSAGE_MAILS_AN_HOUR", 2)
    monkeypatch.setattr(floods, "MOST_WAITING", 4)
    monkeypatch.setattr(floods, "KEPT", 2)


@pytest.fixture
def acorn(cast):
    return owned_by(cast.alice)


def owned_by(person):
    scene = Scene()
    Membership.objects.create(org=scene.org, user=person, role="owner")
    return scene


def leaves(scene, count, *, notify="", now=NOW, is_urgent=False):
    """So many callers leave a message each with an agent that notifies these addresses."""
    if notify:
        scene.agent.published = AgentVersion.objects.create(
            agent=scene.agent, number=scene.agent.versions.count() + 1, greeting="Hello.",
            stt="scripted", llm="scripted", tts="scripted",
            settings={"messages": {"notify": notify}},
        )  # fmt: skip
        scene.agent.save()
    for number in range(count):
        draft = MessageDraft(f"Message {number}.", is_urgent=is_urgent)
        take(scene.talks(now=now).pk, draft, key="c", now=now)


def open_rows(kind=MAIL):
    return Outbox.objects.filter(kind=kind, done_at=None)


def merged():
    return [one for one in mail.outbox if "waiting for" in one.subject]


def test_as_many_as_may_wait_are_mailed_one_by_one_in_later_hours(acorn):
    leaves(acorn, 6)
    for hours in range(3):
        mails.send_waiting(now=NOW + hours * HOUR)
        assert len(mail.outbox) == 2 * (hours + 1)
    assert merged() == []


def test_of_too_many_the_oldest_become_one_mail_and_none_is_lost(acorn):
    leaves(acorn, 8)
    leaves(acorn, 1, is_urgent=True, now=after(1))
    mails.send_waiting(now=after(1))
    [one] = merged()
    # Two were mailed, the one that was refused is in a worker's hands, and two are kept.
    assert (len(mail.outbox), open_rows().count()) == (3, 3)
    assert one.to == ["alice@example.com"]
    assert one.subject == "4 messages from callers are waiting for “Acorn”"
    assert f"/o/{acorn.org.public_id}/messages/" in one.body
    assert "urgent" not in one.body
    assert "Message 2." not in one.body
    assert Message.objects.filter(state="new").count() == 9
    assert Message.objects.filter(mailed_at=None).count() == 3
    for hours in (1, 2):
        mails.send_waiting(now=NOW + hours * HOUR)
    assert not Message.objects.filter(mailed_at=None).exists()
    assert (len(mail.outbox), len(merged())) == (6, 1)


def test_however_many_come_within_the_hour_so_many_wait(acorn):
    for second in range(30):
        leaves(acorn, 1, now=after(second), is_urgent=second == 3)
        mails.send_waiting(now=after(second))
        assert open_rows().count() <= floods.MOST_WAITING + 1
    assert any("One of them is urgent" in one.body for one in merged())
    assert Message.objects.count() == 30


def test_each_recipient_hears_of_their_own_and_of_many_the_owners(acorn, monkeypatch):
    monkeypatch.setattr(floods, "GROUPS", 1)
    monkeypatch.setattr(trust, "MESSAGE_MAILS_AN_HOUR", 0)
    leaves(acorn, 1)  # refused, and tried again by itself
    leaves(acorn, 3, notify="desk@example.org")
    leaves(acorn, 2, notify="van@example.org")
    leaves(acorn, 2)  # kept
    mails.send_waiting(now=NOW)
    told = [(one.to, one.subject[0]) for one in merged()]
    assert told == [(["desk@example.org"], "3"), (["alice@example.com"], "2")]


def test_messages_of_test_calls_are_merged_for_members_alone(acorn, monkeypatch):
    monkeypatch.setattr(trust, "MESSAGE_MAILS_AN_HOUR", 0)
    leaves(acorn, 1)
    leaves(acorn, 4, notify="desk@example.org")
    tests = Message.objects.order_by("-pk").values_list("call", flat=True)[:1]
    Call.objects.filter(pk__in=list(tests)).update(channel=Call.Channel.BROWSER)
    leaves(acorn, 2)  # kept
    mails.send_waiting(now=NOW)
    told = [(one.to, one.subject[0]) for one in merged()]
    assert told == [(["desk@example.org"], "3"), (["alice@example.com"], "1")]


def test_the_owners_hear_of_what_the_recipients_server_refuses(acorn, monkeypatch):
    takes = EmailBackend.send_messages

    def send(self, messages):
        if messages[0].to == ["typo@example.org"]:
            raise smtplib.SMTPRecipientsRefused({"typo@example.org": (550, b"no such user")})
        return takes(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send)
    monkeypatch.setattr(trust, "MESSAGE_MAILS_AN_HOUR", 0)
    leaves(acorn, 8, notify="typo@example.org")
    mails.send_waiting(now=NOW)
    assert [one.to for one in merged()] == [["alice@example.com"]]


def test_what_the_mail_server_does_not_take_waits_on(acorn, monkeypatch):
    monkeypatch.setattr(trust, "MESSAGE_MAILS_AN_HOUR", 0)
    leaves(acorn, 8)

    def away(self, messages):
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", away)
        mails.send_waiting(now=NOW)
    assert open_rows().count() == 8
    assert Message.objects.filter(mailed_at=None).count() == 8
    mails.send_waiting(now=NOW + HOUR)
    assert len(merged()) == 1


def test_reminders_are_merged_too(acorn):
    acorn.org.reminder_minutes = 60
    acorn.org.save()
    leaves(acorn, 9)
    mails.send_waiting(now=NOW)
    mail.outbox.clear()
    reminders.send_waiting(now=NOW + HOUR)
    [one] = merged()
    assert one.subject == "4 messages from callers are waiting for “Acorn”"
    assert "Nobody has taken them." in one.body
    assert open_rows(REMIND).count() == 3


def test_a_tenants_flood_has_nobody_elses_mail_wait(cast, acorn, monkeypatch):
    monkeypatch.setattr(trust, "MESSAGE_MAILS_AN_HOUR", 60)
    birch = owned_by(cast.charlie)
    leaves(acorn, 20)
    leaves(birch, 1, now=after(1))
    mails.send_waiting(now=after(1))
    assert ["charlie@example.com"] in [one.to for one in mail.outbox[:2]]
