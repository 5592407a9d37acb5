"""The e-mail of a weekly report: what it says, from sums, in the organization's time zone."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Membership, Organization
from accounts.names import quoted
from accounts.zones import UTC, zone_named
from usage.analytics.figures import Days, Figures
from usage.analytics.reads import Question, figures_of, top_questions
from usage.digests.planning import SEND
from usage.missed.reads import missed_between
from usage.models import WeeklyDigest
from usage.outbox import notices
from usage.reads.messages import COUNTED, new_count
from usage.reads.sums import Period, usage_by_day

ROLES: Final = (Membership.Role.OWNER,)
CENT: Final = Decimal("0.01")
QUESTIONS: Final = 5


@dataclass(frozen=True, slots=True)
class Report:
    """A week of an organization. waiting: new messages, COUNTED means as many or more.

    amount_micros: charged for calls of these days.
    """

    days: Days
    week: Figures
    before: Figures
    missed: int
    waiting: int
    amount_micros: int
    questions: list[Question]


def send_waiting(*, hint: int = 0, now: datetime) -> None:
    """Send the reports that are due, and `hint`: a report's primary key, 0 for none."""
    notices.send_waiting(SEND, _mail, roles=ROLES, hint=hint, now=now)


def report_of(org: Organization, days: Days) -> Report:
    """What is reported of these days. Nine queries, however many calls there were."""
    zone = zone_named(org.time_zone)
    since = datetime.combine(days.first, time.min, zone)
    until = datetime.combine(days.last + timedelta(days=1), time.min, zone)
    used = usage_by_day(org, Period(days.first, days.last))
    return Report(
        days=days,
        week=figures_of(org, days),
        before=figures_of(org, days.before),
        missed=missed_between(org, since, until),
        waiting=new_count(org),
        amount_micros=sum(day.amount_micros for day in used),
        questions=top_questions(org, days, limit=QUESTIONS),
    )


def _mail(digest: WeeklyDigest) -> tuple[str, str] | None:
    """None where the organization has switched reports off, or was suspended, since it was due."""
    org = digest.org
    if org.is_suspended or not org.weekly_digest:
        return None
    report = report_of(org, Days(digest.week, digest.week + timedelta(days=6)))
    subject = ngettext(
        "%(org)s last week: %(count)d call", "%(org)s last week: %(count)d calls", report.week.calls
    ) % {"org": quoted(org.name), "count": report.week.calls}
    # Rounded as pages round: `number_format` cuts.
    amount = Decimal(report.amount_micros).scaleb(-6).quantize(CENT, ROUND_HALF_UP)
    cost = number_format(amount, 2, force_grouping=True)
    wait = report.week.median_ms
    values = {
        "org": quoted(org.name),
        "first": date_format(report.days.first, _("j F Y")),
        "last": date_format(report.days.last, _("j F Y")),
        "zone": org.time_zone or UTC,
        "report": report,
        "waiting": f"{COUNTED - 1}+" if report.waiting >= COUNTED else report.waiting,
        "wait": None if wait is None else number_format(Decimal(wait) / 1000, 1),
        "cost": _("$%(amount)s") % {"amount": cost},
        "analytics_url": _address("dashboard:analytics", org),
        "settings_url": _address("dashboard:settings", org),
    }
    return subject, render_to_string("usage/mail/digest.txt", values)


def _address(route: str, org: Organization) -> str:
    return settings.TWILIO_APP_URL + reverse(route, args=[org.public_id])
