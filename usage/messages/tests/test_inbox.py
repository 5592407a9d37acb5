"""What members do with messages, and that each act is in the audit log."""

import pytest

from accounts.models import AuditEntry
from agents.tools.base import MessageDraft
from testing.office import Office
from testing.scene import NOW, after
from usage.messages import inbox
from usage.messages.taking import take
from usage.models import Message

SID = "CA" + "5" * 32


@pytest.fixture
def message(cast):
    call = Office(cast.acorn).rings(SID, now=NOW)
    return take(call.pk, MessageDraft("Call Ann back"), key="c", now=NOW)


def acts():
    entries = AuditEntry.objects.filter(action__startswith="message.").order_by("pk")
    return [(entry.action, entry.actor.email) for entry in entries]


def test_it_is_assigned_done_and_reopened(cast, message):
    for _ in range(2):
        inbox.assign(message, assignee=cast.bob, actor=cast.adam, seen=None)
    for _ in range(2):
        inbox.finish(message, actor=cast.bob, now=after(60))
    message.refresh_from_db()
    assert (message.assignee, message.state, message.done_at, message.done_by) == (
        cast.bob, "done", after(60), cast.bob,
    )  # fmt: skip
    for _ in range(2):
        inbox.reopen(message, actor=cast.alice)
    inbox.assign(message, assignee=None, actor=cast.alice, seen=cast.bob.pk)
    message.refresh_from_db()
    assert (message.assignee, message.state, message.done_at, message.done_by) == (
        None, "new", None, None,
    )  # fmt: skip
    assert acts() == [
        ("message.assigned", "adam@example.com"),
        ("message.done", "bob@example.com"),
        ("message.reopened", "alice@example.com"),
        ("message.assigned", "alice@example.com"),
    ]


def test_the_log_names_the_message_and_nothing_that_was_said(cast, message):
    inbox.finish(message, actor=cast.bob, now=NOW)
    entry = AuditEntry.objects.get(action="message.done")
    assert (entry.org, entry.target) == (cast.acorn, f"message {message.pk} of {SID}")


def test_only_members_are_given_messages(cast, message):
    with pytest.raises(ValueError, match="members"):
        inbox.assign(message, assignee=cast.charlie, actor=cast.alice, seen=None)
    assert Message.objects.get().assignee is None
    assert acts() == []


def test_a_message_that_a_colleague_was_given_meanwhile_is_not_taken_from_them(cast, message):
    inbox.assign(message, assignee=cast.adam, actor=cast.adam, seen=None)
    with pytest.raises(inbox.AssignedMeanwhile) as meanwhile:
        inbox.assign(message, assignee=cast.bob, actor=cast.bob, seen=None)
    assert meanwhile.value.assignee == cast.adam
    assert Message.objects.get().assignee == cast.adam
    inbox.assign(message, assignee=cast.bob, actor=cast.bob, seen=cast.adam.pk)
    assert Message.objects.get().assignee == cast.bob
