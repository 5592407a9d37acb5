"""E-mails to an organization's owners and admins as its month's minutes are used up.

A notice is a row, written in the transaction that crosses the share: one for each month and
share, whatever is settled twice. The outbox has its e-mail sent after the commit. Should a process
die between the e-mail and the commit that it went out, it is sent twice.
"""

import smtplib
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership, Organization, User
from accounts.names import quoted
from usage.billing.rollup import Month, month_of
from usage.models import Outbox, QuotaNotice
from usage.outbox import claims, rows

SHARES: Final = (50, 80, 100)  # percent
SEND: Final = Outbox.Kind.SEND_NOTICE
REFUSED_FOR_GOOD: Final = 500  # reply codes of SMTP from here on, RFC 5321

log = structlog.get_logger(__name__)


def record_shares(
    minutes: Mapping[Month, int], limits: Mapping[int, int | None], *, now: datetime
) -> None:
    """Write the notices that are due when months have these `minutes`, and have them sent.

    limits: the month's minutes of each organization, by primary key; None for no limit. In the
    caller's transaction; one read where a share is reached, and where it is new the notice.
    """
    reached = {
        (org_id, month, share)
        for (org_id, month), used in minutes.items()
        for share in SHARES
        if (limit := limits.get(org_id)) and 100 * used >= share * limit
    }
    if not reached:
        return
    known = QuotaNotice.objects.filter(
        org__in={org_id for org_id, _month, _share in reached},
        month__in={month for _org_id, month, _share in reached},
    ).values_list("org_id", "month", "percent")
    for org_id, month, share in sorted(reached - set(known)):
        # Another settlement may have crossed the share at the same moment.
        notice, is_new = QuotaNotice.objects.get_or_create(
            org_id=org_id, month=month, percent=share
        )
        if is_new:
            rows.enqueue(SEND, notice.pk, now=now)


def latest_notice(org: Organization, *, now: datetime) -> QuotaNotice | None:
    """The notice of the greatest share that `org` has reached this month."""
    notices = QuotaNotice.objects.filter(org=org, month=month_of(now))
    return notices.order_by("-percent").first()


def send_waiting(*, hint: int = 0, now: datetime) -> None:
    """Send the notices that are due, and `hint`; a mail server that fails is tried again later.

    hint: a notice's primary key, 0 for none.
    """
    claims.process_due(SEND, partial(send, now=now), hint=hint, now=now)


def send(notice_id: int, *, now: datetime) -> None:
    """E-mail the notice to those who answer for its organization, unless that was done.

    An address that the mail server refuses for good is passed over: tried again, the others would
    have the e-mail each time. Raises: OSError or SMTPException, when the server does not take it.
    """
    notice = QuotaNotice.objects.select_related("org").get(pk=notice_id)
    if notice.sent_at is not None:
        return
    messages = _messages(notice)
    try:
        with get_connection() as connection:
            for message in messages:
                _send_one(message, connection)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_not_sent", kind="quota_notice", error=type(error).__name__)
        raise
    QuotaNotice.objects.filter(pk=notice_id).update(sent_at=now)


def _send_one(message: EmailMessage, connection: BaseEmailBackend) -> None:
    try:
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as refusal:
        if any(code < REFUSED_FOR_GOOD for code, _text in refusal.recipients.values()):
            raise
        log.warning("mail_not_sent", kind="quota_notice", error=type(refusal).__name__)


def _messages(notice: QuotaNotice) -> list[EmailMessage]:
    """A message to each owner and admin, by themselves."""
    people = User.objects.filter(
        memberships__org=notice.org,
        memberships__role__in=(Membership.Role.OWNER, Membership.Role.ADMIN),
        is_active=True,
    )
    name = quoted(notice.org.name)
    subject = _("%(org)s has used %(percent)d%% of this month’s minutes") % {
        "org": name,
        "percent": notice.percent,
    }
    url = settings.TWILIO_APP_URL + reverse("dashboard:usage", args=[notice.org.public_id])
    text = render_to_string(
        "usage/mail/quota_notice.txt", {"notice": notice, "org": name, "url": url}
    )
    return [EmailMessage(subject, text, None, [person.email]) for person in people]
