"""E-mails about messages of callers, to the recipients in the agent's settings.

The outbox has them sent after the commit in which a message was taken, and again until the mail
server has taken them; a message that was mailed is marked, and not mailed again. All recipients get
one e-mail, so that a server that fails in between has sent to all of them or to none. What the
server refuses for good goes to the owners; what then still is not mailed stands in the inbox.
"""

import smtplib
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.members.trust import may_mail_message
from accounts.models import Organization
from accounts.names import isolated, made_of, quoted
from accounts.zones import stamp
from usage.analysis.words import summary_of
from usage.messages.floods import TooManyMails, or_put_off
from usage.messages.recipients import (
    outside_team,
    owners_of,
    recipients_of,
    without_texts,
)
from usage.messages.taking import MAIL
from usage.models import Call, CallAnalysis, Message
from usage.outbox.mail import process_mails, send_all

LONGEST_IN_SUBJECT: Final = 60  # characters of a caller's name or number


def send_waiting(*, hint: int = 0, now: datetime) -> None:
    """Mail the messages that are due, and those of `hint`; what fails is tried again later.

    hint: a call's primary key, 0 for none.
    """
    work = partial(or_put_off, MAIL, partial(send, now=now), now=now)
    process_mails(MAIL, work, hint=hint, now=now)


def send(call_id: int, *, now: datetime) -> None:
    """Mail the messages of a call that were not mailed yet.

    One whose content the server refuses does not hold the others up. Raises OSError or
    SMTPException, when the server does not take one, and TooManyMails.
    """
    call = without_texts(Call.objects.select_related("org", "agent", "version")).get(pk=call_id)
    refused: smtplib.SMTPResponseException | None = None
    for message in Message.objects.filter(call=call, mailed_at=None).order_by("pk"):
        message.call = call
        try:
            is_mailed = _is_mailed(message, now=now)
        except smtplib.SMTPConnectError:  # of none of them
            raise
        except smtplib.SMTPResponseException as refusal:
            refused = refusal
            continue
        if is_mailed:
            Message.objects.filter(pk=message.pk).update(mailed_at=now)
    if refused is not None:
        raise refused


def _is_mailed(message: Message, *, now: datetime) -> bool:
    """Whether the server has taken a mail to those who are to have it, or else to the owners."""
    call = message.call
    return mail_first(
        call.org,
        [recipients_of(call), owners_of(call.org)],
        partial(_mail, message),
        kind="message",
        now=now,
    )


def mail_first(
    org: Organization,
    recipients: Iterable[list[str]],
    compose: Callable[[list[str]], EmailMessage],
    *,
    kind: str,
    now: datetime,
) -> bool:
    """Mail the first of `recipients` whom the server does not refuse for good; whether one was.

    compose: makes the mail to some addresses. Raises OSError or SMTPException, when the server does
    not take it, and TooManyMails.
    """
    for to in dict.fromkeys(tuple(each) for each in recipients if each):
        if not may_mail_message(org, outside=len(outside_team(org, to)), now=now):
            raise TooManyMails
        if send_all([compose(list(to))], kind=kind):
            return True
    return False


def came_to(call: Call) -> str:
    """What the call came to, as a paragraph of a mail; "" while it is not known.

    A message is mailed while its call lasts, so its first mail seldom has it.
    """
    analysis = CallAnalysis.objects.filter(call=call).first()
    if analysis is None:
        return ""
    lines = [_("Outcome of the call: %(outcome)s") % {"outcome": analysis.get_outcome_display()}]
    if summary := summary_of(analysis).strip():
        lines.append(summary)
    return "\n".join(lines)


def _mail(message: Message, to: list[str]) -> EmailMessage:
    call = message.call
    # A mail program makes links of addresses: what a caller said is no address of ours.
    caller = made_of(message.name) or made_of(message.number) or _("a caller")
    words = {"caller": isolated(caller[:LONGEST_IN_SUBJECT]), "org": quoted(call.org.name)}
    if message.is_urgent:
        subject = _("Urgent: message from %(caller)s for %(org)s") % words
    else:
        subject = _("Message from %(caller)s for %(org)s") % words
    inbox = reverse("dashboard:messages", args=[call.org.public_id])
    page = reverse("dashboard:call", args=[call.org.public_id, call.call_sid])
    context = {
        "message": message,
        "call": call,
        "org": quoted(call.org.name),
        "agent": quoted(call.agent.name),
        "taken_at": stamp(message.taken_at, call.org.time_zone),
        "due_at": stamp(message.due_at, call.org.time_zone) if message.due_at else "",
        "came_to": came_to(call),
        "inbox_url": settings.TWILIO_APP_URL + inbox,
        "call_url": settings.TWILIO_APP_URL + page,
    }
    return EmailMessage(subject, render_to_string("usage/mail/message.txt", context), None, to)
