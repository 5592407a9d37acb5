"""Services for messages: assign, mark as done, reopen."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.members.access import record
from accounts.models import Organization, User
from usage.models import Message

State = Message.State


def assignable(org: Organization) -> QuerySet[User]:
    """The members to whom a message of `org` can be given."""
    return User.objects.filter(memberships__org=org, is_active=True).order_by("email")


class AssignedMeanwhile(Exception):
    """Somebody else was given the message since it was read. assignee: who has it, None for
    nobody.
    """

    def __init__(self, assignee: User | None) -> None:
        super().__init__()
        self.assignee = assignee


def assign(message: Message, *, assignee: User | None, actor: User, seen: int | None) -> None:
    """Give the message to a member of its organization (`assignable`), or to nobody in particular.

    seen: who had it when `actor` read it, by primary key. Raises ValueError for a user who is no
    member, and AssignedMeanwhile.
    """
    with transaction.atomic():
        row = _locked(message)
        if assignee is not None and not assignable(_org(row)).filter(pk=assignee.pk).exists():
            raise ValueError("Only members can be given a message")
        if row.assignee_id == (assignee.pk if assignee else None):
            return
        if row.assignee_id != seen:
            raise AssignedMeanwhile(row.assignee)
        Message.objects.filter(pk=row.pk).update(assignee=assignee)
        to = assignee.email if assignee else "nobody"
        record(_org(row), actor=actor, action="message.assigned", target=f"{_named(row)}, to {to}")


def finish(message: Message, *, actor: User, now: datetime) -> None:
    """Mark the message as done by `actor`; one that is done stays as it is."""
    with transaction.atomic():
        row = _locked(message)
        if row.state == State.DONE:
            return
        Message.objects.filter(pk=row.pk).update(state=State.DONE, done_at=now, done_by=actor)
        record(_org(row), actor=actor, action="message.done", target=_named(row))


def reopen(message: Message, *, actor: User) -> None:
    """Have the message count as new again; one that is new stays as it is."""
    with transaction.atomic():
        row = _locked(message)
        if row.state == State.NEW:
            return
        Message.objects.filter(pk=row.pk).update(state=State.NEW, done_at=None, done_by=None)
        record(_org(row), actor=actor, action="message.reopened", target=_named(row))


def _locked(message: Message) -> Message:
    rows = Message.objects.select_related("call__org")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=message.pk)


def _org(message: Message) -> Organization:
    return message.call.org


def _named(message: Message) -> str:
    """For the audit log: nothing of what the caller said."""
    return f"message {message.pk} of {message.call.call_sid}"
