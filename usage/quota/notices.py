"""E-mails to an organization's owners and admins as its month's minutes are used up.

The notice of a share is written in the transaction that crosses it: one for each month and share,
whatever is settled twice (`usage.outbox.notices`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership, Organization
from accounts.names import quoted
from usage.billing.rollup import Month, month_of
from usage.hooks import of_calls
from usage.models import Outbox, QuotaNotice
from usage.outbox import notices

SHARES: Final = (50, 80, 100)  # percent
SEND: Final = Outbox.Kind.SEND_NOTICE
ROLES: Final = (Membership.Role.OWNER, Membership.Role.ADMIN)


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
    new = notices.record(SEND, reached, columns=("org_id", "month", "percent"), now=now)
    for notice in new:
        of_calls.share_used(notice, minutes, limit=limits[notice.org_id] or 0, now=now)


def latest_notice(org: Organization, *, now: datetime) -> QuotaNotice | None:
    """The notice of the greatest share that `org` has reached this month."""
    found = QuotaNotice.objects.filter(org=org, month=month_of(now))
    return found.order_by("-percent").first()


def send_waiting(*, hint: int = 0, now: datetime) -> None:
    """Send the notices that are due, and `hint`: a notice's primary key, 0 for none."""
    notices.send_waiting(SEND, _mail, roles=ROLES, hint=hint, now=now)


def _mail(notice: QuotaNotice) -> tuple[str, str]:
    name = quoted(notice.org.name)
    subject = _("%(org)s has used %(percent)d%% of this month’s minutes") % {
        "org": name,
        "percent": notice.percent,
    }
    url = settings.TWILIO_APP_URL + reverse("dashboard:usage", args=[notice.org.public_id])
    values = {"notice": notice, "org": name, "url": url}
    return subject, render_to_string("usage/mail/quota_notice.txt", values)
