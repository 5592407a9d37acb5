"""Schedules weekly reports: on Monday morning, in the time zone of each organization."""

from datetime import datetime, time, timedelta
from typing import Final

from django.db import transaction

from accounts.models import Organization
from accounts.zones import zone_named
from usage.models import CallHour, Outbox, WebhookAttempt, WeeklyDigest
from usage.outbox import notices
from voicex.reasons.attempts import Outcome

SEND: Final = Outbox.Kind.SEND_DIGEST
MONDAY: Final = 0
FROM_HOUR: Final = 8
AT_ONCE: Final = 500  # organizations; the others come half an hour later
WEEK: Final = timedelta(days=7)


def plan(*, now: datetime) -> int:
    """Enqueue the reports that are due on this Monday; returns their number.

    Skips organizations that have switched it off or are suspended, and weeks without calls and
    unanswered callers.
    """
    active = Organization.objects.filter(weekly_digest=True, state=Organization.State.ACTIVE)
    planned = 0
    for zone in active.order_by().values_list("time_zone", flat=True).distinct():
        here = now.astimezone(zone_named(zone))
        if here.weekday() != MONDAY or here.hour < FROM_HOUR:
            continue
        week = here.date() - WEEK
        known = WeeklyDigest.objects.filter(week=week).values("org")
        began, ended = (
            datetime.combine(day, time.min, zone_named(zone)) for day in (week, here.date())
        )
        called = CallHour.objects.filter(day__range=(week, week + timedelta(days=6)))
        missed = WebhookAttempt.objects.filter(
            at__gte=began, at__lt=ended, org__isnull=False
        ).exclude(outcome=Outcome.ANSWERED)
        waiting = active.filter(time_zone=zone).exclude(pk__in=known).order_by("pk")
        due = waiting.filter(pk__in=called.values("org")) | waiting.filter(
            pk__in=missed.values("org")
        )
        found = {(pk, week) for pk in due.values_list("pk", flat=True)[:AT_ONCE]}
        with transaction.atomic():  # no report without its row of the outbox
            planned += len(notices.record(SEND, found, columns=("org_id", "week"), now=now))
    return planned
