"""E-mails to an organization's owners and admins as its month's minutes are used up.

A notice is a row, written in the transaction that crosses the share: one for each month and
share, whatever is settled twice. The e-mail follows the commit, sooner by Celery, later by the
sweeper. Should a process die between the e-mail and the note that it went out, it goes twice.
"""

import smtplib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog
from celery import current_app
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from accounts.models import Membership, Organization, User
from accounts.names import quoted
from usage.billing.rollup import Month, month_of
from usage.models import QuotaNotice

SHARES: Final = (50, 80, 100)  # percent
RETRY_AFTER: Final = timedelta(minutes=10)

log = structlog.get_logger(__name__)


def note_shares(minutes: Mapping[Month, int], limits: Mapping[int, int | None]) -> None:
    """Write the notices that are due when months have these `minutes`, and hint at them.

    limits: the month's minutes of each organization, by primary key; None for no limit. In
    the caller's transaction; one read where a share is reached, one insert where it is new.
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
    if missing := sorted(reached - set(known)):
        QuotaNotice.objects.bulk_create(
            (QuotaNotice(org_id=org, month=month, percent=share) for org, month, share in missing),
            ignore_conflicts=True,  # another settlement crossed the share at the same moment
        )
        transaction.on_commit(_hint)


def latest_notice(org: Organization, *, now: datetime) -> QuotaNotice | None:
    """The notice of the greatest share that `org` has reached this month."""
    notices = QuotaNotice.objects.filter(org=org, month=month_of(now))
    return notices.order_by("-percent").first()


def hint_if_waiting(*, now: datetime) -> None:
    """Have the notices sent that are due; for the sweeper."""
    if QuotaNotice.objects.filter(sent_at=None, due_at__lte=now).exists():
        _hint()


def send_waiting(*, now: datetime) -> None:
    """Send the notices that are due; what the mail server does not take is tried again later."""
    waiting = QuotaNotice.objects.filter(sent_at=None, due_at__lte=now).select_related("org")
    for notice in waiting.order_by("pk"):
        row = QuotaNotice.objects.filter(pk=notice.pk, sent_at=None)
        # Two workers at once must not both send it.
        if not row.filter(due_at=notice.due_at).update(due_at=now + RETRY_AFTER):
            continue
        if _is_sent(notice):
            row.update(sent_at=now)


def _is_sent(notice: QuotaNotice) -> bool:
    people = User.objects.filter(
        memberships__org=notice.org,
        memberships__role__in=(Membership.Role.OWNER, Membership.Role.ADMIN),
        is_active=True,
    )
    name = quoted(notice.org.name)
    subject = _("%(org)s has used %(percent)d %% of the month's minutes") % {
        "org": name,
        "percent": notice.percent,
    }
    url = settings.TWILIO_APP_URL + reverse("dashboard:usage", args=[notice.org.public_id])
    text = render_to_string(
        "usage/mail/quota_notice.txt", {"notice": notice, "org": name, "url": url}
    )
    try:
        get_connection().send_messages(
            [EmailMessage(subject, text, None, [person.email]) for person in people]
        )
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_not_sent", kind="quota_notice", error=type(error).__name__)
        return False
    return True


def _hint() -> None:
    try:
        current_app.send_task("usage.tasks.send_quota_notices")
    except OperationalError as error:
        log.warning("quota_notices_not_hinted", error=str(error))
