"""E-mails to an organization's owners: callers are not answered, why, and what to do.

The first caller of a cause has it sent at once; it is said once a day, however many follow. Should
a process die between the e-mail and the commit that it went out, it is sent twice.
"""

from datetime import datetime
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from accounts.names import quoted
from usage.missed.causes import cause_in_words, remedy_of
from usage.missed.record import SEND
from usage.models import MissedNotice
from usage.outbox import claims
from usage.outbox.mail import send_all


def send_waiting(*, hint: int = 0, now: datetime) -> None:
    """Send the notices that are due, and `hint`; a mail server that fails is tried again later.

    hint: a notice's primary key, 0 for none.
    """
    claims.process_due(SEND, partial(send, now=now), hint=hint, now=now)


def send(notice_id: int, *, now: datetime) -> None:
    """E-mail the notice to the owners, unless that was done. Raises as `usage.outbox.mail`."""
    notice = MissedNotice.objects.select_related("org").get(pk=notice_id)
    if notice.sent_at is not None:
        return
    send_all(_messages(notice), kind="missed_notice")
    MissedNotice.objects.filter(pk=notice_id).update(sent_at=now)


def _messages(notice: MissedNotice) -> list[EmailMessage]:
    """A message to each owner, by themselves."""
    owners = User.objects.filter(
        memberships__org=notice.org, memberships__role=Membership.Role.OWNER, is_active=True
    )
    name, cause = quoted(notice.org.name), cause_in_words(notice.cause, notice.detail)
    subject = _("%(org)s: callers are not answered, %(cause)s") % {"org": name, "cause": cause}
    path = reverse("dashboard:missed_callers", args=[notice.org.public_id])
    values = {
        "org": name,
        "cause": cause,
        "remedy": remedy_of(notice.cause),
        "url": settings.TWILIO_APP_URL + path,
    }
    text = render_to_string("usage/mail/missed_notice.txt", values)
    return [EmailMessage(subject, text, None, [owner.email]) for owner in owners]
