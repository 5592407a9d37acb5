"""E-mails to an organization's owners and admins as its month's minutes are used up.

A notice is a row, written in the transaction that crosses the share: one for each month and
share, whatever is settled twice. The outbox has its e-mail sent after the commit. Should a process
die between the e-mail and the commit that it went out, it is sent twice.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership, Organization, User
from accounts.names import quoted
from usage.billing.rollup import Month, month_of
from usage.models import Outbox, QuotaNotice
from usage.outbox import claims, rows
from usage.outbox.mail import send_all

SHARES: Final = (50, 80, 100)  # percent
SEND: Final = Outbox.Kind.SEND_NOTICE


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

    Raises OSError or SMTPException, when the server does not take it (`usage.outbox.mail`).
    """
    notice = QuotaNotice.objects.select_related("org").get(pk=notice_id)
    if notice.sent_at is not None:
        return
    send_all(_messages(notice), kind="quota_notice")
    QuotaNotice.objects.filter(pk=notice_id).update(sent_at=now)


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
