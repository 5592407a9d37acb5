"""E-mail reminders of promised calls back.

A message that is done reminds of nothing. The row is its own outbox: whoever mails it has a lease
on it, and what fails is tried again after the lease, for a day. Each organization has its turn, so
none waits for another's that fail or are too many.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Min, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.names import isolated, made_of, quoted
from accounts.zones import stamp
from usage.messages.floods import TooManyMails
from usage.messages.inbox import assignable
from usage.messages.mails import LONGEST_IN_SUBJECT, mail_first
from usage.messages.recipients import owners_of, recipients_of
from usage.models import Message
from usage.outbox.mail import is_away
from voicex.database import shared_lease
from voicex.processes.task_queue import put_on_queue

TASK: Final = "usage.tasks.send_call_backs"
AT_ONCE: Final = 50
OF_ONE: Final = 10  # organization
SEEN: Final = 200  # of one organization's
LEASE_SECONDS: Final = 120  # longer than a worker's task may take
TRIED_FOR: Final = timedelta(days=1)

log = structlog.get_logger(__name__)


def sweep(*, now: datetime) -> None:
    """Have a worker told when there is something to remind of."""
    if not _due(now).exists():
        return
    put_on_queue(TASK, log_as="call_backs_not_sent")  # where it is not sent, the next sweep does it


def remind_due(*, now: datetime) -> None:
    """Mail the calls back whose time has come; what fails is tried again later."""
    waiting = _due(now).order_by().values("org").annotate(longest=Min("due_at"))
    left = AT_ONCE
    if is_away():
        return
    for org_id in waiting.order_by("longest", "org").values_list("org", flat=True):
        left -= _remind_one(org_id, most=min(left, OF_ONE), now=now)
        if left <= 0 or is_away():
            return


def _remind_one(org_id: int, *, most: int, now: datetime) -> int:
    """Mail the calls back of an organization; how many were tried.

    The broad except is the boundary of one mail.
    """
    tried = 0
    due = _due(now).filter(org=org_id).order_by("due_at", "pk")
    for message_id in due.values_list("pk", flat=True)[:SEEN]:
        if tried == most:
            break
        lease = f"call-back:{message_id}"
        own = shared_lease.take(lease, seconds=LEASE_SECONDS)
        if not own:
            continue  # another worker has it, or it failed a moment ago
        tried += 1
        try:
            _remind(message_id, now=now)
        except TooManyMails:  # nor may the organization's others
            shared_lease.give_back(lease, own)
            break
        except Exception as error:
            log.warning("call_back_failed", message=message_id, error=type(error).__name__)
            if isinstance(error, SoftTimeLimitExceeded):
                raise  # the process is killed soon; the next sweep sends the others
            if is_away():
                break
    return tried


def _remind(message_id: int, *, now: datetime) -> None:
    """Mail one, unless that was done meanwhile. Raises OSError or SMTPException, when the mail
    server does not take it, and TooManyMails.
    """
    rows = _due(now).select_related("call__org", "call__agent", "call__version", "assignee")
    texts = [f"call__version__{each}" for each in ("prompt", "facts", "prepared")]
    message = rows.defer(*texts).filter(pk=message_id).first()
    if message is None:
        return
    compose = partial(_mail, message)
    mail_first(message.call.org, _recipients_of(message), compose, kind="call_back", now=now)
    Message.objects.filter(pk=message.pk).update(called_for_at=now)


def _due(now: datetime) -> QuerySet[Message]:
    return Message.objects.filter(
        called_for_at=None, state=Message.State.NEW, due_at__lte=now, due_at__gt=now - TRIED_FOR
    )


def _recipients_of(message: Message) -> list[list[str]]:
    """Who has taken the message, or else those who were told of it, or else the owners."""
    call, assignee = message.call, message.assignee
    told = [recipients_of(call), owners_of(call.org)]
    if assignee is not None and assignable(call.org).filter(pk=assignee.pk).exists():
        return [[assignee.email], *told]
    return told


def _mail(message: Message, to: list[str]) -> EmailMessage:
    call = message.call
    caller = made_of(message.name) or made_of(message.number) or _("a caller")
    words = {"caller": isolated(caller[:LONGEST_IN_SUBJECT]), "org": quoted(call.org.name)}
    inbox = reverse("dashboard:messages", args=[call.org.public_id])
    context = {
        "message": message,
        "due_at": stamp(message.due_at, call.org.time_zone) if message.due_at else "",
        "call": call,
        "org": quoted(call.org.name),
        "agent": quoted(call.agent.name),
        "inbox_url": settings.TWILIO_APP_URL + inbox,
    }
    subject = _("Call back now: %(caller)s, for %(org)s") % words
    return EmailMessage(subject, render_to_string("usage/mail/call_back.txt", context), None, to)
