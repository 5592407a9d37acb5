"""Discarded drafts that can no longer be restored are deleted each night."""

from datetime import timedelta

from django.utils import timezone

from agents.models import DiscardedDraft
from testing.office import Office
from usage import tasks


def test_the_task_deletes_what_is_too_old_and_nothing_else(cast):
    for org, days in ((cast.acorn, 31), (cast.birch, 29)):
        kept = DiscardedDraft.objects.create(agent=Office(org).agent)
        written = timezone.now() - timedelta(days=days)
        DiscardedDraft.objects.filter(pk=kept.pk).update(discarded_at=written)
    tasks.forget_discarded_drafts()
    assert [each.agent.org for each in DiscardedDraft.objects.all()] == [cast.birch]


def test_the_schedule_has_it(settings):
    names = {each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks.forget_discarded_drafts.name in names
