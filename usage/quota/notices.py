"""E-mails to owners and admins when shares of the monthly minutes or budgets are used.

The notice of a share is written in the transaction that crosses it: one for each month and share,
whatever is settled twice (`usage.outbox.notices`).
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership, Organization
from accounts.names import quoted
from agents.models import Agent
from usage.billing.rollup import Month, day_of, month_of
from usage.hooks import of_calls
from usage.models import Outbox, QuotaNotice
from usage.outbox import notices
from usage.quota.budgets import DAY, MONTH, SHARES, agent_of
from usage.quota.quotas import minutes_of

MINUTES: Final = "minutes"  # begins what a notice of the month's minutes is about
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
        (org_id, month, _about(limit), share)
        for (org_id, month), used in minutes.items()
        for share in SHARES
        if (limit := limits.get(org_id)) and 100 * used >= share * limit
    }
    columns = ("org_id", "month", "about", "percent")
    new = notices.record(SEND, reached, columns=columns, now=now)
    for notice in new:
        of_calls.share_used(notice, minutes, limit=limits[notice.org_id] or 0, now=now)


def latest_notice(org: Organization, *, now: datetime) -> QuotaNotice | None:
    """The notice of the greatest share that `org` has reached of this month's minutes, as many as
    it has now.
    """
    month = month_of(now, org.time_zone)
    found = QuotaNotice.objects.filter(org=org, month=month, about__startswith=MINUTES)
    notices = list(found.order_by("-percent"))
    if not notices:
        return None
    about = _about(minutes_of(org))  # a limit that was raised has shares of its own
    return next((notice for notice in notices if notice.about == about), None)


def send_waiting(*, hint: int = 0, now: datetime) -> None:
    """Send the notices that are due, and `hint`: a notice's primary key, 0 for none."""
    notices.send_waiting(SEND, partial(_mail, now=now), roles=ROLES, hint=hint, now=now)


def _about(limit: int | None) -> str:
    """Which minutes a share is of. Others are told of anew, as changed budgets are."""
    return f"{MINUTES} {limit}"


def _mail(notice: QuotaNotice, *, now: datetime) -> tuple[str, str] | None:
    """None once its day or month is over: calls are taken again."""
    is_daily = notice.about.startswith(DAY)
    today = day_of(now, notice.org.time_zone)
    if notice.month != (today if is_daily else today.replace(day=1)):
        return None
    if notice.about.startswith((DAY, MONTH)):
        return _mail_of_budget(notice, is_daily=is_daily)
    name = quoted(notice.org.name)
    subject = _("%(org)s has used %(percent)d%% of this month’s minutes") % {
        "org": name,
        "percent": notice.percent,
    }
    url = settings.TWILIO_APP_URL + reverse("dashboard:usage", args=[notice.org.public_id])
    values = {"notice": notice, "org": name, "url": url}
    return subject, render_to_string("usage/mail/quota_notice.txt", values)


def _mail_of_budget(notice: QuotaNotice, *, is_daily: bool) -> tuple[str, str]:
    org, agent_id = notice.org, agent_of(notice.about)
    agent = Agent.objects.filter(org=org, pk=agent_id).first() if agent_id else None
    whose = agent.name if agent else org.name
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
