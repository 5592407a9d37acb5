"""When the scheduled tasks are due."""

import copy
from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app

from voicex.settings.tasks import SCHEDULE

HOUR = timedelta(hours=1)
DELETIONS = {
    "usage.tasks.delete_expired_recordings",
    "usage.tasks.delete_expired_transcripts",
    "usage.tasks.prune_clips",
    "usage.tasks.forget_discarded_drafts",
    "usage.tasks.prune_webhooks",
    "usage.tasks.prune_attempts",
    "usage.tasks.clear_expired_sessions",
}
STARTS = [datetime(2026, 5, 4, 0, 20, tzinfo=UTC) + hours * HOUR for hours in range(24)]


def waits_from(start: datetime, name: str) -> timedelta:
    """How long the task waits when the clock of the schedule begins at `start`."""
    schedule = copy.copy(SCHEDULE[name]["schedule"])
    schedule.app = current_app
    schedule.nowfun = lambda: start
    return schedule.remaining_estimate(start)


@pytest.mark.parametrize("task", sorted(DELETIONS))
def test_what_is_kept_no_longer_is_deleted_within_an_hour_of_any_start(task):
    [name] = [name for name, each in SCHEDULE.items() if each["task"] == task]
    assert max(waits_from(start, name) for start in STARTS) <= HOUR
