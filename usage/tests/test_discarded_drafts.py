"""Discarded drafts that can no longer be restored are deleted each hour."""

from datetime import timedelta

from django.utils import timezone

from agents.models import AgentVersion, DiscardedDraft
from testing.office import Office
from usage import tasks
from usage.models import Call


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


def test_tried_drafts_go_when_no_call_is_left_of_them(cast):
    agent = Office(cast.acorn).agent
    tried = {
        name: AgentVersion.objects.create(agent=agent, number=9, greeting="Hello.", is_draft=True)
        for name in ("old", "called", "new")
    }
    long_ago = timezone.now() - timedelta(days=31)
    AgentVersion.objects.exclude(pk=tried["new"].pk).update(created_at=long_ago)
    Call.objects.create(
        org=cast.acorn, agent=agent, version=tried["called"], opened_at=long_ago,
        carrier_call_id="CA1", ticket_id="t1",
    )  # fmt: skip
    tasks.forget_discarded_drafts()
    left = set(AgentVersion.objects.filter(is_draft=True))
    assert left == {tried["called"], tried["new"]}
    assert AgentVersion.objects.filter(is_draft=False).exists()
