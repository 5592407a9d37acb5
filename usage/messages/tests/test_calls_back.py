"""Calls back: their time out of a model's words, kept with the message, and reminded of."""

import smtplib
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.locmem import EmailBackend

from accounts.models import Membership
from agents.models import AgentVersion
from agents.tools.base import MessageDraft
from testing.scene import NOW, Scene, after
from usage.hooks.payloads import message_taken
from usage.messages import calls_back, inbox
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
        ("2027-01-01", "9:00", "too far ahead"),
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


def test_it_is_kept_with_the_message_and_said_as_people_do(acorn):
    call = acorn.talks()
    message = take(call.pk, TUESDAY, key="c", now=NOW)
    assert Message.objects.get().due_at == DUE
    assert "noted for Tuesday, May 5 at 3:30 PM." in in_words(message)
    assert message_taken(message, call)["message"]["call_back_at"] == "2026-05-05T13:30:00.000Z"
    again = take(call.pk, TUESDAY, key="c", now=after(1))
    assert again == message
    assert "noted for Tuesday" in in_words(again)
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
    inbox.assign(message, assignee=cast.bob, actor=cast.alice)
    calls_back.remind_due(now=DUE)
    assert [one.to for one in mail.outbox] == [["bob@example.com"]]
    Message.objects.update(called_for_at=None)
    inbox.finish(message, actor=cast.bob, now=NOW)
    calls_back.remind_due(now=DUE)
    assert len(mail.outbox) == 1


def test_a_reminder_that_no_server_takes_is_tried_again_for_a_day(acorn, monkeypatch):
    take(acorn.talks().pk, TUESDAY, key="c", now=NOW)
    told = []
    monkeypatch.setattr(calls_back.current_app, "send_task", told.append)

    def refuses(self, messages):
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as away:
        away.setattr(EmailBackend, "send_messages", refuses)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            calls_back.remind_due(now=DUE)
    for now, times in ((NOW, 0), (DUE, 1), (DUE + calls_back.TRIED_FOR, 1)):
        calls_back.sweep(now=now)
        assert told == [calls_back.TASK] * times
    calls_back.remind_due(now=DUE)
    assert len(mail.outbox) == 1
