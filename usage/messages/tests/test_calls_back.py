"""Calls back: their time out of a model's words, kept with the message, and reminded of."""

import smtplib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.locmem import EmailBackend

from accounts.models import Membership
from agents.models import AgentVersion
from agents.tools.base import MessageDraft
from testing.scene import NOW, Scene, after
from usage.hooks.payloads import message_taken
from usage.messages import calls_back, inbox, mails
from usage.messages.due import moment_of
from usage.messages.taking import in_words, take
from usage.models import Message
from voicex.errors import MessageRefused

TUESDAY = MessageDraft("The boiler.", name="Ann Lee", day="tuesday", time="15:30")
DUE = datetime(2026, 5, 5, 13, 30, tzinfo=UTC)  # 15:30 in Berlin; NOW is a Monday


@pytest.fixture
def acorn(cast):
    cache.clear()  # mails are counted for an hour
    scene = Scene()
    for person, role in ((cast.alice, "owner"), (cast.bob, "member")):
        Membership.objects.create(org=scene.org, user=person, role=role)
    scene.org.time_zone = "Europe/Berlin"
    scene.org.save()
    settings = {"messages": {"calls_back": True}}
    scene.agent.published = AgentVersion.objects.create(
        agent=scene.agent, number=2, greeting="Hello.", stt="scripted", llm="scripted",
        tts="scripted", settings=settings,
    )  # fmt: skip
    scene.agent.save()
    return scene


@pytest.mark.parametrize(
    ("day", "clock", "moment"),
    [
        ("today", "15:00", "2026-05-04T13:00"),
        ("Tomorrow", "9", "2026-05-05T07:00"),
        ("monday", "15.00", "2026-05-04T13:00"),
        ("monday", "9:00", "2026-05-11T07:00"),  # today's has passed
        (" Sunday ", "0930", "2026-05-10T07:30"),
        ("2026-06-01", "23:59", "2026-06-01T21:59"),
    ],
)
def test_a_day_and_a_time_are_a_moment_of_the_zone(day, clock, moment):
    assert moment_of(day, clock, "Europe/Berlin", now=NOW) == datetime.fromisoformat(f"{moment}Z")


@pytest.mark.parametrize(
    ("day", "clock", "said"),
    [
        ("today", "13:59", "it is Monday, 2026-05-04 14:00 now"),
        ("2025-01-01", "9:00", "has passed"),
        ("2027-01-01", "9:00", "too far ahead. Ask for a time before Friday, 2026-07-03 14:00"),
        ("9999-12-31", "23:59", "too far ahead"),
        ("0001-01-01", "0:00", "has passed"),
        ("2026-02-30", "9:00", "Write the day"),
        ("soon", "9:00", "Write the day"),
        ("today", "nine", "Write the time"),
        ("today", "25:00", "Write the time"),
        ("", "", "Write the time"),
    ],
)
def test_what_is_no_moment_to_come_is_refused_in_words(day, clock, said):
    with pytest.raises(MessageRefused, match=said):
        moment_of(day, clock, "Europe/Berlin", now=NOW)
    with pytest.raises(MessageRefused):
        moment_of(day, clock, "America/New_York", now=NOW + timedelta(hours=6))


def test_no_time_is_noted_at_which_the_message_is_deleted_already(acorn):
    acorn.org.transcript_days = 1
    acorn.org.save()
    call = acorn.talks()
    with pytest.raises(MessageRefused, match="Ask for a time before Tuesday, 2026-05-05 14:00"):
        take(call.pk, TUESDAY, key="c", now=NOW)
    assert take(call.pk, replace(TUESDAY, time="13:59"), key="c", now=NOW).due_at


def test_the_time_is_by_the_clocks_of_the_opening_hours(acorn):
    settings = {"messages": {"calls_back": True}, "opening": {"time_zone": "America/New_York"}}
    acorn.agent.published = AgentVersion.objects.create(
        agent=acorn.agent, number=3, greeting="Hello.", stt="scripted", llm="scripted",
        tts="scripted", settings=settings,
    )  # fmt: skip
    acorn.agent.save()
    message = take(acorn.talks().pk, TUESDAY, key="c", now=NOW)
    assert message.due_at == datetime(2026, 5, 5, 19, 30, tzinfo=UTC)
    assert "noted for Tuesday, May 5 at 3:30 PM." in in_words(message, "en")


def test_it_is_kept_with_the_message_and_said_as_people_do(acorn):
    call = acorn.talks()
    message = take(call.pk, TUESDAY, key="c", now=NOW)
    assert Message.objects.get().due_at == DUE
    assert "noted for Tuesday, May 5 at 3:30 PM." in in_words(message, "en")
    assert "noted for Dienstag, 5. Mai um 15:30 Uhr." in in_words(message, "de")
    assert message_taken(message, call)["message"]["call_back_at"] == "2026-05-05T13:30:00.000Z"
    again = take(call.pk, TUESDAY, key="c", now=after(1))
    assert again == message
    assert "noted for Tuesday" in in_words(again, "en")
    take(call.pk, MessageDraft("The boiler.", name="Ann Lee", day="friday", time="9:00"),
         key="d", now=after(2))  # fmt: skip
    assert Message.objects.count() == 2


def test_when_its_time_has_come_those_who_were_told_are_reminded_once(acorn):
    take(acorn.talks().pk, TUESDAY, key="c", now=NOW)
    calls_back.remind_due(now=DUE - timedelta(seconds=1))
    assert mail.outbox == []
    for _ in range(2):
        calls_back.remind_due(now=DUE)
    [one] = mail.outbox
    assert one.to == ["alice@example.com"]
    assert one.subject == "Call back now: Ann Lee, for “Acorn”"
    assert "2026-05-05 15:30 CEST" in one.body


def test_who_has_taken_it_is_reminded_and_of_what_is_done_nobody(acorn, cast):
    message = take(acorn.talks().pk, TUESDAY, key="c", now=NOW)
    inbox.assign(message, assignee=cast.bob, actor=cast.alice, seen=None)
    calls_back.remind_due(now=DUE)
    assert [one.to for one in mail.outbox] == [["bob@example.com"]]
    Message.objects.update(called_for_at=None)
    inbox.finish(message, actor=cast.bob, now=NOW)
    calls_back.remind_due(now=DUE)
    assert len(mail.outbox) == 1


def test_owners_call_back_where_the_mailbox_of_who_has_taken_it_is_closed(acorn, cast, monkeypatch):
    message = take(acorn.talks().pk, TUESDAY, key="c", now=NOW)
    inbox.assign(message, assignee=cast.bob, actor=cast.alice, seen=None)
    gone = smtplib.SMTPRecipientsRefused({"bob@example.com": (550, b"no such user")})
    takes = EmailBackend.send_messages

    def send(self, messages):
        if messages[0].to == ["bob@example.com"]:
            raise gone
        return takes(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send)
    calls_back.remind_due(now=DUE)
    assert [one.to for one in mail.outbox] == [["alice@example.com"]]


def test_a_reminder_that_no_server_takes_is_tried_again_for_a_day(acorn, monkeypatch):
    take(acorn.talks().pk, TUESDAY, key="c", now=NOW)
    told = []
    monkeypatch.setattr(current_app, "send_task", told.append)

    def refuses(self, messages):
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as away:
        away.setattr(EmailBackend, "send_messages", refuses)
        calls_back.remind_due(now=DUE)
    for now, times in ((NOW, 0), (DUE, 1), (DUE + calls_back.TRIED_FOR, 1)):
        calls_back.sweep(now=now)
        assert told == [calls_back.TASK] * times
    calls_back.remind_due(now=DUE)  # too soon
    assert mail.outbox == []
    cache.clear()  # the lease is over
    calls_back.remind_due(now=DUE)
    assert len(mail.outbox) == 1


def takes_two(acorn):
    """Two messages of the same time, of two callers."""
    return [take(acorn.talks().pk, TUESDAY, key="c", now=NOW) for _ in range(2)]


def test_one_that_fails_keeps_no_other_waiting(acorn, monkeypatch):
    first, _second = takes_two(acorn)
    made = calls_back._mail

    def fails_once(message, to):
        if message.pk == first.pk:
            raise ZeroDivisionError
        return made(message, to)

    monkeypatch.setattr(calls_back, "_mail", fails_once)
    calls_back.remind_due(now=DUE)
    assert len(mail.outbox) == 1
    assert [each.pk for each in Message.objects.filter(called_for_at=None)] == [first.pk]


def test_an_organization_over_its_limit_keeps_no_other_waiting(acorn, cast, monkeypatch):
    monkeypatch.setattr(calls_back, "AT_ONCE", 2)
    takes_two(acorn)
    birch = Scene()
    Membership.objects.create(org=birch.org, user=cast.alice, role="owner")
    settings = {"messages": {"calls_back": True}}
    birch.agent.published = AgentVersion.objects.create(
        agent=birch.agent, number=2, stt="scripted", llm="scripted", tts="scripted",
        settings=settings,
    )  # fmt: skip
    birch.agent.save()
    later = take(birch.talks().pk, TUESDAY, key="c", now=NOW)
    Message.objects.filter(pk=later.pk).update(due_at=DUE)
    monkeypatch.setattr(mails, "may_mail_message", lambda org, **_: org != acorn.org)
    calls_back.remind_due(now=DUE + timedelta(hours=3))
    assert len(mail.outbox) == 1
    later.refresh_from_db()
    assert later.called_for_at is not None


def test_two_workers_do_not_mail_the_same(acorn, monkeypatch):
    take(acorn.talks().pk, TUESDAY, key="c", now=NOW)
    sends = mails.send_all

    def slowly(due, *, kind):
        with monkeypatch.context() as other:
            other.setattr(mails, "send_all", sends)
            calls_back.remind_due(now=DUE)
        return sends(due, kind=kind)

    monkeypatch.setattr(mails, "send_all", slowly)
    calls_back.remind_due(now=DUE)
    assert len(mail.outbox) == 1


def test_a_mail_server_that_does_not_answer_is_asked_once(acorn, monkeypatch):
    takes_two(acorn)
    tried = []

    def away(self):
        tried.append(self)
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "open", away)
        for _ in range(2):
            calls_back.remind_due(now=DUE)
    assert len(tried) == 1
    cache.clear()
    calls_back.remind_due(now=DUE)
    assert len(mail.outbox) == 2
