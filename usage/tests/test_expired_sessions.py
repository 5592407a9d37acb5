"""Sessions that are over leave the database; nothing else would take them out."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import SessionRow
from usage import tasks


def test_only_sessions_that_are_over_are_forgotten(db):
    now = timezone.now()
    for key, days in (("over", -1), ("open", 1)):
        SessionRow.objects.create(session_key=key, expire_date=now + timedelta(days=days))
    tasks.clear_expired_sessions()
    assert list(SessionRow.objects.values_list("pk", flat=True)) == ["open"]


def test_the_schedule_has_it(settings):
    names = {each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks.clear_expired_sessions.name in names
