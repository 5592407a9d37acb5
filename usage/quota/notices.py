"""E-mails to owners and admins when shares of the monthly minutes or budgets are used.

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
from agents.models import Agent
from usage.billing.rollup import Month, month_of
from usage.hooks import of_calls
from usage.models import Outbox, QuotaNotice
from usage.outbox import notices
from usage.quota.budgets import DAY, SHARES, agent_of

MINUTES: Final = ""  # of what a notice is about
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
        (org_id, month, MINUTES, share)
        for (org_id, month), used in minutes.items()
        for share in SHARES
        if (limit := limits.get(org_id)) and 100 * used >= share * limit
    }
    columns = ("org_id", "month", "about", "percent")
    new = notices.record(SEND, reached, columns=columns, now=now)
    for notice in new:
        of_calls.share_used(notice, minutes, limit=limits[notice.org_id] or 0, now=now)


def latest_notice(org: Organization, *, now: datetime) -> QuotaNotice | None:
    """The notice of the greatest share of its minutes that `org` has reached this month."""
    found = QuotaNotice.objects.filter(org=org, month=month_of(now, org.time_zone), about=MINUTES)
    return found.order_by("-percent").first()


def send_waiting(*, hint: int = 0, now: datetime) -> None:
    """Send the notices that are due, and `hint`: a notice's primary key, 0 for none."""
    notices.send_waiting(SEND, _mail, roles=ROLES, hint=hint, now=now)


def _mail(notice: QuotaNotice) -> tuple[str, str]:
    if notice.about != MINUTES:
        return _mail_of_budget(notice)
    name = quoted(notice.org.name)
    subject = _("%(org)s has used %(percent)d%% of this month’s minutes") % {
        "org": name,
        "percent": notice.percent,
    }
    url = settings.TWILIO_APP_URL + reverse("dashboard:usage", args=[notice.org.public_id])
    values = {"notice": notice, "org": name, "url": url}
    return subject, render_to_string("usage/mail/quota_notice.txt", values)


def _mail_of_budget(notice: QuotaNotice) -> tuple[str, str]:
    org, agent_id = notice.org, agent_of(notice.about)
    agent = Agent.objects.filter(org=org, pk=agent_id).first() if agent_id else None
    whose = agent.name if agent else org.name
    is_daily = notice.about.startswith(DAY)
    text = (
        _("%(name)s has used %(percent)d%% of today’s budget")
        if is_daily
        else _("%(name)s has used %(percent)d%% of this month’s budget")
    )
    page = "agent" if agent else "limits"
    args = [org.public_id, *([agent.public_id] if agent else [])]
    values = {
        "notice": notice,
        "name": quoted(whose),
        "is_daily": is_daily,
        "url": settings.TWILIO_APP_URL + reverse(f"dashboard:{page}", args=args),
    }
    subject = text % {"name": quoted(whose), "percent": notice.percent}
    return subject, render_to_string("usage/mail/budget_notice.txt", values)
