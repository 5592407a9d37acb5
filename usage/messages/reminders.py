"""One reminder of messages that are still open after the organization's time limit.

A message is taken when it is assigned to a member or marked done. The outbox has a row for the
call, due at that time; what waits of the call's messages by then is in one e-mail, to those who got
the first one, with what the call came to.
"""

from datetime import datetime
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import ngettext

from accounts.names import quoted
from accounts.zones import stamp
from usage.messages.floods import or_put_off
from usage.messages.inbox import assignable
from usage.messages.mails import came_to, mail_first
from usage.messages.recipients import owners_of, recipients_of, without_texts
from usage.messages.taking import REMIND
from usage.models import Call, Message
from usage.outbox import rows
from usage.outbox.mail import process_mails


def send_waiting(*, hint: int = 0, now: datetime) -> None:
    """Send the reminders that are due; what fails is tried again later.

    hint: a call's primary key, 0 for none. Unlike other hints it makes nothing due by itself: what
    it names is due only after the organization's time.
    """
    # The sweeper, which found it due, has postponed the row and counted that; with a message that
    # has the row wait again, the count begins again.
    is_swept = rows.open_rows(REMIND, [hint]).filter(attempts__gt=0).exists()
    work = partial(or_put_off, REMIND, partial(remind, now=now), now=now)
    process_mails(REMIND, work, hint=hint if is_swept else 0, now=now)


def remind(call_id: int, *, now: datetime) -> None:
    """Mail the messages of a call that nobody has taken, unless that was done or is not wanted.

    Raises OSError or SMTPException, when the server does not take it, and TooManyMails.
    """
    call = without_texts(Call.objects.select_related("org", "agent", "version")).get(pk=call_id)
    if call.org.reminder_minutes is None:
        return
    found = list(_untaken(call))
    if not found:
        return
    recipients = [recipients_of(call), owners_of(call.org)]
    mail_first(call.org, recipients, partial(_mail, call, found), kind="reminder", now=now)
    Message.objects.filter(pk__in=[each.pk for each in found]).update(reminded_at=now)


def _untaken(call: Call) -> QuerySet[Message]:
    """Also those of somebody who has left the team."""
    new = Message.objects.filter(call=call, state=Message.State.NEW, reminded_at=None)
    nobody = Q(assignee=None) | ~Q(assignee__in=assignable(call.org).values("pk"))
    return new.filter(nobody).order_by("pk")


def _mail(call: Call, found: list[Message], to: list[str]) -> EmailMessage:
    org = call.org
    words = {"count": len(found), "org": quoted(org.name)}
    subject = (
        ngettext(
            "Nobody has taken a message for %(org)s",
            "Nobody has taken %(count)d messages for %(org)s",
            len(found),
        )
        % words
    )
    context = {
        "messages": [
            (
                each,
                stamp(each.taken_at, org.time_zone),
                stamp(each.due_at, org.time_zone) if each.due_at else "",
            )
            for each in found
        ],
        "org": quoted(org.name),
        "agent": quoted(call.agent.name),
        "came_to": came_to(call),
        "inbox_url": settings.TWILIO_APP_URL + reverse("dashboard:messages", args=[org.public_id]),
        "call_url": settings.TWILIO_APP_URL
        + reverse("dashboard:call", args=[org.public_id, call.call_sid]),
    }
    return EmailMessage(subject, render_to_string("usage/mail/reminder.txt", context), None, to)
